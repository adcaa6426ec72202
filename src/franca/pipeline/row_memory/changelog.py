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
    """

    def __init__(
        self,
        cluster: Cluster,
        plans: Mapping[str, TopicPlan],
        topics: Mapping[str, str],
    ) -> None:
        self._cluster = cluster
        self._plans = plans
        self._topics = topics
        self._places: list[Place] = []
        self._marked_at = 0.0

    def restore(self, partitions: Sequence[Partition], store: RowStore) -> None:
        """Read on from the store's marks to the ends; waits for transactions that are open before them.

        Raises UnavailableError, also where it takes long: calling again goes on. Raises OSError.
        """
        self._places = [
            Place(table, partition.topic, partition.partition)
            for partition in partitions
            for table, pattern in self._topics.items()
            if fits(pattern, partition.topic)
        ]
        if self._places:
            self._make_topics()
            targets = self._targets()
            begins = self._begins(targets, store)
            self._follow(begins, targets, store)

    def mark(self, store: RowStore) -> None:
        """Note every ten seconds that the store holds all that is on the topics of this worker's rows."""
        if self._places and time.monotonic() - self._marked_at >= MARK_SECONDS:
            try:
                self._set_marks(self._targets(), store)
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

    def _follow(self, begins: Mapping[Part, int], targets: Mapping[Part, Mark], store: RowStore) -> None:
        """Read from the beginnings to the targets."""
        reached = {part: target.offset for part, target in targets.items() if part not in begins}
        if begins:
            consumer = Consumer(self._cluster.client(_READING))
            try:
                consumer.assign([TopicPartition(*part, begin) for part, begin in begins.items()])
                self._read(consumer, dict(begins), targets, store)
            except KafkaException as error:
                raise translated(error) from error
            finally:
                consumer.close()
        self._set_marks({part: targets[part] for part in reached}, store)

    def _read(
        self, consumer: Consumer, reached: dict[Part, int], targets: Mapping[Part, Mark], store: RowStore
    ) -> None:
        """Read until every partition's target is reached, or the slice is over."""
        filters = self._filters()
        total = sum(targets[part].offset - begin for part, begin in reached.items())
        began = heard = time.monotonic()
        while any(reached[part] < targets[part].offset for part in reached):
            messages = consumer.consume(CHUNK, 0.2)
            _take(messages, filters, reached, store)
            now = time.monotonic()
            heard = now if messages else heard
            left = sum(max(0, targets[part].offset - offset) for part, offset in reached.items())
            if left and (now - began > SLICE_SECONDS or now - heard > SILENCE_SECONDS):
                self._interrupt(reached, targets, store, f"{100 - 100 * left // max(total, 1)} %")
        self._set_marks({part: targets[part] for part in reached}, store)

    def _interrupt(
        self, reached: Mapping[Part, int], targets: Mapping[Part, Mark], store: RowStore, share: str
    ) -> None:
        marks = {
            part: Mark(targets[part].topic_id, min(offset, targets[part].offset), targets[part].at)
            for part, offset in reached.items()
        }
        self._set_marks(marks, store)
        raise UnavailableError(
            "row memory", f"still reading what its topics hold, {share} of the rest", "wait"
        )

    def _filters(self) -> dict[Part, list[_Filter]]:
        filters: dict[Part, list[_Filter]] = {}
        for place in self._places:
            start, prefix = topic_prefix(place.topic), prefix_of(place.table, place.partition)
            filters.setdefault(self._part(place), []).append(_Filter(start, gap_key(place.topic), prefix))
        return filters


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


_READING = {
    "group.id": "franca.rows",
    "enable.auto.commit": False,
    "enable.partition.eof": True,
    "auto.offset.reset": "earliest",
    "isolation.level": "read_committed",
    "fetch.wait.max.ms": 50,
    "queued.max.messages.kbytes": 16 * 1024,
    "error_cb": lambda error: log.info("%s", error),
}
