"""What one does with a project that runs: pause and move pipelines, look, migrate, reload, test the data."""
