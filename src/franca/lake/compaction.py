"""Puts the small files of an `events` table together, each stretch of them sorted by key.

What is written beside goes on: a compaction changes no rows, and gives way only to another one. Within a
stretch of time the rows of a key are neighbours then, so that its history, its newest event and a time range
are each in few files.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec
import obstore
import pyarrow as pa
from deltalake import DeltaTable
from obstore.exceptions import BaseError

from franca.lake.arranged import arranged
from franca.lake.columns import ranged_columns, repeating_columns
from franca.lake.dictionaries import CODED, coded, moved_columns
from franca.lake.location import ObjectStore, Options, events_url, open_store
from franca.lake.log import LOG_RETENTION_HOURS, Action, create_commit, info
from franca.lake.pieces import sized
from franca.lake.rows_file import SORTED, RowsFile, fitted, now, opened, read
from franca.lake.tables import events_of
from franca.lake.translation import translated
from franca.model.shape import Shape

SMALL_BYTES = 16 * 1_048_576
"""A file below this is put together with others."""

FILE_ROWS = 250_000
STRETCH_FILES = 8
"""So many files' rows are sorted together."""

MEMORY_MEGABYTES = 256
"""The rows that are put together at once take about so much."""

FEWEST = 4
"""So many small files there have to be before anything is done."""

WAITING_FILES = 16
"""Small files that compaction made wait until they make a whole one, or there are so many of a partition."""

WEIGHED = 200
"""So many rows tell how large rows are."""


class Compacted(NamedTuple):
    """How many files became how many, and their rows. `is_done` is false where others compacted meanwhile."""

    entity: str
    before: int
    after: int
    rows: int
    is_done: bool = True


def compact(
    lake_url: str, shape: Shape, options: Options, fewest: int = FEWEST, file_rows: int = FILE_ROWS
) -> Compacted:
    """Put small files together, a stretch of rows at a time. Raises UnavailableError, DefinitionError."""
    total = Compacted(shape.name, 0, 0, 0)
    for _ in range(1_000):
        table = events_of(lake_url, shape, options)
        if table is None:
            return total
        files = open_store(events_url(lake_url, shape.name), options)
        compaction = _Compaction(table, shape, files, file_rows)
        every = small_files(table, file_rows)
        small = compaction.first(every) if len(every) >= max(fewest, 2) else []
        if len(small) < max(fewest, 2) or len(small) <= _fewer(small, file_rows):
            return total
        done = compaction.run(small)
        total = Compacted(
            shape.name,
            total.before + done.before,
            total.after + done.after,
            total.rows + done.rows,
            done.is_done,
        )
        if not done.is_done or done.before == len(every) or done.after >= done.before:
            return total
    return total


def small_files(table: DeltaTable, file_rows: int = FILE_ROWS) -> list[dict[str, Any]]:
    """Return the small files that can be put together, by the time of the oldest change in each.

    What was put together before waits, so that an event is written again twice and not each time.
    """
    found = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    small = [
        row for row in found if row["size_bytes"] < SMALL_BYTES and (row["num_records"] or 0) < file_rows
    ]
    waiting: dict[tuple[Any, Any], list[dict[str, Any]]] = {}
    for row in small:
        if row["path"].startswith(f"{SORTED}-"):
            waiting.setdefault((row.get("min._topic_id"), row.get("min._partition")), []).append(row)
    fresh = [row for row in small if not row["path"].startswith(f"{SORTED}-")]
    share = _rows(fresh) / max(1, len(waiting))
    for rows in waiting.values():
        if len(rows) >= WAITING_FILES or _rows(rows) + share >= file_rows:
            fresh += rows
    return sorted(fresh, key=lambda row: (str(row.get("min._changed_at")), row["path"]))


def stretch(files: Sequence[dict[str, Any]], stretch_rows: int) -> list[dict[str, Any]]:
    """Return the first of some files, as many as are put together at once."""
    some, rows = [], 0
    for row in files:
        some.append(row)
        rows += row["num_records"] or 0
        if rows >= stretch_rows:
            break
    return some


def _fewer(files: Sequence[dict[str, Any]], file_rows: int) -> int:
    """Return how many files will be made of these at most: each partition has its own."""
    partitions: set[tuple[Any, int]] = set()
    for row in files:
        first, last = row.get("min._partition"), row.get("max._partition")
        if first is not None and last is not None:
            partitions |= {(row.get("min._topic_id"), place) for place in range(first, last + 1)}
    return len(partitions) + _rows(files) // file_rows


def _rows(files: Sequence[dict[str, Any]]) -> int:
    return sum(row["num_records"] or 0 for row in files)


class _Compaction:
    def __init__(self, table: DeltaTable, shape: Shape, files: ObjectStore, file_rows: int) -> None:
        self._table, self._shape, self._files, self._file_rows = table, shape, files, file_rows
        self._began = time.monotonic()

    def first(self, small: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the first of some files, as many as are put together at once: as many as memory holds.

        One that takes half of that by itself is left as it is. Looks into the file of the largest rows.
        """
        told = [row for row in small if row["num_records"]]
        if not told:
            return []
        largest = max(told, key=lambda row: row["size_bytes"] / row["num_records"])
        with translated("lake"):
            file = opened(self._files, largest["path"])
            self._schema = coded(pa.schema(self._table.schema().to_arrow()), moved_columns(file))
            some = pa.Table.from_batches([next(file.iter_batches(WEIGHED, use_threads=False))])
        most = int(MEMORY_MEGABYTES * 1_048_576 / _row_bytes(fitted(some, self._schema)))
        fitting = [row for row in small if (row["num_records"] or 0) <= most // 2]
        return stretch(fitting, min(STRETCH_FILES * self._file_rows, most))

    def run(self, small: Sequence[dict[str, Any]]) -> Compacted:
        """Put together these files, which are what `first` gave, or some of them where they are too large."""
        adds: list[Action] = []
        taken: list[dict[str, Any]] = []
        for _, pieces in arranged(self._tables(small, taken)):
            adds += self._written(sized(pieces, self._file_rows))
        rows = sum(msgspec.json.decode(add["stats"])["numRecords"] for add in adds)
        is_whole = rows == _rows(taken)
        is_done = is_whole and self._commit(taken, adds)
        if not is_done:
            with suppress(BaseError, OSError):  # a vacuum finds them
                obstore.delete(self._files, [add["path"] for add in adds])
            return Compacted(self._shape.name, 0, 0, 0, is_done=False)
        return Compacted(self._shape.name, len(taken), len(adds), rows)

    def _tables(self, files: Sequence[dict[str, Any]], taken: list[dict[str, Any]]) -> Iterator[pa.Table]:
        """Yield the rows of each file, and note that it was taken, until twice the memory is full.

        The largest rows on disk, which were weighed, need not be the largest ones.
        """
        left = 2 * MEMORY_MEGABYTES * 1_048_576
        for file in files:
            if left > 0:
                with translated("lake"):
                    rows = fitted(read(self._files, file["path"]), self._schema)
                left -= rows.nbytes
                taken.append(file)
                yield rows

    def _written(self, groups: Iterable[pa.Table]) -> Iterator[Action]:
        """Write the rows of one partition, so many to a file that it is not small any more.

        A file of one partition tells by its bounds whether all of it is folded.
        """
        repeats, ranged = repeating_columns(self._shape), ranged_columns(self._shape)
        file: RowsFile | None = None
        for rows in groups:
            file = file or RowsFile(rows.schema, repeats, ranged, is_compacted=True, is_sorted=True)
            file.write(rows)
            if file.size >= SMALL_BYTES or file.rows >= self._file_rows:
                yield self._put(file)
                file = None
        if file is not None:
            yield self._put(file)

    def _put(self, file: RowsFile) -> Action:
        with translated("lake"):
            return file.put(self._files)

    def _commit(self, small: Sequence[dict[str, Any]], adds: Sequence[Action]) -> bool:
        """Commit behind whatever was appended meanwhile; False where something else was done to the table."""
        stamp = now()
        removed = [
            {"path": row["path"], "deletionTimestamp": stamp, "dataChange": False, "size": row["size_bytes"]}
            for row in small
        ]
        actions = [info("OPTIMIZE"), *({"remove": each} for each in removed), *({"add": a} for a in adds)]
        body = b"\n".join(map(msgspec.json.encode, actions))
        version = self._table.version() + 1
        while time.monotonic() - self._began < LOG_RETENTION_HOURS * 3600 / 4:
            with translated("lake"):
                other = create_commit(self._files, version, body)
            if other is None:
                return True
            if not _only_appends(other):
                return False
            version += 1
        return False


def _row_bytes(rows: pa.Table) -> float:
    """Return about how many bytes a row takes in memory, a number in the place of a text that is coded."""
    plain = rows.select([field.name for field in rows.schema if field.type != CODED])
    return float(plain.nbytes / rows.num_rows + 4 * (rows.num_columns - plain.num_columns))


def _only_appends(commit: bytes) -> bool:
    names = {name for line in commit.splitlines() if line.strip() for name in msgspec.json.decode(line)}
    return names <= {"commitInfo", "add", "txn"}
