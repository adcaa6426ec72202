"""The SQL target: from a mapping's tree to one select, layer by layer."""
