"""An application's archived past, run through its present mappings: compared, then published."""
