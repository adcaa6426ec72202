"""The franca command."""
