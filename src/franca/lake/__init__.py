"""The Delta tables of the lake: their schemas, files and upkeep."""
