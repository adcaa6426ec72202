"""In-memory ends, rows and a fixed clock for tests of users and of franca itself."""

from franca.testing.row import row

__all__ = ["row"]
