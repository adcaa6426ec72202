"""Files of events in the order of their keys, as compaction writes them: a fold reads them as runs."""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from franca.lake.location import ObjectStore
from franca.lake.pieces import rows_together
from franca.lake.position import Position
from franca.lake.rows_file import SORTED, fitted, opened
from franca.lake.runs import Run, keys_up_to
from franca.lake.splice import IS_DELETE, KEY
from franca.lake.translation import translated
from franca.model.shape import Shape

BATCH_ROWS = 1 << 13
BATCH_BYTES = 2 * 1_048_576
"""So much of each file is at hand."""

MOST_BYTES = 64 * 1_048_576
MOST_FILES = 32
"""So much of such files is read side by side; what is more is sorted anew, where memory has a bound."""


class SortedFile(NamedTuple):
    """Such a file: its path in the table, size, rows, and bounds of its keys."""

    path: str
    size: int
    rows: int
    least: str
    most: str


def sorted_files(
    events: DeltaTable, before: Position, until: Position, most_files: int = MOST_FILES
) -> list[SortedFile]:
    """Return the files of which all is behind one position and up to the other, and that are in order.

    So many of them that never more than `most_files` have keys in common.
    """
    first, last = ({entry[:2]: entry.next for entry in position} for position in (before, until))
    found = pa.table(events.get_add_actions(flatten=True)).to_pylist()
    files = [_file(row) for row in found if _is_between(row, first, last)]
    return _side_by_side(sorted(files, key=lambda file: (file.least, file.path)), most_files)


def run_of(files: ObjectStore, file: SortedFile, shape: Shape, schema: pa.Schema, after: str | None) -> Run:
    """Return a file's events behind a key: columns of `schema`, and whether each deletes its key."""
    wanted = [*schema.names, "_type"]

    def read() -> Iterator[pa.Table]:
        with translated("lake"):
            source = opened(files, file.path)
        names = [name for name in wanted if name in source.schema_arrow.names]
        size = rows_together(source, BATCH_ROWS, BATCH_BYTES)
        for batch in source.iter_batches(size, columns=names, use_threads=False):
            rows = pa.Table.from_batches([batch])
            gone = pc.equal(rows["_type"], f"{shape.entity}.deleted")
            rows = fitted(rows, schema).append_column(IS_DELETE, gone)
            rows = rows if after is None else rows.slice(keys_up_to(rows[KEY], after))
            if rows.num_rows:
                yield rows

    return Run(file.least, read)


def _is_between(
    row: Mapping[str, Any], first: Mapping[tuple[str, int], int], last: Mapping[tuple[str, int], int]
) -> bool:
    """Return whether a file is a sorted one, and all of it between two positions, as its bounds tell."""
    names = [
        f"{bound}.{name}" for bound in ("min", "max") for name in ("_topic_id", "_partition", "_offset", KEY)
    ]
    if not row["path"].startswith(f"{SORTED}-") or any(row.get(name) is None for name in names):
        return False
    place = (row["min._topic_id"], row["min._partition"])
    if place != (row["max._topic_id"], row["max._partition"]):
        return False
    return bool(first.get(place, 0) <= row["min._offset"] and row["max._offset"] < last.get(place, 0))


def _file(row: Mapping[str, Any]) -> SortedFile:
    return SortedFile(
        row["path"], row["size_bytes"], row["num_records"] or 0, row[f"min.{KEY}"], row[f"max.{KEY}"]
    )


def _side_by_side(files: Sequence[SortedFile], most_files: int) -> list[SortedFile]:
    """Return files, which come in the order of their least keys, without those that were too many at once."""
    some: list[SortedFile] = []
    begun: list[tuple[str, int]] = []
    for file in files:
        while begun and begun[0][0] < file.least:
            heapq.heappop(begun)
        if len(begun) < most_files and sum(size for _, size in begun) + file.size <= MOST_BYTES:
            heapq.heappush(begun, (file.most, file.size))
            some.append(file)
    return some
