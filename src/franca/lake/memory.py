"""Which memory DuckDB takes while large tables pass through a process piece by piece."""

from pathlib import Path
from typing import Any

import pyarrow as pa

FEW_COLUMNS = 200
"""So many columns need no memory of their own."""

COLUMNS_A_MEGABYTE = 3
"""Each of more adds a third of one: 2,048 values in five places, whatever the rows, and a part of a page."""


def bounded(folder: Path, megabytes: int) -> dict[str, Any]:
    """Return the configuration of a DuckDB that takes so much memory, and a folder for what is more.

    It has one thread, whatever the machine has: what a sort needs at least grows with the threads. Of five
    million events two failed now and then with 200 MB, eight always; one costs a tenth less than two.
    """
    return {"threads": 1, "memory_limit": f"{megabytes}MB", "temp_directory": str(folder / "spill")}


def with_columns(megabytes: int, schema: pa.Schema) -> int:
    """Return the memory with which rows of so many columns are sorted: what is sorted has as much as ever.

    >>> with_columns(200, pa.schema([(f"c{number}", pa.string()) for number in range(1_200)]))
    533
    """
    columns = sum(map(_columns, schema.types))
    return megabytes + max(0, columns - FEW_COLUMNS) // COLUMNS_A_MEGABYTE


def _columns(kind: pa.DataType) -> int:
    """Return how many columns DuckDB makes of one: the parts of nested values are some, too."""
    return 1 + sum(_columns(kind.field(number).type) for number in range(kind.num_fields))
