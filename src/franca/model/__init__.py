"""The canonical model: entities, tables, and the types of their fields. Never opens a connection."""
