"""Which memory Arrow and DuckDB take while large tables pass through a process piece by piece."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa


def bounded(folder: Path, megabytes: int) -> dict[str, Any]:
    """Return the configuration of a DuckDB that takes so much memory, and a folder for what is more.

    It has one thread, whatever the machine has: what a sort needs at least grows with the threads. Of five
    million events two failed now and then with 200 MB, eight always; one costs a tenth less than two.
    """
    return {"threads": 1, "memory_limit": f"{megabytes}MB", "temp_directory": str(folder / "spill")}


@contextmanager
def frugal() -> Iterator[None]:
    """Have Arrow take its memory from the system's allocator, which gives the same pages again and again.

    mimalloc, its own, gives back what is free at once: a sixth of a fold's work was to ask for it again.
    """
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)
