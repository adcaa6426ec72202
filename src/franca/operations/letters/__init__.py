"""Dead letters: read, chosen, discarded, and given another try."""
