"""Remembers which incarnation of a source topic a pipeline reads, so that one made anew is not overlooked.

Kafka forgets a group's offsets together with the topic. So the topic's id is kept as the metadata of an
offset on a topic that lasts, the anchor, in a group named after the pipeline's and the source topic.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaException, TopicPartition

from franca.errors import DefinitionError, UnavailableError
from franca.sinks.deadline import within
from franca.topics.cluster import WAIT_SECONDS, Cluster, coordinated, drop, translated


class Incarnation(NamedTuple):
    """A topic's id, and the epoch under which it was read."""

    topic_id: str
    epoch: int


class Incarnations:
    """The memory of one pipeline. `anchor` is a topic that it writes.

    It is asked seldom, by a client of its own each time: one that saw an outage may never recover.
    """

    def __init__(self, cluster: Cluster, group: str, anchor: str, epoch: int) -> None:
        self._cluster = cluster
        self._group = group
        self._anchor = anchor
        self._epoch = epoch
        self._known: dict[str, Incarnation] = {}

    def check(self, topics: Mapping[str, str]) -> None:
        """Compare topics, by name their ids, with what was read before, and remember them.

        Raises DefinitionError for a topic made anew while the epoch stayed, and UnavailableError.
        """
        for topic, topic_id in topics.items():
            now = Incarnation(topic_id, self._epoch)
            if self._known.get(topic) == now:
                continue
            before = self._recall(topic)
            if before is not None and before.topic_id != topic_id and before.epoch >= self._epoch:
                raise DefinitionError.one(
                    topic,
                    f"the topic was made anew, its offsets start again, and the epoch is still {self._epoch}",
                    f"set `epoch = {before.epoch + 1}` for the application in franca.toml",
                )
            if before != now:
                self._remember(topic, now)
            self._known[topic] = now

    def _recall(self, topic: str) -> Incarnation | None:
        with self._asking(topic) as consumer:
            places = [TopicPartition(self._anchor, 0)]
            (place,) = coordinated(lambda: consumer.committed(places, WAIT_SECONDS))
            if place.error is not None:
                raise KafkaException(place.error)
        return Incarnation(place.metadata or "", place.offset) if place.offset >= 0 else None

    def _remember(self, topic: str, incarnation: Incarnation) -> None:
        place = TopicPartition(self._anchor, 0, incarnation.epoch, incarnation.topic_id)
        with self._asking(topic) as consumer:
            within(2 * WAIT_SECONDS, lambda: consumer.commit(offsets=[place], asynchronous=False))

    @contextmanager
    def _asking(self, topic: str) -> Iterator[Consumer]:
        """Give a client of the topic's group, which joins nothing.

        An admin client may end the whole process where a group's coordinator is lost while it answers
        (confluentinc/librdkafka#4605).
        """
        wait = int(1000 * WAIT_SECONDS)
        own = {"enable.auto.commit": False, "session.timeout.ms": wait, "socket.timeout.ms": wait}
        consumer = self._cluster.consumer({"group.id": self._name(topic), **own})
        try:
            yield consumer
        except KafkaException as error:
            raise translated(error) from error
        except TimeoutError as error:
            raise UnavailableError("kafka", str(error)) from error
        finally:
            drop(consumer)

    def _name(self, topic: str) -> str:
        return f"{self._group}.topic.{topic}"
