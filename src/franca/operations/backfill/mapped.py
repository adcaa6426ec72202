"""A snapshot's rows through the on-ramp's own step: the events and dead letters that a stream would give."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import pyarrow as pa

from franca.config.pipelines import tables_of
from franca.config.project import Project
from franca.config.schema_registry import registry_of
from franca.errors import DefinitionError
from franca.formats.change import Wanted
from franca.formats.registry import format_for
from franca.formats.strict import strictly
from franca.mapping.application import Application
from franca.mapping.mapping import Mapping
from franca.model.entity import Table
from franca.model.shape import shape_of
from franca.operations.backfill.bulk import Made, bulk_of
from franca.operations.backfill.decoded import Decoding
from franca.operations.backfill.event_columns import Stamps
from franca.operations.backfill.piece import Piece
from franca.operations.backfill.snapshot import Snapshot
from franca.pipeline.input_line import Given
from franca.pipeline.onramp import OnRamp
from franca.pipeline.table_step import zone_of
from franca.topics.dead_letter import dead_letter
from franca.topics.names import dead_letter_topic, entity_topic, lineage
from franca.types import Batch, Message, Partition, Record

_BEFORE_SEQUENCE = b'","sequence":"'
_BULK = ("auto", "plain")
"""The formats of tables whose rows are JSON objects or fields of CSV and nothing else."""

_BEGIN = b'{"specversion":"1.0","id":"'


class Slot(NamedTuple):
    """What one mapping, or one item of its list, gives: the entity's topic, and a number among its slots.

    The number stands in the lake where the stream has the partition: with the row's number it names an event.
    """

    topic: str
    number: int


@dataclass(slots=True)
class Mapped:
    """What a piece gives: events by entity topic, dead letters, and how many rows were refused.

    Of most events there are only the rows of the lake (`ready`, see `bulk.Made`), which hold lines of the
    store as well. `records` are the rows that were mapped one by one, by number.
    """

    events: dict[str, list[Record]]
    ready: dict[str, pa.Table] = field(default_factory=dict)
    letters: list[Message] = field(default_factory=list)
    records: dict[int, Record] = field(default_factory=dict)
    refused: int = 0

    def count(self, topic: str) -> int:
        """Return how many events there are of an entity."""
        ready = self.ready.get(topic)
        return len(self.events[topic]) + (0 if ready is None else ready.num_rows)


class RowMapping:
    """Maps the rows of one snapshot, `with_lines` for the store as well.

    `version` is the number and hash of the mappings, `stamps` is what all events have in common, `slots` the
    first slot of each mapping by its name.
    """

    def __init__(
        self,
        project: Project,
        application: Application,
        table: type[Table],
        snapshot: Snapshot,
        *,
        with_lines: bool,
    ) -> None:
        shape = shape_of(table)
        tables = tables_of(project, application)
        tables = tables._replace(formats={**tables.formats, shape.name: snapshot.format})
        elsewhere = {name: f"{snapshot.topic}.not.{name}" for name in tables.topics}
        number = project.versions.number(application.name, application.hash)
        self.version = f"{number}-{application.hash}"
        self._application, self._snapshot = application.name, snapshot
        self._step = OnRamp(
            application,
            number=number,
            tables=tables._replace(topics={**elsewhere, shape.name: snapshot.topic}),
            schemas=registry_of(project.settings.registry),
        )
        self._slots = _slots(mapping for mapping in application.mappings if mapping.table is table)
        self._letters = dead_letter_topic(application.name)
        self._head = _BEFORE_SEQUENCE + snapshot.head.encode()
        self._arrival = _BEFORE_SEQUENCE + f"{application.epoch:04d}.arrival.000000.".encode()
        self._place = _BEGIN + f"{snapshot.topic}/0/".encode()
        self._file = (("file", snapshot.name.encode()),)
        self.stamps, self.slots = self._stamps(application, table), self._first_slots()
        can = snapshot.format in _BULK
        self._bulk = (
            bulk_of(application, table, self.stamps, self.slots, with_lines=with_lines) if can else None
        )
        mapped = [mapping for mapping in application.mappings if mapping.table is table]
        columns = frozenset().union(*(mapping.columns for mapping in mapped))
        format_ = format_for(table, snapshot.format, registry_of(project.settings.registry))
        chosen = strictly(format_) if tables.strict else format_
        decoder = chosen.decoder(Wanted(table, columns, epoch=application.epoch, zone=zone_of(application)))
        self._decoding = Decoding(table, columns, decoder, f"{application.epoch:04d}.arrival.")

    def _stamps(self, application: Application, table: type[Table]) -> Stamps:
        snapshot = self._snapshot
        return Stamps(
            snapshot.topic,
            snapshot.head,
            snapshot.time * 1000,
            lineage(application.name, shape_of(table).name),
            application.name,
            self.version,
            snapshot.marks(self.version),
        )

    def _first_slots(self) -> dict[str, int]:
        first: dict[str, int] = {}
        for (_, name), slot in self._slots.items():
            first.setdefault(name.partition("/")[0], slot.number)
        return first

    @property
    def partitions(self) -> dict[str, list[Partition]]:
        """The entities' topics, each with the partitions under which the snapshot's marks are kept."""
        found: dict[str, list[Partition]] = {}
        for slot in dict.fromkeys(self._slots.values()):
            partition = Partition(slot.topic, slot.number, self._snapshot.marks(self.version))
            found.setdefault(slot.topic, []).append(partition)
        return found

    def __call__(self, piece: Piece) -> Mapped:
        """Return what the rows of a piece give: most at once where SQL can, the others one by one."""
        bulk = self._at_once(piece)
        if bulk is None:
            return self.one_by_one(piece.given(None))
        made = self.one_by_one(piece.given(bulk.left) if bulk.left else ())
        made.ready = bulk.events
        return made

    def _at_once(self, piece: Piece) -> Made | None:
        """Return what SQL gives of a piece: of its columns as the file has them, else of its decoded rows."""
        if self._bulk is None:
            return None
        made = self._bulk(piece) if piece.columns is not None else None
        if made is not None or not self._decoding.can:
            return made
        rows = piece.given(None)
        columns = self._decoding([self.record(row) for row in rows if row.problem is None])
        if not columns.num_rows:
            return None
        return self._bulk(replace(piece, columns=columns, is_text=False, is_decoded=True))

    def close(self) -> None:
        """Release what mapping in bulk holds. May be called twice."""
        if self._bulk is not None:
            self._bulk.close()

    def record(self, row: Given) -> Record:
        """Return a row as a dead letter holds it."""
        return Record(self._snapshot.topic, 0, row.line, self._snapshot.time, None, row.value, self._file)

    def one_by_one(self, rows: Sequence[Given]) -> Mapped:
        """Return what rows give, each mapped by the on-ramp's own step."""
        made = Mapped({topic: [] for topic in self.partitions})
        good: list[Record] = []
        for row in rows:
            record = self.record(row)
            made.records[row.line] = record
            if row.problem is None:
                good.append(record)
            else:
                made.letters.append(dead_letter(self._application, record, row.problem, mapping=self.version))
        for topic, key, value in self._step(Batch(good)).items:
            if topic == self._letters:
                made.letters.append((topic, key, value))
            elif value is not None:
                made.events[topic].append(self._stamped(topic, key, value))
        made.refused = len({(key or b"").split(b"/")[2] for _, key, _ in made.letters})
        return made

    def _stamped(self, topic: str, key: bytes | None, value: bytes) -> Record:
        """Return an event with the snapshot's sequence where it had that of its arrival, as a record."""
        if not value.startswith(self._place):
            reason = "its lines are forwarded records, which have places of their own"
            raise DefinitionError.one(self._snapshot.name, reason, "put them on the topic: `franca send`")
        place = value[len(self._place) : value.index(b'"', len(self._place))].decode().split("/")
        slot = self._slots[topic, "/".join(place[1:-1]).lstrip("0123456789/")]
        stamped = value.replace(self._arrival, self._head, 1)
        return Record(topic, slot.number, int(place[0]), self._snapshot.time, key, stamped)


def _slots(mappings: Any) -> dict[tuple[str, str], Slot]:
    """Return the slot of each mapping, and of each item of those that give lists: `name`, `name/0`, …."""
    found: dict[tuple[str, str], Slot] = {}
    counts: dict[str, int] = {}
    for mapping in mappings:
        topic = entity_topic(shape_of(mapping.entity))
        for name in _names(mapping):
            found[topic, name] = Slot(topic, counts.get(topic, 0))
            counts[topic] = counts.get(topic, 0) + 1
    return found


def _names(mapping: Mapping[Any, Any]) -> list[str]:
    if not mapping.is_list:
        return [mapping.name]
    return [f"{mapping.name}/{place}" for place in range(len(mapping.tree.items))]
