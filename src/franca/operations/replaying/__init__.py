"""What every replay keeps to: it is alone, and nothing that it writes comes behind what is newer."""
