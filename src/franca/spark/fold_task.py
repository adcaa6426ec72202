"""What executors do in a fold: read new events and deal them out by ranges of keys, then fold a range each.

Each range is folded by the code that folds a whole table on one machine.
"""

import shutil
import tempfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec
import obstore
import pyarrow as pa
import pyarrow.parquet as pq

from franca.lake.fold import folded
from franca.lake.location import Options, events_url, open_store
from franca.lake.newest import Newest, slice_of, told
from franca.lake.position import Position, beyond, later
from franca.lake.rows_file import fitted
from franca.lake.splice import KEY
from franca.lake.state_table import StateFile, StateTable
from franca.lake.tables import deleted_of, snapshot_of
from franca.lake.translation import translated
from franca.model.shape import Shape
from franca.spark.outcome import Outcome, outcome
from franca.spark.ranges import bounds, within

PLACE = ("_topic_id", "_partition", "_offset")
RANGE = "_range"
SAMPLE = 1_000
"""So many keys of a file are told, evenly taken."""


class Seen(msgspec.Struct, frozen=True):
    """A partition's new events in a file: next offset, largest sequence, how many, how many deletes."""

    next: int
    most: str
    events: int
    deletes: int


@dataclass(frozen=True)
class Reading:
    """Reads the events behind a position out of files of an entity's `events` table.

    `every` has their columns, `states` those that a snapshot has of them. Of partitions that are being read
    again `ends` tells how far that has come.
    """

    url: str
    options: Options
    shape: Shape
    position: Position
    ends: Position
    every: pa.Schema
    states: pa.Schema

    def look(self, path: str) -> Iterator[Outcome]:
        """Tell what a file has that is new: how far it goes, and some keys. Raises UnavailableError."""
        rows = self._new(path, (*PLACE, "_sequence", "_type", KEY))
        with told(), duckdb.connect(":memory:") as connection:
            connection.register("new", rows)
            found = connection.execute(
                'SELECT "_topic_id", "_partition", max("_offset") + 1, max("_sequence"), count(*), '  # noqa: S608 - the model checks names
                f"count(*) FILTER (\"_type\" = '{self.shape.entity}.deleted') FROM new GROUP BY ALL"
            ).fetchall()
        for topic, partition, *seen in found:
            yield outcome("seen", topic, partition, Seen(*seen))
        places = pa.array(range(0, rows.num_rows, max(1, rows.num_rows // SAMPLE)), pa.int64())
        yield outcome("keys", path, 0, rows[KEY].take(places).to_pylist())

    def schema(self) -> pa.Schema:
        """Return the columns of events that a fold needs, and the range that they are dealt to."""
        names = dict.fromkeys([*self.states.names, "_type", *PLACE])
        return pa.schema([*(self.every.field(name) for name in names), pa.field(RANGE, pa.int32())])

    def deal(self, path: str, splits: Sequence[str], numbers: Sequence[int]) -> pa.RecordBatch:
        """Return a file's new events with the number of the range that each belongs to."""
        schema = self.schema()
        rows = self._new(path, schema.names[:-1])
        ranges = [numbers[bisect_right(splits, key)] for key in rows[KEY].to_pylist()]
        rows = rows.append_column(schema.field(RANGE), pa.array(ranges, pa.int32()))
        whole = rows.select(schema.names).cast(schema).combine_chunks()
        return next(iter(whole.to_batches()), pa.RecordBatch.from_pylist([], schema=schema))

    def marker(self, number: int) -> pa.RecordBatch:
        """Return a row that is no event: a range without new ones is folded all the same."""
        return pa.RecordBatch.from_pylist([{RANGE: number}], schema=self.schema())

    def _new(self, path: str, columns: Sequence[str]) -> pa.Table:
        with translated("lake"):
            files = open_store(events_url(self.url, self.shape.name), self.options)
            source = pa.BufferReader(obstore.get(files, path).bytes())
        wanted = [*columns, *(name for name in PLACE if name not in columns)]
        file = pq.ParquetFile(source, coerce_int96_timestamp_unit="us")
        rows = file.read([name for name in wanted if name in file.schema_arrow.names])
        rows = fitted(rows, pa.schema([self.every.field(name) for name in wanted]))
        with told(), duckdb.connect(":memory:") as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.register("every", rows)
            is_new = f"{later(self.position)} AND NOT {beyond(self.ends)}"
            sql = f"SELECT * FROM every WHERE {is_new}"  # noqa: S608 - quoted
            return connection.sql(sql).to_arrow_table().cast(rows.schema)


@dataclass(frozen=True)
class Folding:
    """Folds ranges of an entity's keys: `snapshot` and `deleted` are the files that the tables have."""

    reading: Reading
    splits: Sequence[str]
    numbers: Sequence[int]
    snapshot: Sequence[StateFile]
    schema: pa.Schema
    deleted: Sequence[StateFile]
    has_deletes: bool
    file_rows: int

    def run(self, batches: Iterable[pa.RecordBatch]) -> Iterator[Outcome]:
        """Fold the ranges whose events come, in the order of the ranges. Raises UnavailableError."""
        for number, tables in _runs(batches):
            with told():
                folder = Path(tempfile.mkdtemp(prefix="franca-fold-"))
            try:
                with closing(Newest(self.reading.shape, folder)) as newest:
                    yield from self._fold(self.numbers.index(number), newest, tables)
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def _fold(self, place: int, newest: Newest, events: Iterable[pa.Table]) -> Iterator[Outcome]:
        shape, (low, high) = self.reading.shape, bounds(self.splits, place)
        schema = pa.schema(list(self.reading.schema())[:-1])
        newest.take((self._events(rows, schema) for rows in events), schema)
        snapshot = snapshot_of(self.reading.url, shape, self.reading.options)
        deleted = deleted_of(self.reading.url, shape, self.reading.options)
        snapshot.adopt(self.schema)
        deleted.adopt(deleted.wanted)
        newest.know(_rows(deleted, self.deleted, low, high))
        old = _rows(snapshot, self.snapshot, low, high)
        for rows in folded(old, newest, self.schema, self.file_rows):
            if rows.num_rows:
                yield outcome("snapshot", shape.name, place, snapshot.write(rows))
        if self.has_deletes:
            for rows in newest.deleted(self.file_rows):
                yield outcome("deleted", shape.name, place, deleted.write(rows))

    @staticmethod
    def _events(rows: pa.Table, schema: pa.Schema) -> pa.Table:
        events = rows.filter(rows[KEY].is_valid())
        return fitted(events.select(schema.names), schema)


def _rows(
    table: StateTable, files: Sequence[StateFile], low: str | None, high: str | None
) -> Iterator[pa.Table]:
    for file in within(files, low, high):
        rows = slice_of(table.rows(file), low, high)
        if rows.num_rows:
            yield rows


def _runs(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, Iterator[pa.Table]]]:
    """Yield each range's number and its rows, of batches in which the ranges follow each other."""
    rest = _pieces(batches)
    piece = next(rest, None)
    while piece is not None:
        number = piece[0]
        ahead: list[tuple[int, pa.Table] | None] = [piece]

        def own(
            number: int = number, ahead: "list[tuple[int, pa.Table] | None]" = ahead
        ) -> Iterator[pa.Table]:
            while (some := ahead[0]) is not None and some[0] == number:
                yield some[1]
                ahead[0] = next(rest, None)

        tables = own()
        yield number, tables
        for _ in tables:
            pass
        piece = ahead[0]


def _pieces(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, pa.Table]]:
    for batch in batches:
        rows = pa.Table.from_batches([batch])
        numbers = rows[RANGE].to_pylist()
        first = 0
        while first < len(numbers):
            last = bisect_right(numbers, numbers[first])
            yield numbers[first], rows.slice(first, last - first)
            first = last
