"""Services and worker processes on one machine."""
