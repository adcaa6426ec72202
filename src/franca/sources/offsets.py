"""Reads which offsets of topics have records, and which of these are tombstones: for proofs."""

from collections.abc import Iterator, Mapping
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition

from franca.errors import UnavailableError
from franca.topics.cluster import Cluster, translated
from franca.topics.rights import Right

GROUP = "franca.offsets"
"""Never joined: it has no members and no offsets."""

CHUNK = 10_000
SILENCE_SECONDS = 30.0

Seen = tuple[list[int], list[int], list[bool]]
"""Of some records the partition, the offset, and whether it is a tombstone."""


def offsets(
    cluster: Cluster, topic: str, begins: Mapping[int, int], until: Mapping[int, int]
) -> Iterator[Seen]:
    """Yield the places of a topic's records from some offsets of its partitions up to, not including, others.

    Per partition in order; partitions interleave. What was not committed is left out, what retention removes
    meanwhile is missing. Raises UnavailableError.
    """
    consumer = cluster.consumer(
        {
            "group.id": GROUP,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        }
    )
    left = {p: end for p, end in until.items() if end > begins[p]}
    try:
        consumer.assign([TopicPartition(topic, p, begins[p]) for p in left])
        while left:
            messages = consumer.consume(CHUNK, 0.2) or consumer.consume(1, SILENCE_SECONDS)
            if not messages:
                raise UnavailableError("kafka", f"no answer in {SILENCE_SECONDS:.0f} s", "check the cluster")
            yield _seen([each for each in messages if each.error() is None], left)
            for partition in _over(messages, left):
                del left[partition]
                consumer.incremental_unassign([TopicPartition(topic, partition)])
    except KafkaException as error:
        raise translated(error) from error
    finally:
        consumer.close()


def _seen(messages: list[Any], until: Mapping[int, int]) -> Seen:
    """Read column by column, which is faster; a message of no length is rare, and its value is asked."""
    partitions: list[Any] = list(map(Message.partition, messages))
    places: list[Any] = list(map(Message.offset, messages))
    is_tombstone = [not len(m) and m.value() is None for m in messages]
    if all(place < until.get(p, 0) for p, place in zip(partitions, places, strict=True)):
        return partitions, places, is_tombstone
    rows = zip(partitions, places, is_tombstone, strict=True)
    kept = [row for row in rows if row[1] < until.get(row[0], 0)]
    return [row[0] for row in kept], [row[1] for row in kept], [row[2] for row in kept]


def _over(messages: list[Any], left: Mapping[int, int]) -> set[int]:
    """Return the partitions of which nothing more is needed, as messages and notices of their ends tell."""
    over = set()
    for message in messages:
        error, partition = message.error(), message.partition()
        if error is not None and error.code() != KafkaError._PARTITION_EOF:
            topic = message.topic() or ""
            raise translated(error, Right("READ", "topic", topic), Right("DESCRIBE", "group", GROUP))
        if partition in left and (error is not None or message.offset() >= left[partition] - 1):
            over.add(partition)
    return over
