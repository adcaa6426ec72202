"""What a Kafka sink keeps in the metadata of its committed offsets: the tally, the topic's id, the epoch."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from confluent_kafka import Consumer, KafkaException, TopicPartition

from franca.topics.cluster import WAIT_SECONDS, Cluster, log, translated
from franca.types import NOTHING, Partition, Tally


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
    consumer = Consumer(cluster.client({"group.id": group, "error_cb": lambda error: log.info("%s", error)}))
    try:
        found = {(p.topic, p.partition): p for p in consumer.committed(places, WAIT_SECONDS)}
    except KafkaException as error:
        raise translated(error) from error
    finally:
        consumer.close()
    entries = {}
    for partition in partitions:
        place = found[partition.topic, partition.partition]
        entry = read_entry(place.offset, place.metadata)
        if place.offset >= 0 and entry.topic_id in ("", partition.topic_id):
            entries[partition] = entry
    return entries


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Note).decode
