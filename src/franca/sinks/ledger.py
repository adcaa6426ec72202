"""What a Kafka sink keeps in the metadata of its committed offsets: the tally, the topic's id, the epoch."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from confluent_kafka import KafkaException, TopicPartition

from franca.topics.cluster import WAIT_SECONDS, Cluster, translated
from franca.topics.group_offsets import group_offsets
from franca.topics.rights import Right
from franca.types import NOTHING, Partition, Positions, Tally


class Note(msgspec.Struct, frozen=True, omit_defaults=True):
    """The metadata as JSON; all counts are since the pipeline's first record of that partition."""

    topic_id: str = ""
    epoch: int = 0
    read: int = 0
    written: int = 0
    dead: int = 0


class Entry(NamedTuple):
    """One partition's place in the ledger: the next offset, and what became of those before it."""

    next: int
    topic_id: str = ""
    epoch: int = 0
    tally: Tally = NOTHING

    def metadata(self) -> str:
        """Return the text to be committed beside the offset."""
        return _encode(Note(self.topic_id, self.epoch, *self.tally)).decode()


def read_entry(position: int, metadata: str | None) -> Entry:
    """Return the entry of a committed offset; of one that another tool committed only the offset counts."""
    try:
        note = _decode(metadata or "{}")
    except (msgspec.DecodeError, UnicodeDecodeError):
        note = Note()
    return Entry(position, note.topic_id, note.epoch, Tally(note.read, note.written, note.dead))


def committed(cluster: Cluster, group: str, partitions: Sequence[Partition]) -> dict[Partition, Entry]:
    """Return the ledger of a group without joining it. Raises UnavailableError, DefinitionError.

    Entries of a topic's predecessor of the same name are left out.
    """
    if not partitions:
        return {}
    places = [TopicPartition(partition.topic, partition.partition) for partition in partitions]
    consumer = cluster.consumer({"group.id": group})
    try:
        answer = group_offsets(consumer, group, places)
    finally:
        consumer.close()
    found = {(place.topic, place.partition): place for place in answer}
    entries = {}
    for partition in partitions:
        place = found[partition.topic, partition.partition]
        entry = read_entry(place.offset, place.metadata)
        if place.offset >= 0 and entry.topic_id in ("", partition.topic_id):
            entries[partition] = entry
    return entries


class Ledger:
    """The committed offsets of a group, to be moved from outside; see `Seekable` for the contract.

    The group keeps its members. They must be paused: an offset that one of them commits meanwhile would win.
    """

    def __init__(self, cluster: Cluster, group: str, epoch: int) -> None:
        self._cluster = cluster
        self._group = group
        self._epoch = epoch

    def open(self) -> None:
        """Nothing is held open."""

    def positions(self, partitions: Sequence[Partition]) -> Positions:
        """Return the next offset for each partition that was ever committed."""
        return {p: entry.next for p, entry in committed(self._cluster, self._group, partitions).items()}

    def move(self, moves: Mapping[Partition, tuple[int | None, int]]) -> bool:
        """Move offsets, all or none; tallies stay.

        In a transaction, because the broker takes plain commits from members only while there are any.
        """
        entries = committed(self._cluster, self._group, list(moves))
        if any((entries[p].next if p in entries else None) != before for p, (before, _) in moves.items()):
            return False
        places = []
        for partition, (_, after) in moves.items():
            entry = entries.get(partition, Entry(0, partition.topic_id, self._epoch))
            metadata = entry._replace(next=after).metadata()
            places.append(TopicPartition(partition.topic, partition.partition, after, metadata))
        self._commit(places)
        return True

    def close(self) -> None:
        """Nothing is held open."""

    def _commit(self, places: list[TopicPartition]) -> None:
        outsider, name = self._cluster.consumer({"group.id": self._group}), f"{self._group}.seek"
        try:
            producer = self._cluster.producer({"transactional.id": name})
            producer.init_transactions(WAIT_SECONDS)
            producer.begin_transaction()
            producer.send_offsets_to_transaction(places, outsider.consumer_group_metadata(), WAIT_SECONDS)
            producer.commit_transaction(WAIT_SECONDS)
        except KafkaException as error:
            rights = (Right("WRITE", "transactional id", name), Right("READ", "group", self._group))
            raise translated(
                error, *rights, *(Right("READ", "topic", place.topic) for place in places)
            ) from error
        finally:
            outsider.close()


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Note).decode
