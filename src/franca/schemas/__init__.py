"""Schemas as a registry keeps them: framing, Avro and JSON Schema documents. Never opens a connection."""
