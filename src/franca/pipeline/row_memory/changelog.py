"""The compacted topics that hold the remembered rows, one per table, each partition beside its raw one."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from franca.errors import UnavailableError
from franca.pipeline.row_memory.store import RowStore
from franca.topics.admin import TopicPlan, ends, ensure_partitions
from franca.topics.cluster import Cluster, log, translated
from franca.topics.names import fits
from franca.topics.rights import Right
from franca.types import Partition

CHUNK = 10_000
MARK_SECONDS = 10.0
SLICE_SECONDS = 60.0
"""A long reading is interrupted so often, to tell of itself and to show the group a sign of life."""
SILENCE_SECONDS = 30.0
FRESH_SECONDS = 6 * 3600.0
"""An older cache is filled from the beginning: the topic may have forgotten by now what was deleted."""

Part: TypeAlias = tuple[str, int]
"""A rows topic and the number of one of its partitions."""


class Mark(msgspec.Struct, frozen=True):
    """How far the store holds a partition: the next offset, in the topic of that id, as of that time."""

    topic_id: str
    offset: int
    at: float

    def up_to(self, offset: int) -> "Mark":
        """Return the mark of who has come to an offset, if that lies before this one's."""
        return Mark(self.topic_id, min(offset, self.offset), self.at)


class Place(NamedTuple):
    """The rows of one table that came by one partition of a raw topic."""

    table: str
    topic: str
    partition: int

    @property
    def mark(self) -> bytes:
        """The store's key of the place's mark; no row's key begins like it."""
        return b"\x00%s/%d/%s" % (self.table.encode(), self.partition, self.topic.encode())


class _Filter(NamedTuple):
    """How the keys of a raw topic's rows begin, the key of its gaps, and what goes before its keys here."""

    start: bytes
    gap: bytes
    prefix: bytes


def prefix_of(table: str, partition: int) -> bytes:
    """Return how the store's keys of a table's rows from the partitions of a number begin."""
    return b"%s/%d/" % (table.encode(), partition)


def topic_prefix(topic: str) -> bytes:
    """Return how the keys, on a rows topic, of a raw topic's rows begin."""
    return msgspec.json.encode([topic])[:-1] + b","


def gap_key(topic: str) -> bytes:
    """Return the key of the note that a raw topic's changes have passed by their rows topic.

    >>> gap_key("raw.crm.cust")
    b'["raw.crm.cust"]'
    """
    return msgspec.json.encode([topic])


class RowsTopics:
    """Reads remembered rows into a store, as far as they are committed.

    `plans` gives the rows topic of each table that remembers, `topics` its raw topic or pattern of them. A
    rows topic gets at least as many partitions as its raw topics have: what a worker reads and what it
    remembers are assigned together. What stands before a gap (see `gaps.py`) is not remembered: it is old.
    Marks are set every `mark_seconds`.
    """

    def __init__(
        self,
        cluster: Cluster,
        plans: Mapping[str, TopicPlan],
        topics: Mapping[str, str],
        mark_seconds: float = MARK_SECONDS,
    ) -> None:
        self._cluster = cluster
        self._plans = plans
        self._topics = topics
        self._mark_seconds = mark_seconds
        self._places: list[Place] = []
        self._marked_at = 0.0
        self._ends: Mapping[Part, Mark] | None = None

    def restore(self, partitions: Sequence[Partition], store: RowStore) -> float:
        """Read on from the store's marks to the ends; waits for transactions that are open before them.

        Returns the share that is read, less than 1 where it takes long: calling again goes on. Raises
        UnavailableError, OSError.
        """
        self._ends = None
        self._places = [
            Place(table, partition.topic, partition.partition)
            for partition in partitions
            for table, pattern in self._topics.items()
            if fits(pattern, partition.topic)
        ]
        if not self._places:
            return 1.0
        self._make_topics()
        targets = self._targets()
        return self._follow(self._begins(targets, store), targets, store)

    def mark(self, store: RowStore) -> None:
        """Note now and then how far the store has come; called when a batch is stored and kept.

        The topics' ends are asked for behind one batch and noted behind the next: that this one was stored
        shows that nobody else had the partitions, and wrote to them, before the ends were asked for.
        """
        ends, self._ends = self._ends, None
        if ends is not None:
            self._set_marks(ends, store)
        elif self._places and time.monotonic() - self._marked_at >= self._mark_seconds:
            try:
                self._ends = self._targets()
            except UnavailableError as error:
                log.info("rows: %s", error)  # a restart will read more

    def _part(self, place: Place) -> Part:
        return (self._plans[place.table].name, place.partition)

    def _make_topics(self) -> None:
        counts: dict[str, int] = {}
        for place in self._places:
            counts[place.table] = max(counts.get(place.table, 0), place.partition + 1)
        admin = self._cluster.admin()
        for table, count in counts.items():
            ensure_partitions(admin, self._plans[table], count)

    def _targets(self) -> dict[Part, Mark]:
        """Return the end of each partition at hand, behind open transactions too."""
        parts, now = {self._part(place) for place in self._places}, time.time()
        found = {
            (part.topic, part.partition): Mark(part.topic_id, offset, now)
            for part, offset in ends(self._cluster.admin(), {topic for topic, _ in parts}).items()
        }
        for topic, number in sorted(parts - found.keys()):
            raise UnavailableError("kafka", f"the topic {topic!r} has no partition {number} yet")
        return {part: found[part] for part in parts}

    def _begins(self, targets: Mapping[Part, Mark], store: RowStore) -> dict[Part, int]:
        """Return where to read on, where there is something to read."""
        begins: dict[Part, int] = {}
        for place in self._places:
            part = self._part(place)
            begin = self._begin(place, targets[part], store)
            if begin < targets[part].offset:
                begins[part] = min(begin, begins.get(part, begin))
        return begins

    def _begin(self, place: Place, target: Mark, store: RowStore) -> int:
        """Return how far the store is; what it holds of another topic, or since long ago, is forgotten."""
        (text,) = store.get([place.mark])
        if text is not None:
            mark = msgspec.json.decode(text, type=Mark)
            is_fresh = target.at - mark.at < FRESH_SECONDS
            if is_fresh and mark.topic_id == target.topic_id and mark.offset <= target.offset:
                return mark.offset
        store.forget(prefix_of(place.table, place.partition) + topic_prefix(place.topic))
        return 0

    def _set_marks(self, marks: Mapping[Part, Mark], store: RowStore) -> None:
        self._marked_at = time.monotonic()
        texts = {
            place.mark: msgspec.json.encode(marks[self._part(place)])
            for place in self._places
            if self._part(place) in marks
        }
        store.put(dict(texts))

    def _follow(self, begins: Mapping[Part, int], targets: Mapping[Part, Mark], store: RowStore) -> float:
        """Read from the beginnings to the targets; return the share that is read."""
        share = 1.0
        if begins:
            consumer = self._cluster.consumer(_READING)
            try:
                consumer.assign([TopicPartition(*part, begin) for part, begin in begins.items()])
                share = self._read(consumer, dict(begins), targets, store)
            except KafkaException as error:
                rights = [Right("READ", "topic", topic) for topic in sorted({topic for topic, _ in begins})]
                raise translated(error, *rights, Right("DESCRIBE", "group", _GROUP)) from error
            finally:
                consumer.close()
        self._set_marks({part: target for part, target in targets.items() if part not in begins}, store)
        return share

    def _read(
        self, consumer: Consumer, reached: dict[Part, int], targets: Mapping[Part, Mark], store: RowStore
    ) -> float:
        """Read until every partition's target is reached, or the slice is over; return the share read."""
        filters = self._filters()
        total = left = _left(reached, targets)
        began = heard = now = time.monotonic()
        while left and now - began <= SLICE_SECONDS and now - heard <= SILENCE_SECONDS:
            messages = consumer.consume(CHUNK, 0.2)
            _take(messages, filters, reached, store)
            left, now = _left(reached, targets), time.monotonic()
            heard = now if messages else heard
        self._set_marks({part: targets[part].up_to(offset) for part, offset in reached.items()}, store)
        if left and now - heard > SILENCE_SECONDS:
            reason = f"the topics of rows have given nothing for {SILENCE_SECONDS:.0f} s, and hold more"
            raise UnavailableError("kafka", reason, "wait: a transaction may be open")
        return 1 - left / total

    def _filters(self) -> dict[Part, list[_Filter]]:
        filters: dict[Part, list[_Filter]] = {}
        for place in self._places:
            start, prefix = topic_prefix(place.topic), prefix_of(place.table, place.partition)
            filters.setdefault(self._part(place), []).append(_Filter(start, gap_key(place.topic), prefix))
        return filters


def _left(reached: Mapping[Part, int], targets: Mapping[Part, Mark]) -> int:
    """Return how many offsets lie before the targets."""
    return sum(max(0, targets[part].offset - offset) for part, offset in reached.items())


def _take(
    messages: list[Any], filters: Mapping[Part, Sequence[_Filter]], reached: dict[Part, int], store: RowStore
) -> None:
    """Put what messages of rows topics hold, and note up to where that is. Raises KafkaException."""
    values: dict[bytes, bytes | None] = {}
    parts = zip(map(Message.topic, messages), map(Message.partition, messages), strict=True)
    columns = (
        map(column, messages) for column in (Message.error, Message.offset, Message.key, Message.value)
    )
    for part, error, offset, key, value in zip(parts, *columns, strict=True):  # quicker than one by one
        if error is None:
            for start, gap, prefix in filters[part]:
                if key.startswith(start):
                    values[prefix + key] = value
                elif key == gap:
                    store.put(values)
                    values.clear()
                    store.forget(prefix + start)
        elif error.code() != KafkaError._PARTITION_EOF:
            raise KafkaException(error)
        reached[part] = offset + (error is None)  # an end lies behind control records
    store.put(values)


_GROUP = "franca.rows"
_READING = {
    "group.id": _GROUP,
    "enable.auto.commit": False,
    "enable.partition.eof": True,
    "auto.offset.reset": "earliest",
    "isolation.level": "read_committed",
    "fetch.wait.max.ms": 50,
    "queued.max.messages.kbytes": 16 * 1024,
}
