"""Messages of each format, what reads their bytes barely, and how dear franca's decoding is beside it."""
