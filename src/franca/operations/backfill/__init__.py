"""Loads a table's rows from files: mapped as the stream maps them, straight into lake and store."""
