"""What rows were before their changes: remembered on a compacted topic, cached beside the worker."""
