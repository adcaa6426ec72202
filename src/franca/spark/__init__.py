"""The lake on a Spark cluster: the same tables, written and folded by many machines. An extra, `spark`."""
