"""What an executor does with events: the Python sink's own parser makes rows of them and writes files.

The files become part of the tables when the driver commits them, with the positions. Dead letters are durable
before. A task that is tried again writes other files; those of the first are no part of any table.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from franca.config.names import LAKE
from franca.config.schema_registry import registry_of
from franca.config.settings import RegistrySettings
from franca.lake.columns import ranged_columns, repeating_columns
from franca.lake.events_table import written
from franca.lake.location import Options, events_url, open_store
from franca.lake.parser import EventParser
from franca.lake.translation import translated
from franca.lake.united import in_order
from franca.model.shape import Shape
from franca.pipeline.encoding import Opening
from franca.sinks.letterbox import Letterbox
from franca.sinks.parking import Parking
from franca.spark.outcome import Outcome, Reached, outcome
from franca.spark.records import records_of
from franca.topics.cluster import Cluster
from franca.topics.event_encoding import EventOpener
from franca.types import Batch, Record

FILE_ROWS = 250_000
FILE_BYTES = 128 * 1_048_576
"""A file ends with so many rows, or where they take so much memory."""


@dataclass(frozen=True)
class Letters:
    """Where dead letters go, and how events stand on their topics."""

    cluster: Cluster
    applications: tuple[str, ...]
    registry: RegistrySettings

    def opening(self) -> Opening | None:
        """Return what makes JSON of events, None where no registry is named."""
        registry = registry_of(self.registry)
        return None if registry is None else Opening(EventOpener(registry))

    def parking(self, pipeline: str, opening: Opening | None) -> Parking:
        """Return what parks the events that a store refuses."""
        origin = None if opening is None else opening.origin
        return Parking(Letterbox(self.cluster).publish, pipeline, self.applications, origin)


@dataclass(frozen=True)
class LakeTask:
    """Takes events of any entities: `shapes`, `topic_ids` and the tables' `reordered` are by topic."""

    url: str
    options: Options
    shapes: Mapping[str, Shape]
    topic_ids: Mapping[str, str]
    reordered: Mapping[str, Mapping[str, pa.DataType]]
    letters: Letters

    def run(self, batches: Iterable[pa.RecordBatch]) -> Iterator[Outcome]:
        """Write the events of some messages, and tell of it. Raises UnavailableError, DefinitionError."""
        opening = self.letters.opening()
        parking = self.letters.parking(LAKE, opening)
        entities: dict[str, _Entity] = {}
        for batch in batches:
            for topic, own in _by_topic(batch):
                records = records_of(own)
                if opening is not None:
                    records = opening(Batch(records)).items
                entity = entities.get(topic)
                if entity is None:
                    entity = entities[topic] = _Entity(self, topic)
                yield from entity.take(records, parking)
        for entity in entities.values():
            yield from entity.end()


@dataclass
class _Reached:
    next: int = 0
    written: int = 0
    dead: int = 0


@dataclass
class _Entity:
    """The events of one topic in one task."""

    task: LakeTask
    topic: str
    rows: list[pa.Table] = field(default_factory=list)
    reached: dict[int, _Reached] = field(default_factory=dict)
    held_rows: int = 0
    held_bytes: int = 0

    def take(self, records: list[Record], parking: Parking) -> Iterator[Outcome]:
        rows, refused = parser_of(self.task.shapes[self.topic]).parse(
            records, self.task.topic_ids[self.topic]
        )
        parking.add(refused)
        for partition, last in {record.partition: record.offset for record in records}.items():
            self.reached.setdefault(partition, _Reached()).next = last + 1
        for record, _ in refused:
            self.reached[record.partition].dead += 1
        for count in rows["_partition"].value_counts().to_pylist():
            self.reached[count["values"]].written += count["counts"]
        self.rows.append(rows)
        self.held_rows += rows.num_rows
        self.held_bytes += rows.nbytes
        if self.held_rows >= FILE_ROWS or self.held_bytes >= FILE_BYTES:
            yield from self._write()

    def end(self) -> Iterator[Outcome]:
        yield from self._write()
        for partition, found in self.reached.items():
            told = Reached(found.next, found.written + found.dead, found.written, found.dead)
            yield outcome("reached", self.topic, partition, told)

    def _write(self) -> Iterator[Outcome]:
        rows, self.rows = pa.concat_tables(self.rows) if self.rows else None, []
        self.held_rows = self.held_bytes = 0
        if rows is None or not rows.num_rows:
            return
        shape, rows = self.task.shapes[self.topic], in_order(rows, self.task.reordered[self.topic])
        with translated("lake"):
            files = open_store(events_url(self.task.url, shape.name), self.task.options)
            add = written(files, rows, repeating_columns(shape), ranged_columns(shape))
        yield outcome("file", self.topic, 0, add)


@lru_cache(maxsize=64)
def parser_of(shape: Shape) -> EventParser:
    """Return the parser of an entity's events: an executor's process keeps it from task to task."""
    return EventParser(shape)


def _by_topic(batch: pa.RecordBatch) -> Iterator[tuple[str, pa.RecordBatch]]:
    topics = batch.column("topic")
    names = topics.unique().to_pylist()
    for name in names:
        yield name, batch if len(names) == 1 else batch.filter(pc.equal(topics, name))
