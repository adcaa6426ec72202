"""Which memory Arrow takes while large tables pass through a process piece by piece."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa


@contextmanager
def frugal() -> Iterator[None]:
    """Have Arrow take its memory from the system's allocator, which gives the same pages again and again.

    mimalloc, its own, gives back what is free at once: a fifth of a fold's work was to ask for it again.
    """
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)
