"""Generated SQL views over the lake and the store."""
