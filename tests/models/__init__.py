"""Random models and events of them: the views of each in DuckDB and PostgreSQL, against a recomputation."""
