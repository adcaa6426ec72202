"""Where a snapshot's events go: the lake or the store, through the sinks that the stream uses."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from franca.config.endpoints import Endpoints
from franca.config.pipelines import names_of
from franca.config.project import Project
from franca.errors import RecordError, UnavailableError
from franca.model.shape import Shape
from franca.operations.backfill.mapped import RowMapping
from franca.operations.backfill.piece import Piece
from franca.operations.backfill.readings import read_otherwise
from franca.operations.backfill.row_step import Mapped
from franca.operations.backfill.snapshot import Snapshot
from franca.sinks.letterbox import Letterbox
from franca.sinks.parking import Parking
from franca.sinks.sink import Sink
from franca.types import Batch, Partition, Record

PIPELINE = "backfill"
LAKE, STORE, TOPICS = "lake", "store", "topics"
_TRIES = 100
_READING = 2**31 - 1
"""The number of the partition whose mark tells how a snapshot is read: larger than that of any slot."""


class Stored(msgspec.Struct, frozen=True):
    """What became of events in one place: stored now, stored by an earlier run, refused there."""

    written: int = 0
    before: int = 0
    dead: int = 0

    def __add__(self, other: "Stored") -> "Stored":
        return Stored(self.written + other.written, self.before + other.before, self.dead + other.dead)


class BulkSink(Sink[Record], Protocol):
    """A sink that takes rows of the `events` table as well, from who has them already."""

    def write_with(self, batch: Batch[Record], ready: pa.Table | None) -> bool:
        """Store a batch, as `write` does, with further rows of its one topic: see `bulk.Made`."""


class Destination:
    """A sink that is filled entity by entity, each from where its own mark stands.

    `partitions` are those of each entity's topic; they move together. A mark is the number of the first row
    that is not stored.
    """

    def __init__(self, name: str, sink: BulkSink, partitions: Mapping[str, Sequence[Partition]]) -> None:
        self.name = name
        self._sink, self._partitions = sink, partitions
        self._next: dict[Partition, int] = {}

    def open(self) -> None:
        """Connect, and look where the marks stand. Raises UnavailableError, DefinitionError."""
        self._sink.open()
        self._look()

    def require(self, snapshot: Snapshot) -> bool:
        """Return whether it is known here how the snapshot is read. Called once it is open.

        Raises UsageError where rows of it are stored that were read otherwise, UnavailableError.
        """
        known = self._claimed()
        if known not in (None, _number_of(snapshot.reading)):
            raise read_otherwise(snapshot, f"the {self.name} has")
        return known is not None

    def claim(self, snapshot: Snapshot) -> None:
        """Keep how the snapshot is read beside its marks, where that was said. Raises as `require` does."""
        wanted = _number_of(snapshot.reading)
        if not self.require(snapshot) and wanted:
            self._sink.write_with(Batch([], {self._reading: wanted}), None)
            self.require(snapshot)  # another process may have been faster

    @property
    def start(self) -> int:
        """The number of the first row that some entity lacks."""
        return min(self._next.get(p, 0) for some in self._partitions.values() for p in some)

    def write(self, made: Mapped, end: int) -> Stored:
        """Store the events of the rows before `end`, as far as they are not; return what became of them.

        Raises UnavailableError.
        """
        return sum((self._write(topic, made, end) for topic in self._partitions), Stored())

    def close(self) -> None:
        """Release everything. May be called twice."""
        self._sink.close()

    def _write(self, topic: str, made: Mapped, end: int) -> Stored:
        partitions, events = self._partitions[topic], made.events[topic]
        count = made.count(topic)
        for _ in range(_TRIES):
            start = self._next.get(partitions[0], 0)
            if start >= end:
                return Stored(before=count)
            items = [event for event in events if event.offset >= start]
            starts = {p: self._next[p] for p in partitions if p in self._next}
            batch = Batch(items, dict.fromkeys(partitions, end), starts)
            ready = made.ready.get(topic)
            if ready is not None and start:
                ready = ready.filter(pc.field("_offset") >= start)
            if self._sink.write_with(batch, ready):
                self._next.update(batch.positions)
                left = len(items) + (ready.num_rows if ready is not None else 0)
                return Stored(batch.tally.written, count - left, batch.tally.dead)
            self._look()  # another process loads the same snapshot
        raise UnavailableError(self.name, f"others wrote {_TRIES} times in between", "try again")

    @property
    def _reading(self) -> Partition:
        return self._partitions[min(self._partitions)][0]._replace(partition=_READING)

    def _claimed(self) -> int | None:
        """Return the number of the reading that was claimed; where rows are stored without, of the usual."""
        place = self._reading
        return self._sink.positions([place]).get(place, 0 if self._next else None)

    def _look(self) -> None:
        everything = [p for some in self._partitions.values() for p in some]
        self._next = dict(self._sink.positions(everything))


def _number_of(reading: str) -> int:
    """Return the number that stands for a reading among marks, 0 for the usual one."""
    return int(hashlib.sha256(reading.encode()).hexdigest()[:8], 16) + 1 if reading else 0


class Rows:
    """The rows in hand, for the letters of events that a store refuses: they hold the row that came."""

    def take(self, made: Mapped, piece: Piece, mapping: RowMapping) -> None:
        """Take the next piece in hand."""
        self._records, self._piece, self._mapping = made.records, piece, mapping

    def origin(self, event: Record, error: RecordError) -> tuple[Record, RecordError]:
        """Return the row of an event, and why it is refused."""
        record = self._records.get(event.offset)
        if record is None:
            record = self._mapping.record(next(iter(self._piece.given({event.offset}))))
        return record, error


def sink_of(project: Project, places: Endpoints, name: str, shapes: Sequence[Shape], rows: Rows) -> BulkSink:
    """Return the lake or the store of a project, for some of its entities. Nothing is connected yet."""
    applications = [application.name for application in project.applications]
    parking = Parking(Letterbox(places.cluster).publish, name, applications, rows.origin)
    if name == LAKE:
        from franca.sinks.delta import DeltaSink  # in an extra

        url, options = places.lake_url, places.lake_options
        return DeltaSink(url, shapes, parking, PIPELINE, options, names_of(shapes))
    from franca.sinks.postgres import PostgresSink  # in an extra

    schema = project.settings.store.schema
    return PostgresSink(places.dsn, shapes, parking, PIPELINE, schema, names_of(shapes))
