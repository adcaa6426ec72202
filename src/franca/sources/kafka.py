"""Reads topics of a Kafka cluster as one worker of a consumer group.

Where a partition goes on is asked of the sink, whatever the group says. docs/architecture.md, "How a batch
travels", has the reasons.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from franca.errors import DefinitionError, UnavailableError
from franca.sources.identity import Identity
from franca.sources.kafka_records import last_offsets, records_of
from franca.sources.rest import Rest, never
from franca.topics.cluster import WAIT_SECONDS, WRONG, Cluster, log, translated
from franca.topics.names import consumer_group, subscription
from franca.types import Batch, Partition, Record, Stored

CHUNK = 1_000
SLICE_SECONDS = 0.1
QUIET_SECONDS = 0.1
"""Deleting a topic, making it again and filling it takes longer; only then need its id be asked again."""

GONE = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION})
FENCED = frozenset({KafkaError._FATAL, KafkaError._FENCED, KafkaError.FENCED_INSTANCE_ID})


@dataclass(frozen=True, slots=True)
class KafkaSourceSettings:
    """What to read, as whom, and how much at a time.

    `topics` are names, or patterns in which `*` stands for any text. `member` is the worker's lasting name
    in the group: a worker that comes back within `session_seconds` keeps its partitions. A batch ends at
    `batch_records`, at `batch_bytes`, or `linger_seconds` after its first record, whichever comes first.
    Records that the topic no longer holds though they were never read stop the source, unless `skip_lost`.
    """

    cluster: Cluster
    group: str
    topics: tuple[str, ...]
    member: str = ""
    batch_records: int = 5_000
    batch_bytes: int = 16 * 1024 * 1024
    linger_seconds: float = 0.0
    wait_seconds: float = 0.2
    session_seconds: float = 10.0
    poll_seconds: float = 300.0
    skip_lost: bool = False


def _fetching(linger_seconds: float) -> dict[str, int]:
    """Return how the broker is asked: where a batch waits for more anyway, seldom and for much at a time.

    A lake at 1,000 events a second took a tenth of a core for fetching them by threes.
    """
    if not linger_seconds:
        return {"fetch.wait.max.ms": 100}
    return {"fetch.wait.max.ms": int(min(250.0, 250.0 * linger_seconds)), "fetch.min.bytes": 1_000_000}


class KafkaSource:
    """A source of records from topics; see `Source` for the contract.

    While `is_held` says so it gives none, keeps its place in the group, and then asks anew where to go on.
    """

    def __init__(self, settings: KafkaSourceSettings, is_held: Callable[[], bool] = never) -> None:
        self._settings = settings
        self._rest = Rest(is_held)
        self._consumer: Consumer | None = None
        self._identity = Identity(settings.cluster, (t for t in settings.topics if "*" not in t))
        self._assigned: dict[tuple[str, int], Partition] = {}
        self._places: list[TopicPartition] = []
        self._misplaced = False
        self._seen: dict[str, float] = {}
        self._floors: dict[Partition, int] = {}
        self._next: dict[Partition, int] = {}
        self._ended: set[Partition] = set()
        self._group: object | None = None
        self._rebalanced = False
        self._interrupted = False
        self._wrong: KafkaError | None = None

    def open(self, stored: Stored) -> None:
        """Join the group; partitions are placed by the first reads."""
        self._stored = stored
        self._join()

    def read(self, drain: bool = False) -> Batch[Record]:
        """Return the next batch. Raises UnavailableError, and DefinitionError where waiting can't help."""
        try:
            return self._read(drain)
        except KafkaException as error:
            self.rewind()  # what was gathered is read again
            raise translated(error) from error
        except UnavailableError:
            self.rewind()
            raise

    def rewind(self) -> None:
        """Place all partitions anew, at the next read."""
        self._misplaced = bool(self._places)

    def interrupt(self) -> None:
        """Make reads return at once."""
        self._interrupted = True

    def lag(self) -> dict[Partition, int]:
        """Return the records between what was read and the end, where both are known."""
        if self._consumer is None:
            return {}
        lag = {}
        for partition, position in self._next.items():
            place = TopicPartition(partition.topic, partition.partition)
            _, end = self._consumer.get_watermark_offsets(place, cached=True)
            end = self._rest.ends.get(partition, end)
            ended = partition in self._ended and partition not in self._rest.ends
            lag[partition] = 0 if ended else max(0, end - position)
        return lag

    def trouble(self) -> str:
        """Return what keeps some of the topics from being read, empty where nothing does."""
        missing = ", ".join(map(repr, sorted(self._identity.missing)))
        return self._identity.away or (f"no such topic: {missing}" if missing else "")

    def close(self) -> None:
        """Leave the group at once, so that others need not wait for the session to end."""
        consumer, self._consumer = self._consumer, None
        self._identity.close()
        if consumer is not None:
            try:
                consumer.unsubscribe()
                deadline = time.monotonic() + SLICE_SECONDS
                while self._assigned and time.monotonic() < deadline:
                    consumer.poll(SLICE_SECONDS / 10)
                consumer.close()
            except (KafkaException, SystemError) as error:  # the second is how the client trips over itself
                log.info("leaving %s: %s", self._settings.group, error)

    def _join(self) -> None:
        settings = self._settings
        session = int(settings.session_seconds * 1000)
        self._consumer = Consumer(
            settings.cluster.client(
                {
                    "group.id": settings.group,
                    **({"group.instance.id": settings.member} if settings.member else {}),
                    "session.timeout.ms": session,
                    "heartbeat.interval.ms": min(3000, session // 3),
                    "max.poll.interval.ms": int(max(settings.poll_seconds, settings.session_seconds) * 1000),
                    "partition.assignment.strategy": "roundrobin",
                    "enable.auto.commit": False,
                    "enable.auto.offset.store": False,
                    "auto.offset.reset": "error",
                    "enable.partition.eof": True,
                    "isolation.level": "read_committed",
                    **_fetching(settings.linger_seconds),
                    "fetch.queue.backoff.ms": 10,
                    "fetch.error.backoff.ms": 100,
                    "queued.min.messages": 2 * settings.batch_records,
                    "queued.max.messages.kbytes": 2 * settings.batch_bytes // 1024,
                    "error_cb": self._on_error,
                }
            )
        )
        self._consumer.subscribe(
            subscription(settings.topics),
            on_assign=self._on_assign,
            on_revoke=self._on_revoke,
            on_lost=self._on_revoke,
        )

    def _on_assign(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        """Take note only: asking the sink may fail or take long, so `read` does it.

        A callback must not raise: the client loses count of errors that come while it handles another.
        """
        with suppress(KafkaException):  # it has lost its place already
            consumer.assign([])
        self._rebalanced = True
        self._places, self._misplaced = places, bool(places)
        if self._consumer is not None:  # asked while the consumer is closed, the client waits for itself
            self._group = consumer.consumer_group_metadata()

    def _on_revoke(self, consumer: Consumer, _places: list[TopicPartition]) -> None:
        with suppress(KafkaException):  # it has lost its place already
            consumer.unassign()
        self._rebalanced = True
        self._places, self._misplaced = [], False
        self._forget()

    def _on_error(self, error: KafkaError) -> None:
        if error.code() in WRONG:
            self._wrong = error
        else:
            self._identity.hurry(f"kafka is unavailable: {error.str()}")

    def _forget(self) -> None:
        self._assigned = {}
        self._next = {}
        self._ended = set()

    def _place(self) -> None:
        """Ask the sink where the assigned partitions go on, and go on there."""
        consumer = self._running()
        consumer.poll(0)  # serves a rebalance that is already known; a record it drops is read again
        if not self._misplaced:
            return
        ids = self._identity.learn({place.topic for place in self._places})
        partitions = [
            Partition(place.topic, place.partition, ids[place.topic])
            for place in self._places
            if place.topic in ids
        ]
        stored = self._stored(partitions)
        self._forget()
        self._misplaced = self._rebalanced = False
        self._seen = dict.fromkeys(ids, time.monotonic())
        self._assigned = {(partition.topic, partition.partition): partition for partition in partitions}
        self._next = dict(stored)
        first = OFFSET_BEGINNING
        begins = {p: max(stored.get(p, first), self._floors.get(p, first)) for p in partitions}
        consumer.assign([TopicPartition(p.topic, p.partition, begin) for p, begin in begins.items()])
        self._rest.settle(consumer, partitions)

    def _read(self, drain: bool) -> Batch[Record]:
        if self._misplaced:
            self._place()
        if self._rest.is_held():
            return self._idle()
        if self._rest.is_on:
            self._rest.end()
            self.rewind()
            return Batch([])
        messages = self._gather(drain)
        if self._wrong is not None:
            wrong, self._wrong = self._wrong, None
            raise translated(wrong)
        if self._rebalanced:  # what was gathered may be another worker's by now, or comes again
            self._rebalanced = False
            return Batch([])
        batch = self._batch(messages)
        if self._identity.changed() or not self._is_confirmed(batch):
            self.rewind()
            return Batch([])
        return batch

    def _idle(self) -> Batch[Record]:
        """Keep the place in the group; what was fetched already is dropped, and read again later."""
        consumer, partitions = self._running(), list(self._assigned.values())
        if not self._rest.is_on:
            self._rest.begin(consumer, partitions)
        for message in consumer.consume(1, 0.0 if self._interrupted else self._settings.wait_seconds):
            error = message.error()
            if error is not None and error.code() in FENCED:
                self._fenced(error)
        self._rest.look(consumer, partitions)
        return Batch([])

    def _is_confirmed(self, batch: Batch[Record]) -> bool:
        """Tell whether topics that were quiet for a while are still the same, and not made anew."""
        now = time.monotonic()
        topics = {partition.topic for partition in batch.positions}
        quiet = [topic for topic in topics if now - self._seen.get(topic, 0.0) > QUIET_SECONDS]
        self._seen.update(dict.fromkeys(topics, now))
        return not quiet or self._identity.confirm(quiet)

    def _running(self) -> Consumer:
        if self._consumer is None:
            self._join()
        assert self._consumer is not None
        return self._consumer

    def _gather(self, drain: bool) -> list[Any]:
        """Return what one batch takes: a first message, and what follows it closely."""
        settings, consumer = self._settings, self._running()
        wait = 0.0 if self._interrupted else settings.wait_seconds
        messages = consumer.consume(1, wait)
        if not messages:
            return messages
        deadline = time.monotonic() + settings.linger_seconds
        size = 0
        while len(messages) < settings.batch_records and size < settings.batch_bytes:
            rest = 0.0 if self._interrupted else max(0.0, min(SLICE_SECONDS, deadline - time.monotonic()))
            more = consumer.consume(min(CHUNK, settings.batch_records - len(messages)), rest)
            messages += more
            size += sum(map(len, more))
            if not more and (rest == 0.0 or (drain and self._at_end(messages)) or self._rest.is_held()):
                break
        return messages

    def _at_end(self, messages: list[Any]) -> bool:
        """Tell whether the messages end with the end of every assigned partition."""
        ended = set(self._ended)
        for message in messages:
            place = (message.topic(), message.partition())
            partition = self._assigned.get(place)
            if partition is not None:
                (ended.discard if message.error() is None else ended.add)(partition)
        return len(ended) == len(self._assigned)

    def _batch(self, messages: list[Any]) -> Batch[Record]:
        """Turn messages into records, and note per partition where the batch begins and ends."""
        batch: Batch[Record] = Batch([], group=self._group)
        events = [message for message in messages if message.error() is not None]
        if events:
            messages = [message for message in messages if message.error() is None]
        records = records_of(messages)
        ends = last_offsets(records)
        if not ends.keys() <= self._assigned.keys():
            records = [record for record in records if (record.topic, record.partition) in self._assigned]
            ends = last_offsets(records)
        firsts = (
            last_offsets(reversed(records)) if any(self._assigned[p] not in self._next for p in ends) else {}
        )
        for place, offset in ends.items():
            partition = self._assigned[place]
            batch.starts[partition] = self._next.get(partition, firsts.get(place, offset))
            batch.positions[partition] = offset + 1
        batch.items = records
        self._ended.difference_update(batch.positions)
        for event in events:
            self._event(batch, event)
        self._next.update(batch.positions)
        return batch

    def _event(self, batch: Batch[Record], message: Message) -> None:
        """Act on what librdkafka tells between the records."""
        error = message.error()
        assert error is not None
        code, topic, number = error.code(), message.topic() or "", message.partition() or 0
        if code == KafkaError._PARTITION_EOF:
            self._end(batch, topic, number, message.offset() or 0)
        elif code == KafkaError._AUTO_OFFSET_RESET:
            self._lost(topic, number)
        elif code in FENCED:
            self._fenced(error)
        elif code in WRONG:
            raise translated(error)
        elif code in GONE:
            self._identity.hurry("")
        else:
            log.warning("%s", error)

    def _end(self, batch: Batch[Record], topic: str, number: int, position: int) -> None:
        """The end of a partition may lie behind control records that nobody sees."""
        partition = self._assigned.get((topic, number))
        if partition is None:
            return
        reached = batch.positions.get(partition, self._next.get(partition, -1))
        if position >= reached:
            self._ended.add(partition)
        if position > reached:
            batch.starts.setdefault(partition, self._next.get(partition, position))
            batch.positions[partition] = position

    def _lost(self, topic: str, number: int) -> None:
        """The position is not in the topic: records were deleted before they were read, or it was cut."""
        self.rewind()
        partition = self._assigned.get((topic, number))
        if partition is None or not self._identity.confirm([topic]):
            return
        low, high = self._running().get_watermark_offsets(TopicPartition(topic, number), WAIT_SECONDS)
        position = self._next.get(partition, low)
        if low <= position <= high:  # said of an earlier assignment
            return
        reason = f"position {position} is gone, the partition holds {low} to {high}"
        if position > high:
            remedy = "make the topic anew, raise the application's epoch, load the table again"
            raise DefinitionError.one(f"{topic}/{number}", f"{reason}: the partition was cut", remedy)
        if not self._settings.skip_lost:
            pipeline = self._settings.group.removeprefix(consumer_group(""))
            raise DefinitionError.one(
                f"{topic}/{number}",
                f"{reason}: records were deleted before they were read",
                "lengthen the retention and load the table again, or accept the loss: "
                f'`skip_lost = true` under [pipelines."{pipeline}"] in franca.toml',
            )
        log.warning("%s/%d: %s; going on at %d", topic, number, reason, low)
        self._floors[partition] = low

    def _fenced(self, error: KafkaError) -> None:
        consumer, self._consumer = self._consumer, None
        self._forget()
        if consumer is not None:
            consumer.close()
        raise UnavailableError(
            "kafka",
            f"another worker has taken this one's place: {error.str()}",
            "give each machine a host name of its own",
        )
