"""Reads topics of a Kafka cluster as one worker of a consumer group.

Where a partition goes on is asked of the sink, whatever the group says. docs/architecture.md, "How a batch
travels", has the reasons.
"""

import time
from collections.abc import Callable

from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, Message, TopicPartition

from franca.errors import UnavailableError
from franca.sources.identity import Identity
from franca.sources.kafka_records import Gathered, last_offsets
from franca.sources.kafka_settings import KafkaSourceSettings
from franca.sources.lost import require_kept
from franca.sources.member import Member
from franca.sources.rest import Rest, never
from franca.topics.cluster import WAIT_SECONDS, log, translated
from franca.topics.names import consumer_group
from franca.types import Batch, Partition, Record, Stored

CHUNK = 1_000
SLICE_SECONDS = 0.1
QUIET_SECONDS = 0.1
"""Deleting a topic, making it again and filling it takes longer; only then need its id be asked again."""

GONE = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION})


class KafkaSource:
    """A source of records from topics; see `Source` for the contract.

    While `is_held` says so it gives none, keeps its place in the group, and then asks anew where to go on.
    `settle` is called when partitions were assigned and before any is read, so that `is_held` knows by then
    what was said while the worker was out of its group.
    """

    keeps_place = False

    def __init__(
        self,
        settings: KafkaSourceSettings,
        is_held: Callable[[], bool] = never,
        settle: Callable[[], object] = never,
    ) -> None:
        self._settings = settings
        self._settle = settle
        self._rest = Rest(is_held)
        self._identity = Identity(settings.cluster, (t for t in settings.topics if "*" not in t))
        self._assigned: dict[tuple[str, int], Partition] = {}
        self._member = Member(settings, self._forget, self._identity.hurry)
        self._seen: dict[str, float] = {}
        self._floors: dict[Partition, int] = {}
        self._next: dict[Partition, int] = {}
        self._ended: set[Partition] = set()
        self._interrupted = False

    def open(self, stored: Stored) -> None:
        """Join the group; partitions are placed by the first reads."""
        self._stored = stored
        self._member.join()

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
        self._member.misplace()

    def interrupt(self) -> None:
        """Make reads return at once."""
        self._interrupted = True

    def lag(self) -> dict[Partition, int]:
        """Return the records between what was read and the end, where both are known."""
        consumer = self._member.consumer
        if consumer is None:
            return {}
        lag = {}
        for partition, position in self._next.items():
            place = TopicPartition(partition.topic, partition.partition)
            _, end = consumer.get_watermark_offsets(place, cached=True)
            end = self._rest.ends.get(partition, end)
            ended = partition in self._ended and partition not in self._rest.ends
            lag[partition] = 0 if ended else max(0, end - position)
        return lag

    def trouble(self) -> str:
        """Return what keeps some of the topics from being read, empty where nothing does."""
        missing = ", ".join(map(repr, sorted(self._identity.missing)))
        return self._identity.away or (f"no such topic: {missing}" if missing else "")

    def close(self) -> None:
        """Leave the group at once, so that others need not wait; not so a place that is kept."""
        self._identity.close()
        self._member.leave(keeps_place=self.keeps_place, holds_any=lambda: bool(self._assigned))

    def _forget(self) -> None:
        self._assigned = {}
        self._next = {}
        self._ended = set()

    def _place(self) -> None:
        """Ask the sink where the assigned partitions go on, and go on there."""
        member = self._member
        consumer = member.joined()
        member.heed(consumer.poll(0))  # serves a rebalance that is already known; a record is read again
        if not member.misplaced:
            return
        if member.unsettled:
            self._settle()
            member.unsettled = False
        ids = self._identity.learn({place.topic for place in member.places})
        partitions = [
            Partition(place.topic, place.partition, ids[place.topic])
            for place in member.places
            if place.topic in ids
        ]
        stored = self._stored(partitions)
        self._forget()
        member.misplaced = member.rebalanced = False
        self._seen = dict.fromkeys(ids, time.monotonic())
        self._assigned = {(partition.topic, partition.partition): partition for partition in partitions}
        self._next = dict(stored)
        first = OFFSET_BEGINNING
        begins = {p: max(stored.get(p, first), self._floors.get(p, first)) for p in partitions}
        consumer.assign([TopicPartition(p.topic, p.partition, begin) for p, begin in begins.items()])
        self._rest.settle(consumer, partitions)

    def _read(self, drain: bool) -> Batch[Record]:
        if self._member.misplaced:
            self._place()
        if self._rest.is_held():
            return self._idle()
        if self._rest.is_on:
            self._rest.end()
            self.rewind()
            return Batch([])
        gathered = self._gather(drain)
        self._member.check()
        for event in gathered.events:
            self._member.heed(event)
        if self._member.rebalanced:  # what was gathered may be another worker's by now, or comes again
            self._member.rebalanced = False
            return Batch([])
        self._look()
        batch = self._batch(gathered)
        if not self._is_confirmed(batch) or self._identity.changed():
            self.rewind()
            return Batch([])
        return batch

    def _idle(self) -> Batch[Record]:
        """Keep the place in the group; what was fetched already is dropped, and read again later."""
        consumer, partitions = self._member.joined(), list(self._assigned.values())
        if not self._rest.is_on:
            self._rest.begin(consumer, partitions)
        for message in consumer.consume(1, 0.0 if self._interrupted else self._settings.wait_seconds):
            self._member.heed(message)
        self._member.check()
        self._identity.changed()  # asks; what has changed is seen when the partitions are placed again
        self._look()
        self._rest.look(consumer, partitions)
        return Batch([])

    def _look(self) -> None:
        if self._identity.is_answered():
            self._member.look()

    def _is_confirmed(self, batch: Batch[Record]) -> bool:
        """Tell whether topics that were quiet for a while are still the same, and not made anew."""
        now = time.monotonic()
        topics = {partition.topic for partition in batch.positions}
        quiet = [topic for topic in topics if now - self._seen.get(topic, 0.0) > QUIET_SECONDS]
        self._seen.update(dict.fromkeys(topics, now))
        return not quiet or self._identity.confirm(quiet)

    def _gather(self, drain: bool) -> Gathered:
        """Return what one batch takes: a first message, and what follows it closely."""
        settings, consumer, gathered = self._settings, self._member.joined(), Gathered()
        wait = 0.0 if self._interrupted else settings.wait_seconds
        gathered.add(consumer.consume(1, wait))
        deadline = time.monotonic() + settings.linger_seconds
        while 0 < len(gathered) < settings.batch_records and gathered.size < settings.batch_bytes:
            rest = 0.0 if self._interrupted else max(0.0, min(SLICE_SECONDS, deadline - time.monotonic()))
            more = consumer.consume(min(CHUNK, settings.batch_records - len(gathered)), rest)
            gathered.add(more)
            if not more and (rest == 0.0 or (drain and self._at_end(gathered)) or self._rest.is_held()):
                break
        return gathered

    def _at_end(self, gathered: Gathered) -> bool:
        """Tell whether what was gathered ends with the end of every assigned partition."""
        ends = last_offsets(gathered.records)
        ended = {partition for place, partition in self._assigned.items() if place not in ends} & self._ended
        for message in gathered.events:
            place = (message.topic() or "", message.partition() or 0)
            if place in self._assigned and (message.offset() or 0) > ends.get(place, -1):
                ended.add(self._assigned[place])
        return len(ended) == len(self._assigned)

    def _batch(self, gathered: Gathered) -> Batch[Record]:
        """Turn what was gathered into a batch, and note per partition where it begins and ends."""
        batch: Batch[Record] = Batch([], group=self._member.group)
        records = gathered.records
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
        floors = dict(self._floors)  # what is found to be lost by now, this batch begins before
        self._ended.difference_update(batch.positions)
        for event in gathered.events:
            self._event(batch, event)
        batch.lost = {p: floors[p] for p, start in batch.starts.items() if start < floors.get(p, start)}
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
        low, high = self._member.joined().get_watermark_offsets(TopicPartition(topic, number), WAIT_SECONDS)
        position = self._next.get(partition, low)
        if low <= position <= high:  # said of an earlier assignment
            return
        pipeline = self._settings.group.removeprefix(consumer_group(""))
        require_kept(partition, position, (low, high), pipeline, skip_lost=self._settings.skip_lost)
        self._floors[partition] = low
