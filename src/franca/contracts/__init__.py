"""What an entity promises to who reads it, as JSON Schema, and what a change of it means for whom."""
