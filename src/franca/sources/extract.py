"""Reads what topics hold now, once, outside any consumer group: for listings, replays and proofs."""

import sys
from collections.abc import Iterator, Sequence
from typing import TypeAlias, cast

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaError, KafkaException, TopicPartition

from franca.errors import UnavailableError
from franca.topics.cluster import Cluster, log, translated
from franca.topics.rights import Right
from franca.types import Headers, Partition, Record

GROUP = "franca.extract"
"""Never joined: it has no members and no offsets."""

CHUNK = 5_000
SILENCE_SECONDS = 30.0

Places: TypeAlias = dict[tuple[str, int], int]
"""An offset per topic and partition."""


def extract(
    cluster: Cluster, topics: Sequence[str], places: Places | None = None, *, committed: bool = True
) -> Iterator[Record]:
    """Yield every record of the topics, up to where their ends are now, or where an earlier one is met.

    Per partition in order; partitions interleave. Topics that do not exist give nothing. `places` tells
    where to begin, where it is not the beginning, and holds afterwards where it ended. Without `committed`
    records of open and of aborted transactions are among them. Raises UnavailableError.
    """
    places = {} if places is None else places
    consumer = _consumer(cluster, committed=committed)
    try:
        assigned = _assigned(consumer, topics, places)
        ends = _ends(consumer, assigned)
        consumer.assign(assigned)
        yield from _until_ends(consumer, ends, places)
    except KafkaException as error:
        raise translated(error) from error
    finally:
        consumer.close()


def stretch(cluster: Cluster, place: Partition, first: int, last: int) -> Iterator[Record]:
    """Yield the records of a partition from offset `first` up to, not including, `last`, in order.

    Those that the topic no longer holds are missing. Raises UnavailableError.
    """
    consumer = _consumer(cluster, committed=True)
    try:
        consumer.assign([TopicPartition(place.topic, place.partition, first)])
        yield from _until_ends(consumer, {(place.topic, place.partition): last}, {})
    except KafkaException as error:
        raise translated(error) from error
    finally:
        consumer.close()


def _consumer(cluster: Cluster, *, committed: bool) -> Consumer:
    return cluster.consumer(
        {
            "group.id": GROUP,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed" if committed else "read_uncommitted",
        }
    )


def _assigned(consumer: Consumer, topics: Sequence[str], places: Places) -> list[TopicPartition]:
    known = consumer.list_topics(timeout=SILENCE_SECONDS).topics
    return [
        TopicPartition(name, number, places.get((name, number), OFFSET_BEGINNING))
        for name in topics
        if name in known
        for number in known[name].partitions
    ]


def _ends(consumer: Consumer, assigned: Sequence[TopicPartition]) -> Places:
    """Return where partitions end now; of those that tell none the end is met.

    So it is with topics that were just made, whose partitions have no leader yet.
    """
    found = {(place.topic, place.partition): sys.maxsize for place in assigned}
    asked = [TopicPartition(topic, number, OFFSET_END) for topic, number in found]
    try:
        told = consumer.offsets_for_times(asked, SILENCE_SECONDS) if asked else []
    except KafkaException as error:
        log.info("the ends are not told: %s", error.args[0])
        return found
    return found | {(p.topic, p.partition): p.offset for p in told if p.offset >= 0}


def _until_ends(consumer: Consumer, ends: Places, places: Places) -> Iterator[Record]:
    """Yield what comes before the ends. Of topics that are written all the time no end is ever met.

    A record at the end or behind it tells that all before it have come: some offsets have none.
    """
    open_ends = dict(ends)
    while open_ends:
        messages = consumer.consume(CHUNK, 0.2) or consumer.consume(1, SILENCE_SECONDS)
        if not messages:
            raise UnavailableError("kafka", f"no answer in {SILENCE_SECONDS:.0f} s", "check the cluster")
        for message in messages:
            error, place = message.error(), (message.topic() or "", message.partition() or 0)
            if error is not None and error.code() != KafkaError._PARTITION_EOF:
                raise translated(error, Right("READ", "topic", place[0]), Right("DESCRIBE", "group", GROUP))
            if place not in open_ends:
                continue
            offset, end = message.offset() or 0, open_ends[place]
            is_wanted = error is None and offset < end
            if is_wanted:
                yield Record(
                    place[0],
                    place[1],
                    offset,
                    message.timestamp()[1],
                    message.key(),
                    message.value(),
                    cast("Headers", tuple(message.headers() or ())),
                )
            if error is not None or offset >= end - 1:
                del open_ends[place]
                places[place] = offset + is_wanted
