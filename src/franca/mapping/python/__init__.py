"""The Python target: from a mapping's tree to one generated function of plain statements."""
