"""A user's project: franca.toml, its modules, and the pipelines they declare."""
