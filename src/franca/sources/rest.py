"""A Kafka consumer at rest: it keeps its place in the group and fetches nothing."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress

from confluent_kafka import Consumer, KafkaException, TopicPartition

from franca.types import Partition

LOOK_SECONDS = 5.0
PATIENCE_SECONDS = 1.0


def never() -> bool:
    """Say that a source is not held."""
    return False


class Rest:
    """Whether a consumer rests, because `is_held` says so, and where its partitions end meanwhile."""

    def __init__(self, is_held: Callable[[], bool]) -> None:
        self.is_held = is_held
        self.is_on = False
        self._was_on = False
        self.ends: dict[Partition, int] = {}
        self._look_at = 0.0

    def begin(self, consumer: Consumer, partitions: Iterable[Partition]) -> None:
        """Fetch nothing more of these partitions."""
        self.is_on = self._was_on = True
        self.settle(consumer, partitions)

    def settle(self, consumer: Consumer, partitions: Iterable[Partition]) -> None:
        """Have newly assigned partitions rest, or not: the client remembers of each that it was paused."""
        if not self._was_on:
            return
        act = consumer.pause if self.is_on else consumer.resume
        for partition in partitions:
            with suppress(KafkaException):  # it is not the consumer's any more
                act([TopicPartition(partition.topic, partition.partition)])

    def look(self, consumer: Consumer, partitions: Iterable[Partition]) -> None:
        """Ask now and then where the partitions end: what is not fetched tells nothing of its end."""
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + LOOK_SECONDS
        with suppress(KafkaException):
            for partition in partitions:
                place = TopicPartition(partition.topic, partition.partition)
                self.ends[partition] = consumer.get_watermark_offsets(place, PATIENCE_SECONDS)[1]

    def end(self) -> None:
        """Rest no longer; the caller has the partitions assigned anew."""
        self.is_on = False
        self.ends = {}
        self._look_at = 0.0
