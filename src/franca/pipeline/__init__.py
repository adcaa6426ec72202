"""One source, pure steps, one sink: the runner, the on-ramp, metrics."""
