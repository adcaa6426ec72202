"""Puts the small files of an `events` table together, each stretch of them sorted by key.

What is written beside goes on: a compaction changes no rows, and gives way only to another one. Within a
stretch of time the rows of a key are neighbours then, so that its history, its newest event and a time range
are each in few files. What is folded and what is not come into different files, so that neither a fold nor a
reader of the current state reads what is folded.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import obstore
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable
from obstore.exceptions import BaseError

from franca.errors import DefinitionError
from franca.lake.arranged import Place, arranged
from franca.lake.columns import ranged_columns, repeating_columns
from franca.lake.dictionaries import coded, moved_columns
from franca.lake.features import require_plain
from franca.lake.location import ObjectStore, Options, events_url, open_store
from franca.lake.log import LOG_RETENTION_HOURS, Action, create_commit, info, take_back
from franca.lake.marks import decoded, is_told, raw_commit
from franca.lake.pieces import FILE_BYTES, rows_together, sized
from franca.lake.position import Position
from franca.lake.rows_file import SORTED, RowsFile, fitted, now, opened
from franca.lake.scratch import own_folder
from franca.lake.splice import KEY
from franca.lake.tables import events_of, folded_position
from franca.lake.translation import translated
from franca.lake.unfolded import are_folded, is_folded
from franca.model.shape import Shape

SMALL_BYTES = 16 * 1_048_576
"""A file below this is put together with others."""

FILE_ROWS = 250_000
STRETCH_FILES = 8
"""So many files' rows, or bytes, are sorted together."""

READ_ROWS = 1 << 14
"""So many rows of a file are read at a time."""

FEWEST = 4
"""So many small files there have to be before anything is done."""

WAITING_FILES = 16
"""Small files that compaction made wait until they make a whole one, or there are so many of a partition."""


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
    """Put small files together, a stretch of rows at a time. Raises UnavailableError, DefinitionError.

    `scratch` is a folder for what does not fit into memory.
    """
    total = Compacted(shape.name, 0, 0, 0)
    position = folded_position(lake_url, shape, options)
    for _ in range(1_000):
        table = events_of(lake_url, shape, options)
        if table is None:
            return total
        require_plain(events_url(lake_url, shape.name), table)
        every = small_files(table, position, file_rows)
        small = stretch(every, STRETCH_FILES * file_rows)
        is_last = len(small) == len(every)
        if len(small) < max(fewest, 2) or (is_last and len(small) <= _fewer(small, position, file_rows)):
            return total
        files = open_store(events_url(lake_url, shape.name), options)
        done = _Compaction(table, position, shape, files, scratch, file_rows).run(small)
        total = Compacted(
            shape.name,
            total.before + done.before,
            total.after + done.after,
            total.rows + done.rows,
            done.is_done,
        )
        if not done.is_done or is_last or (done.after >= done.before and all(map(_is_sorted, small))):
            return total
    return total


def small_files(table: DeltaTable, position: Position, file_rows: int = FILE_ROWS) -> list[dict[str, Any]]:
    """Return the small files that can be put together, by the time of the oldest change in each.

    What was put together before waits, so that an event is written again twice and not each time. It comes
    behind what was not, place by place.
    """
    found = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    small = [
        row
        for row in found
        if row["size_bytes"] < SMALL_BYTES
        and row["num_records"] is not None
        and row["num_records"] < file_rows
    ]
    waiting: dict[Place, list[dict[str, Any]]] = {}
    for row in filter(_is_sorted, small):
        waiting.setdefault(min(_places([row], position), default=("", 0, False)), []).append(row)
    fresh = [row for row in small if not _is_sorted(row)]
    met = _places(fresh, position)
    share = _rows(fresh) / max(1, len(met))
    whole = [
        row
        for place in sorted(waiting)
        for row in sorted(waiting[place], key=_age)
        if len(waiting[place]) >= WAITING_FILES
        or _rows(waiting[place]) + (share if place in met else 0) >= file_rows
    ]
    return sorted(fresh, key=_age) + whole


def stretch(files: Sequence[dict[str, Any]], stretch_rows: int) -> list[dict[str, Any]]:
    """Return the first of some files, as many as are put together at once."""
    some: list[dict[str, Any]] = []
    rows = size = 0
    for row in files:
        some.append(row)
        rows, size = rows + row["num_records"], size + row["size_bytes"]
        if rows >= stretch_rows or size >= STRETCH_FILES * SMALL_BYTES:
            break
    return some


def _fewer(files: Sequence[dict[str, Any]], position: Position, file_rows: int) -> int:
    """Return how many files will be made of these at most: each place has its own."""
    return len(_places(files, position)) + _rows(files) // file_rows


def _places(files: Sequence[dict[str, Any]], position: Position) -> set[Place]:
    """Return where files may have events of, as their bounds tell; of what is not clear none is folded."""
    places: set[Place] = set()
    for row in files:
        first, last = row.get("min._partition"), row.get("max._partition")
        if first is not None and last is not None:
            topic, done = str(row.get("min._topic_id")), bool(is_folded(row, position))
            places |= {(topic, partition, done) for partition in range(first, last + 1)}
    return places


def _age(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row.get("min._changed_at")), row["path"]


def _rows(files: Sequence[dict[str, Any]]) -> int:
    return sum(row["num_records"] for row in files)


class _Compaction:
    def __init__(
        self,
        table: DeltaTable,
        position: Position,
        shape: Shape,
        files: ObjectStore,
        scratch: Path,
        file_rows: int,
    ) -> None:
        self._table, self._position, self._shape = table, position, shape
        self._files, self._file_rows = files, file_rows
        self._scratch = scratch
        self._began = time.monotonic()
        with translated("lake", table.table_uri.rstrip("/")):
            self._known = raw_commit(files, table.version())

    def run(self, small: Sequence[dict[str, Any]]) -> Compacted:
        """Put these files together."""
        adds: list[Action] = []
        with own_folder(self._scratch) as folder:
            for rows in arranged(self._rows(small), folder):
                adds += self._written(sized(rows, self._file_rows))
        rows = sum(msgspec.json.decode(add["stats"])["numRecords"] for add in adds)
        is_whole = rows == _rows(small)
        is_done = is_whole and self._commit(small, adds)
        if not is_done:
            with suppress(BaseError, OSError):  # a vacuum finds them
                obstore.delete(self._files, [add["path"] for add in adds])
            return Compacted(self._shape.name, 0, 0, 0, is_done=False)
        return Compacted(self._shape.name, len(small), len(adds), rows)

    def _rows(self, small: Sequence[dict[str, Any]]) -> Iterator[tuple[bool, pa.Table]]:
        """Yield the rows of the files, with the columns of the table, in pieces, and whether they are folded.

        Texts are coded that the file with the most rows holds so: in few rows nothing comes again and again.
        """
        schema = pa.schema(self._table.schema().to_arrow())
        most = max(small, key=lambda row: row["num_records"])
        with translated("lake", most["path"]):
            schema = coded(schema, moved_columns(opened(self._files, most["path"])))
        for row in small:
            are_all = is_folded(row, self._position)
            with translated("lake", row["path"]):
                file = opened(self._files, row["path"])
                for batch in file.iter_batches(rows_together(file, READ_ROWS, FILE_BYTES), use_threads=False):
                    rows = fitted(pa.Table.from_batches([batch]), schema)
                    if rows[KEY].null_count:
                        remedy = "delete them from the table: nothing of franca writes such"
                        raise DefinitionError.one("lake", f"{row['path']} has events without a key", remedy)
                    yield from self._parted(rows, are_all)

    def _parted(self, rows: pa.Table, are_all: bool | None) -> Iterator[tuple[bool, pa.Table]]:
        if are_all is not None:
            yield are_all, rows
            return
        each = are_folded(rows, self._position)
        yield True, rows.filter(each)
        yield False, rows.filter(pc.invert(each))

    def _written(self, groups: Iterable[pa.Table]) -> Iterator[Action]:
        """Write the rows of one place, so many to a file that it is not small any more.

        A file of one partition tells by its bounds whether all of it is folded.
        """
        repeats, ranged = repeating_columns(self._shape), ranged_columns(self._shape)
        file: RowsFile | None = None
        for rows in groups:
            if file is not None and not file.has_room(rows):
                yield self._put(file)
                file = None
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
        version, known = self._table.version() + 1, self._known
        while time.monotonic() - self._began < LOG_RETENTION_HOURS * 3600 / 4:
            with translated("lake", self._table.table_uri.rstrip("/")):
                other = create_commit(self._files, version, body)
                if other is None:
                    return self._is_kept(version, known, (body, actions))
                if not _only_appends(decoded(self._files, version, other)):
                    return False
            version, known = version + 1, other
        return False

    def _is_kept(self, version: int, known: bytes | None, commit: tuple[bytes, Sequence[Action]]) -> bool:
        """Return whether a commit of ours counts: the log may be gone, or what it stands behind."""
        read = self._table.version()
        is_kept = is_told(self._files, read, self._known) and is_told(self._files, version - 1, known)
        if not is_kept:
            take_back(self._files, version, commit)
        return is_kept


def _is_sorted(row: Mapping[str, Any]) -> bool:
    return bool(row["path"].startswith(f"{SORTED}-"))


def _only_appends(commit: Iterable[Action]) -> bool:
    return {name for action in commit for name in action} <= {"commitInfo", "add", "txn"}
