"""One file per capture product: bytes to changes. Never opens a connection."""
