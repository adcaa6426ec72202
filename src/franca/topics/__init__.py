"""What stands on the topics: events, dead letters, raw record lines, keys and names."""
