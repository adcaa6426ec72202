"""Which memory DuckDB takes while large tables pass through a process piece by piece."""

from pathlib import Path
from typing import Any


def bounded(folder: Path, megabytes: int) -> dict[str, Any]:
    """Return the configuration of a DuckDB that takes so much memory, and a folder for what is more.

    It has one thread, whatever the machine has: what a sort needs at least grows with the threads. Of five
    million events two failed now and then with 200 MB, eight always; one costs a tenth less than two.
    """
    return {"threads": 1, "memory_limit": f"{megabytes}MB", "temp_directory": str(folder / "spill")}
