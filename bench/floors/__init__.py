"""The least that the same work costs by hand: no franca import, and not one of its guarantees left out."""
