"""What an executor does with events for the store: the Python sink's own work, some partitions of it.

Each chunk moves its partition's position in its own transaction, so that a task that is tried again goes on
behind what it has stored.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from franca.config.names import STORE
from franca.model.shape import Shape
from franca.pipeline.encoding import Opening
from franca.sinks.postgres import PostgresSink
from franca.spark.lake_task import Letters
from franca.spark.outcome import Outcome, Reached, outcome
from franca.spark.records import records_of
from franca.types import Batch, Partition, Positions, Record, Tally

CHUNK = 5_000
"""So many records are one transaction."""


@dataclass(frozen=True)
class Store:
    """A project's store: its address and schema, and the shapes of its entities by topic."""

    dsn: str = field(repr=False)
    schema: str
    shapes: Mapping[str, Shape]

    def sink(self, letters: Letters, opening: Opening | None) -> PostgresSink:
        """Return the Python sink of the store; `opening` knows the events that it is given as they came."""
        names = {topic: shape.name for topic, shape in self.shapes.items()}
        parking = letters.parking(STORE, opening)
        return PostgresSink(self.dsn, list(self.shapes.values()), parking, STORE, self.schema, names)


@dataclass(frozen=True)
class StoreTask:
    """Takes events of any entities; `topic_ids` are by topic, `starts` is where the store was before them."""

    store: Store
    topic_ids: Mapping[str, str]
    starts: Positions
    letters: Letters

    def run(self, batches: Iterable[pa.RecordBatch]) -> Iterator[Outcome]:
        """Store the events of some messages, and tell of it. Raises UnavailableError, DefinitionError."""
        opening = self.letters.opening()
        sink = self.store.sink(self.letters, opening)
        nexts: dict[Partition, int] = {}
        counts: dict[Partition, Tally] = {}
        try:
            sink.open()
            for batch in batches:
                for place, records in self._by_place(records_of(batch)).items():
                    if place not in nexts:
                        stored = sink.positions([place]).get(place)
                        if self._is_behind(place, stored):
                            yield outcome("moved", place.topic, place.partition, None)
                            return
                        nexts[place] = records[0].offset if stored is None else stored
                    new = [record for record in records if record.offset >= nexts[place]]
                    for first in range(0, len(new), CHUNK):
                        items = new[first : first + CHUNK]
                        some = Batch(items, {place: items[-1].offset + 1}, {place: nexts[place]})
                        if opening is not None:
                            some = opening(some)
                        if not sink.write(some):
                            yield outcome("moved", place.topic, place.partition, None)
                            return
                        nexts[place] = some.positions[place]
                        counts[place] = _sum(counts.get(place, Tally()), some.tally)
        finally:
            sink.close()
        for place, offset in nexts.items():
            reached = Reached(offset, *counts.get(place, Tally()))
            yield outcome("reached", place.topic, place.partition, reached)

    def _is_behind(self, place: Partition, stored: int | None) -> bool:
        """Return whether others have moved a position back: ahead it is where this was tried before."""
        start = self.starts.get(place)
        return start is not None and (stored is None or stored < start)

    def _by_place(self, records: list[Record]) -> dict[Partition, list[Record]]:
        found: dict[Partition, list[Record]] = {}
        for record in records:
            place = Partition(record.topic, record.partition, self.topic_ids[record.topic])
            found.setdefault(place, []).append(record)
        return found


def _sum(one: Tally, two: Tally) -> Tally:
    return Tally(*map(sum, zip(one, two, strict=True)))
