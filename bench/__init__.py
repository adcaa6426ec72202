"""What franca costs beside bare programs that do the same work: `python -m bench`, or `make bench`."""
