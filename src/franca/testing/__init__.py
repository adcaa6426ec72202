"""In-memory ends, rows and a fixed clock for tests of users and of franca itself."""

from franca.testing.memory import FixedClock, MemorySink, MemorySource
from franca.testing.rows import row

__all__ = ["FixedClock", "MemorySink", "MemorySource", "row"]
