"""Mutates real messages, and looks for one that franca does not survive: `make fuzz`."""
