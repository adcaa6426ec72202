"""Writes messages to topics of a Kafka cluster: one batch, one transaction, its positions inside.

The positions are the consumer group's offsets; the group's generation, checked by the broker, keeps a
worker that lost its partitions from writing. Tally, topic id and epoch travel in the offsets' metadata.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from franca.errors import FrancaError, WriteError
from franca.sinks.incarnation import Incarnations
from franca.sinks.ledger import Entry, read_entry
from franca.sinks.refusal import refused
from franca.sinks.room import ENVELOPE_BYTES, refused_for_size
from franca.sinks.transactions import Transactions
from franca.topics.admin import message_limits
from franca.topics.cluster import (
    REFUSED,
    WAIT_SECONDS,
    Cluster,
    drop,
    log,
    shut,
)
from franca.topics.group_offsets import group_offsets
from franca.topics.rights import Right
from franca.topics.unwritten import unwritten
from franca.types import NOTHING, Batch, Message, Partition, Placed, Positions, Record, Tally

MOVED_ON = frozenset(
    {
        KafkaError.FENCED_INSTANCE_ID,
        KafkaError.ILLEGAL_GENERATION,
        KafkaError.REBALANCE_IN_PROGRESS,
        KafkaError.UNKNOWN_MEMBER_ID,
        KafkaError._FATAL,  # how a fenced producer refuses to produce
        KafkaError._FENCED,
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError.INVALID_PRODUCER_ID_MAPPING,
        KafkaError.PRODUCER_FENCED,
        KafkaError.TRANSACTION_COORDINATOR_FENCED,
    }
)
"""The group or the transaction belongs to somebody else by now."""


class Refusal(NamedTuple):
    """A message that the cluster refuses, and why.

    Its topic takes `room` bytes of key and value; `records` are those of its batch.
    """

    message: Message
    error: WriteError
    room: int
    records: Sequence[Record]


Park: TypeAlias = Callable[[Refusal], Message | None]
"""Gives the message to be written instead: a dead letter, or less for the same topic; None leaves it out."""


@dataclass(frozen=True, slots=True)
class KafkaSinkSettings:
    """Where to write, as whom, and in whose name the positions are kept.

    `group` is the source's consumer group. `transactional_id` is the worker's lasting name: whoever opens
    a sink with it first ends what its predecessor left open. `topics` are those written. With an `epoch`, a
    source topic that was made anew stops the pipeline until its owner raises the epoch. Of sinks that share
    a name (`is_shared`), one that another has put out does not come back by itself.
    """

    cluster: Cluster
    group: str
    transactional_id: str
    topics: tuple[str, ...] = ()
    epoch: int | None = None
    compression: str = "lz4"
    transaction_seconds: float = 15.0
    is_shared: bool = False


class KafkaSink:
    """A sink of messages; see `Sink` for the contract. `park` makes dead letters of refused messages.

    `confirm` is asked when all messages of a batch stand on their topics and none is committed; where it
    says no, nothing is stored and `write` answers False.
    """

    def __init__(
        self,
        settings: KafkaSinkSettings,
        park: Park | None = None,
        confirm: Callable[[], bool] | None = None,
    ) -> None:
        self._settings = settings
        self._park = park
        self._confirm = confirm
        self._transactions = Transactions(
            settings.cluster, settings.transactional_id, settings.compression, settings.transaction_seconds
        )
        self._outsider: Consumer | None = None
        self._incarnations: Incarnations | None = None
        self._entries: dict[Partition, Entry] = {}
        self._limits: dict[str, int] = {}
        self._smallest = 0
        self._parked = 0
        self._records: Sequence[Record] = ()

    def open(self) -> None:
        """Connect, learn the topics' limits, and end what a killed predecessor left open."""
        settings, cluster = self._settings, self._settings.cluster
        self._limits = message_limits(cluster.admin(), settings.topics)
        if settings.epoch is not None:
            self._incarnations = Incarnations(cluster, settings.group, settings.topics, settings.epoch)
        self._smallest = min(self._limits.values(), default=1_000_000) - ENVELOPE_BYTES
        self._asking()  # which takes a new cluster long: it makes a topic for the groups
        self._start()

    def positions(self, partitions: Sequence[Partition]) -> Positions:
        """Return what the group has committed; offsets of a topic's predecessor count for nothing.

        Raises DefinitionError for a topic that was made anew while its epoch stayed.
        """
        if self._incarnations is not None:
            self._incarnations.check({partition.topic: partition.topic_id for partition in partitions})
        places = [TopicPartition(partition.topic, partition.partition) for partition in partitions]
        try:
            committed = group_offsets(self._asking(), self._settings.group, places)
        except FrancaError:
            drop(self._asking())  # a client that saw an outage may never recover
            self._outsider = None
            raise
        found = {(place.topic, place.partition): place for place in committed}
        answer = {}
        for partition in partitions:
            place = found[partition.topic, partition.partition]
            self._entries.pop(partition, None)
            if place.offset < 0:
                continue
            entry = read_entry(place.offset, place.metadata)
            if not entry.topic_id or entry.topic_id == partition.topic_id:
                self._entries[partition] = entry
                answer[partition] = entry.next
        return answer

    def write(self, batch: Batch[Message]) -> bool:
        """Store the batch in one transaction."""
        if not self._transactions.is_open:
            self._start()
            return False
        if not self._follows(batch):
            return False
        self._transactions.renew()
        try:
            self._parked, self._records = 0, batch.records
            entries = self._transact(batch, batch.items)
        except KafkaException as error:
            if _may_be_refusal(error.args[0]):
                return self._write_without_refused(batch, error)
            return self._failed(error, batch)
        return self._is_booked(entries)

    def close(self) -> None:
        """End an open transaction and release everything."""
        self._transactions.abandon()
        outsider, self._outsider = self._outsider, None
        if outsider is not None:
            shut(outsider)

    def _asking(self) -> Consumer:
        """Return a client that asks and names the group, without being a member."""
        if self._outsider is None:
            own = {"group.id": self._settings.group, "enable.auto.commit": False}
            self._outsider = self._settings.cluster.consumer(own)
        return self._outsider

    def _start(self) -> None:
        largest = max(self._limits.values(), default=1_000_000)
        self._transactions.start(largest, min(1_000_000, max(self._smallest, ENVELOPE_BYTES)))

    def _transact(self, batch: Batch[Message], items: Sequence[Message]) -> dict[Partition, Entry] | None:
        """Write items and positions, and return the ledger that the transaction made true.

        None where it was aborted, because `confirm` said so.
        """
        self._transactions.producer.begin_transaction()
        self._produce(items)
        self._place(batch.placed)
        if self._confirm is not None and not self._is_confirmed(self._confirm):
            return None
        entries = self._booked(batch)
        if entries:
            offsets = [
                TopicPartition(partition.topic, partition.partition, entry.next, entry.metadata())
                for partition, entry in entries.items()
            ]
            group = self._asking().consumer_group_metadata() if batch.group is None else batch.group
            self._transactions.send_offsets(offsets, group)
        self._transactions.producer.commit_transaction(WAIT_SECONDS)
        return entries

    def _is_confirmed(self, confirm: Callable[[], bool]) -> bool:
        """Ask, when everything stands on the topics; abort where the answer is no."""
        self._transactions.flush()
        if confirm():
            return True
        if not self._transactions.abort():
            self._transactions.abandon()
        return False

    def _write_without_refused(self, batch: Batch[Message], error: KafkaException) -> bool:
        """Find the messages that the cluster refused, park them, and write the rest."""
        try:
            if not self._transactions.abort() or self._has_smaller_limits(batch):
                self._transactions.abandon()
                return False
            reason = WriteError("", f"kafka refuses the message: {error.args[0].str()}", "refused-by-kafka")
            letters: dict[int, Message | None] = {}
            self._parked = 0
            for place in refused(self._transactions.producer, batch.items):
                letters[place] = self._parked_message(batch.items[place], reason)
            items = (letters.get(place, item) for place, item in enumerate(batch.items))
            entries = self._transact(batch, [item for item in items if item is not None])
        except KafkaException as second:
            return self._failed(second, batch)
        return self._is_booked(entries)

    def _is_booked(self, entries: dict[Partition, Entry] | None) -> bool:
        if entries is not None:
            self._entries.update(entries)
        return entries is not None

    def _follows(self, batch: Batch[Message]) -> bool:
        """Tell whether the batch begins where the last one ended, as far as that is known."""
        if batch.group is None:
            self.positions(list(batch.positions))
        return all(
            partition not in self._entries or self._entries[partition].next == start
            for partition, start in batch.starts.items()
        )

    def _booked(self, batch: Batch[Message]) -> dict[Partition, Entry]:
        """Return the ledger after the batch; its tally is booked on one partition, sums are what counts."""
        epoch, (read, written, dead) = self._settings.epoch or 0, batch.tally
        tally = Tally(read, written - self._parked, dead + self._parked)
        entries = {}
        for partition, position in batch.positions.items():
            before = self._entries.get(partition, Entry(0)).tally
            total = Tally(*(old + new for old, new in zip(before, tally, strict=True)))
            entries[partition] = Entry(position, partition.topic_id, epoch, total)
            tally = NOTHING
        return entries

    def _produce(self, messages: Sequence[Message]) -> None:
        """Hand the messages over; of those too large for their topic what `park` makes of them."""
        producer, smallest = self._transactions.producer, self._smallest
        produce = producer.produce
        for message in messages:
            topic, key, value = message
            if value is not None and len(value) > smallest:
                self._produce_large(message)
                continue
            try:
                produce(topic, value, key)
            except BufferError:
                producer.poll(0.1)  # the client's own buffer is full: let it drain
                produce(topic, value, key)

    def _place(self, placed: Sequence[Placed]) -> None:
        """Hand over the messages that have their partitions."""
        producer = self._transactions.producer
        produce = producer.produce
        for topic, key, partition, value in placed:
            try:
                produce(topic, value, key, partition)
            except BufferError:
                producer.poll(0.1)
                produce(topic, value, key, partition)

    def _produce_large(self, message: Message) -> None:
        topic, key, value = message
        if topic not in self._limits:
            self._limits |= message_limits(self._settings.cluster.admin(), [topic])
        error = refused_for_size(message, self._limits)
        if error is not None:
            letter = self._parked_message(message, error)
            if letter is not None:
                self._produce_large(letter)
        else:
            self._transactions.producer.produce(topic, value, key)

    def _parked_message(self, message: Message, error: WriteError) -> Message | None:
        if self._park is None:
            self._transactions.abandon()
            raise error
        topic = message[0]
        room = self._limits.get(topic, ENVELOPE_BYTES) - ENVELOPE_BYTES
        letter = self._park(Refusal(message, error, room, self._records))
        self._parked += letter is not None and letter[0] != topic
        return letter

    def _has_smaller_limits(self, batch: Batch[Message]) -> bool:
        """Learn the limits anew; True where that may be why the cluster refused the batch."""
        found = message_limits(self._settings.cluster.admin(), {topic for topic, _, _ in batch.items})
        smallest = min(found.values(), default=self._smallest + ENVELOPE_BYTES) - ENVELOPE_BYTES
        shrunk = any(limit < self._limits.get(topic, limit) for topic, limit in found.items())
        is_smaller = shrunk or smallest < self._smallest
        self._limits |= found
        self._smallest = min(smallest, self._smallest)
        return is_smaller

    def _failed(self, error: KafkaException, batch: Batch[Message]) -> bool:
        """Leave nothing of the batch behind; False where somebody else has moved on."""
        reason = error.args[0]
        log.info("transaction of %s failed: %s", self._settings.transactional_id, reason)
        if reason.txn_requires_abort() and self._transactions.abort():
            if reason.code() in MOVED_ON:
                return False
            raise self._unwritten(error, batch) from error
        self._transactions.abandon()
        if reason.code() in MOVED_ON or reason.fatal():
            if not self._settings.is_shared:
                self._start()
            return False
        raise self._unwritten(error, batch) from error

    def _unwritten(self, error: KafkaException, batch: Batch[Message]) -> FrancaError:
        topics = {*self._settings.topics, *(item[0] for item in batch.items)}
        topics |= {message[0] for message in batch.placed}
        rights = (
            Right("WRITE", "transactional id", self._settings.transactional_id),
            Right("READ", "group", self._settings.group),
            *(Right("READ", "topic", topic) for topic in sorted({place.topic for place in batch.positions})),
        )
        return unwritten(error, self._settings.cluster.admin(), topics, *rights)


def _may_be_refusal(reason: KafkaError) -> bool:
    """Tell whether an error may mean that the cluster refuses a message.

    Where the refusal is known before the offsets are sent, the client says only that its state is wrong.
    """
    return reason.code() == KafkaError._STATE or (reason.code() in REFUSED and reason.txn_requires_abort())
