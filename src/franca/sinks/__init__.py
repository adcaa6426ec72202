"""Where batches go, one file each; each stores the positions together with the data."""
