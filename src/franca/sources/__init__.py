"""Where batches of records come from, one file each."""
