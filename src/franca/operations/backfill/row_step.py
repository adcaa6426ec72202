"""A snapshot's rows through the on-ramp's own step: the events and dead letters that a stream would give."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from franca.config.pipelines import tables_of
from franca.config.project import Project
from franca.config.schema_registry import registry_of
from franca.errors import DefinitionError
from franca.mapping.application import Application
from franca.mapping.mapping import Mapping
from franca.model.entity import Table
from franca.model.shape import shape_of
from franca.operations.backfill.snapshot import Snapshot
from franca.pipeline.input_line import Given
from franca.pipeline.onramp import OnRamp
from franca.topics.dead_letter import dead_letter
from franca.topics.names import dead_letter_topic, entity_topic
from franca.types import Batch, Message, Partition, Record

if TYPE_CHECKING:
    import pyarrow as pa

_BEFORE_SEQUENCE = b'","sequence":"'
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
    ready: dict[str, "pa.Table"] = field(default_factory=dict)
    letters: list[Message] = field(default_factory=list)
    records: dict[int, Record] = field(default_factory=dict)
    refused: int = 0

    @property
    def messages(self) -> list[Message]:
        """The events that were mapped one by one, and the dead letters, as messages."""
        events = [(topic, each.key, each.value) for topic, some in self.events.items() for each in some]
        return [*events, *self.letters]

    def count(self, topic: str) -> int:
        """Return how many events there are of an entity."""
        ready = self.ready.get(topic)
        return len(self.events[topic]) + (0 if ready is None else ready.num_rows)


class RowStep:
    """Maps the rows of one snapshot one by one. `version` is the number and hash of the mappings."""

    def __init__(
        self, project: Project, application: Application, table: type[Table], snapshot: Snapshot
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
        self._headers = snapshot.headers

    @property
    def partitions(self) -> dict[str, list[Partition]]:
        """The entities' topics, each with the partitions under which the snapshot's marks are kept."""
        found: dict[str, list[Partition]] = {}
        for slot in dict.fromkeys(self._slots.values()):
            partition = Partition(slot.topic, slot.number, self._snapshot.marks(self.version))
            found.setdefault(slot.topic, []).append(partition)
        return found

    def record(self, row: Given) -> Record:
        """Return a row as a dead letter holds it."""
        return Record(self._snapshot.topic, 0, row.line, self._snapshot.time, None, row.value, self._headers)

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


def _slots(mappings: Iterable[Mapping[Any, Any]]) -> dict[tuple[str, str], Slot]:
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
