"""The contestants, each as its own documentation advises: same input, same mapping, same tables."""
