"""As which incarnation a source topic is read is remembered for as long as there is a cluster."""

import uuid

import pytest
from confluent_kafka import Consumer, TopicPartition

from franca.errors import DefinitionError
from franca.local.kafka import LocalKafka
from franca.sinks.kafka import KafkaSink, KafkaSinkSettings
from franca.topics.cluster import Cluster
from franca.types import Partition
from tests.integration.crew import delete_topic, make_again, make_topic

pytestmark = pytest.mark.services


class Guard:
    """A pipeline that reads one topic, as workers of it see that topic one after the other."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.group = f"franca.{uuid.uuid4().hex}"
        self.raw = make_topic(bootstrap, 1)
        self.written: tuple[str, ...] = (make_topic(bootstrap, 1),)

    def sees(self, topic_id: str, epoch: int = 1) -> None:
        """Have a new worker place the topic's partition."""
        settings = KafkaSinkSettings(Cluster(self.bootstrap), self.group, self.group, self.written, epoch)
        sink = KafkaSink(settings)
        sink.open()
        try:
            sink.positions([Partition(self.raw, 0, topic_id)])
        finally:
            sink.close()

    def write_one_more(self) -> None:
        """Have it write a topic more, which sorts before the others."""
        first = "a" + self.written[0]
        make_again(self.bootstrap, first, 1)
        self.written = (first, *self.written)

    def remember_formerly(self, topic_id: str, epoch: int) -> None:
        """Remember as was done before: beside an offset on the first of the written topics."""
        own = {"bootstrap.servers": self.bootstrap, "group.id": f"{self.group}.topic.{self.raw}"}
        consumer = Consumer({**own, "enable.auto.commit": False})
        place = TopicPartition(self.written[0], 0, epoch, topic_id)
        consumer.commit(offsets=[place], asynchronous=False)
        consumer.close()


@pytest.fixture
def guard(kafka: LocalKafka) -> Guard:
    """Give a pipeline of its own."""
    return Guard(kafka.bootstrap)


def test_a_topic_made_anew_is_refused_whatever_became_of_the_written_topics(guard: Guard) -> None:
    """An entity that sorts before the others comes, the other topics are deleted: the memory stays."""
    guard.sees("a")
    guard.write_one_more()
    with pytest.raises(DefinitionError, match="the topic was made anew"):
        guard.sees("b")
    delete_topic(guard.bootstrap, guard.written[1])
    with pytest.raises(DefinitionError, match="the topic was made anew") as caught:
        guard.sees("b")
    assert "epoch = 2" in caught.value.problems[0].remedy
    guard.sees("b", epoch=2)
    with pytest.raises(DefinitionError, match="the epoch is still 2"):
        guard.sees("c", epoch=2)


def test_what_was_remembered_beside_the_written_topics_counts_and_is_taken_over(guard: Guard) -> None:
    """A franca before this one kept it there, on the topic that was the first at its time."""
    guard.remember_formerly("a", 3)
    guard.write_one_more()
    with pytest.raises(DefinitionError, match="the topic was made anew") as caught:
        guard.sees("b", epoch=3)
    assert "epoch = 4" in caught.value.problems[0].remedy
    guard.sees("a", epoch=3)
    delete_topic(guard.bootstrap, guard.written[1])
    with pytest.raises(DefinitionError, match="the topic was made anew"):
        guard.sees("b", epoch=3)


def test_the_highest_epoch_is_remembered(guard: Guard) -> None:
    """A worker that still has the one before, while others are replaced, takes nothing back."""
    guard.sees("a", epoch=2)
    guard.sees("a", epoch=1)
    with pytest.raises(DefinitionError, match="the epoch is still 2"):
        guard.sees("b", epoch=2)
