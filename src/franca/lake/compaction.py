"""Puts the small files of an `events` table together, each stretch of them sorted by key.

What is written beside goes on: a compaction changes no rows, and gives way only to another one. Within a
stretch of time the rows of a key are neighbours then, so that its history, its newest event and a time range
are each in few files.
"""

import shutil
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import msgspec
import obstore
import pyarrow as pa
from deltalake import DeltaTable
from obstore.exceptions import BaseError

from franca.errors import UnavailableError
from franca.lake.columns import events_schema, ranged_columns, repeating_columns
from franca.lake.location import ObjectStore, Options, events_url, open_store
from franca.lake.log import LOG_RETENTION_HOURS, Action, create_commit, info
from franca.lake.memory import bounded
from franca.lake.newest import is_too_much, sortable, told
from franca.lake.pieces import READ_ROWS, gathered, sized
from franca.lake.relation import relation
from franca.lake.rows_file import SORTED, RowsFile, now
from franca.lake.splice import KEY
from franca.lake.tables import events_of
from franca.lake.translation import translated
from franca.model.shape import Shape

SMALL_BYTES = 16 * 1_048_576
"""A file below this is put together with others."""

FILE_ROWS = 250_000
STRETCH_FILES = 8
"""So many files' rows are sorted together."""

MEMORY_MEGABYTES = 300
FEWEST = 4
"""So many small files there have to be before anything is done."""

WAITING_FILES = 16
"""Small files that compaction made wait until they make a whole one, or there are so many of a partition."""

_PLACE = '"_topic_id", "_partition"'


class Compacted(NamedTuple):
    """How many files became how many, and their rows. `is_done` is false where others compacted meanwhile."""

    entity: str
    before: int
    after: int
    rows: int
    is_done: bool = True


def compact(
    lake_url: str,
    shape: Shape,
    options: Options,
    scratch: Path,
    fewest: int = FEWEST,
    file_rows: int = FILE_ROWS,
) -> Compacted:
    """Put small files together, a stretch of rows at a time. Raises UnavailableError, DefinitionError."""
    total = Compacted(shape.name, 0, 0, 0)
    stretch_rows = STRETCH_FILES * file_rows
    for _ in range(1_000):
        table = events_of(lake_url, shape, options)
        if table is None:
            return total
        every = small_files(table, file_rows)
        if len(every) < max(fewest, 2):
            return total
        small = stretch(every, min(stretch_rows, _sortable(table, shape, every)))
        if len(small) < max(fewest, 2) or len(small) <= _fewer(small, file_rows):
            return total
        files = open_store(events_url(lake_url, shape.name), options)
        try:
            done = _Compaction(table, shape, files, scratch, file_rows).run(small)
        except UnavailableError as error:
            if not is_too_much(error):
                raise
            stretch_rows = _rows(small) // 2  # rows so large that fewer have to do
            continue
        total = Compacted(
            shape.name,
            total.before + done.before,
            total.after + done.after,
            total.rows + done.rows,
            done.is_done,
        )
        if not done.is_done or len(small) == len(every) or done.after >= done.before:
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


def _sortable(table: DeltaTable, shape: Shape, small: Sequence[dict[str, Any]]) -> int:
    """Return how many rows can be sorted at once, as the file with the largest of them tells."""
    largest = max(small, key=lambda row: row["size_bytes"] / max(1, row["num_records"] or 0))
    with told(), duckdb.connect(config={"threads": 1}) as connection:
        rows = relation(connection, "read", events_schema(shape), table, _uris(table, [largest]))
        return sortable(connection, f"({rows})", "*", MEMORY_MEGABYTES)


def _uris(table: DeltaTable, files: Sequence[dict[str, Any]]) -> list[str]:
    names = {row["path"] for row in files}
    return [uri for uri in table.file_uris() if uri.rpartition("/")[2] in names]


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
    def __init__(
        self, table: DeltaTable, shape: Shape, files: ObjectStore, scratch: Path, file_rows: int
    ) -> None:
        self._table, self._shape, self._files, self._file_rows = table, shape, files, file_rows
        self._folder = scratch / uuid.uuid4().hex
        self._began = time.monotonic()

    def run(self, small: Sequence[dict[str, Any]]) -> Compacted:
        """Put these files together."""
        adds: list[Action] = []
        try:
            for _, groups in groupby(self._sorted(small), _place):
                adds += self._written(sized(groups, self._file_rows))
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
        rows = sum(msgspec.json.decode(add["stats"])["numRecords"] for add in adds)
        is_whole = rows == _rows(small)
        is_done = is_whole and self._commit(small, adds)
        if not is_done:
            with suppress(BaseError, OSError):  # a vacuum finds them
                obstore.delete(self._files, [add["path"] for add in adds])
            return Compacted(self._shape.name, 0, 0, 0, is_done=False)
        return Compacted(self._shape.name, len(small), len(adds), rows)

    def _written(self, groups: Iterable[pa.Table]) -> Iterator[Action]:
        """Write the rows of one partition, so many to a file that it is not small any more.

        A file of one partition tells by its bounds whether all of it is folded.
        """
        repeats, ranged = repeating_columns(self._shape), ranged_columns(self._shape)
        file: RowsFile | None = None
        for rows in groups:
            file = file or RowsFile(rows.schema, repeats, ranged, is_compacted=True)
            file.write(rows)
            if file.size >= SMALL_BYTES or file.rows >= self._file_rows:
                yield self._put(file)
                file = None
        if file is not None:
            yield self._put(file)

    def _put(self, file: RowsFile) -> Action:
        with translated("lake"):
            return file.put(self._files)

    def _sorted(self, small: Sequence[dict[str, Any]]) -> Iterator[pa.Table]:
        self._folder.mkdir(parents=True, exist_ok=True)
        config = bounded(self._folder, MEMORY_MEGABYTES)
        schema = pa.schema(self._table.schema().to_arrow())
        with told(), duckdb.connect(str(self._folder / "compaction.duckdb"), config=config) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            uris = _uris(self._table, small)
            every = relation(connection, "read", events_schema(self._shape), self._table, uris)
            order = f'{_PLACE}, "{KEY}", "_sequence", "_mapping", "_offset"'
            ordered = f"SELECT * FROM ({every}) ORDER BY {order}"  # noqa: S608 - constants
            reader = connection.sql(ordered).to_arrow_reader(READ_ROWS)
            for rows in gathered(reader, self._file_rows):
                yield from _by_partition(rows.select(schema.names).cast(schema))

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


def _by_partition(rows: pa.Table) -> Iterator[pa.Table]:
    """Yield rows, which are in the order of their partitions, partition by partition."""
    if _place(rows) == _place(rows.slice(rows.num_rows - 1)):
        yield rows
        return
    counts = rows.group_by(["_topic_id", "_partition"], use_threads=False).aggregate([([], "count_all")])
    start = 0
    for count in counts["count_all"].to_pylist():
        yield rows.slice(start, count)
        start += count


def _place(rows: pa.Table) -> tuple[Any, ...]:
    return tuple(rows[name][0].as_py() for name in ("_topic_id", "_partition"))


def _only_appends(commit: bytes) -> bool:
    names = {name for line in commit.splitlines() if line.strip() for name in msgspec.json.decode(line)}
    return names <= {"commitInfo", "add", "txn"}
