"""What topics hold is read to its end, also where they are written all the time."""

import threading
import uuid
from collections.abc import Iterator

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

from franca.local.kafka import LocalKafka
from franca.sources.extract import Places, extract, stretch
from franca.topics.cluster import Cluster
from franca.types import Partition

pytestmark = pytest.mark.services

PAUSE_SECONDS = 0.02
"""Less than a broker waits for something to come before it says that nothing has."""


@pytest.fixture
def topic(kafka: LocalKafka) -> str:
    """Give a topic of two partitions, with nothing in it."""
    name = f"busy-{uuid.uuid4().hex[:8]}"
    admin = Cluster(kafka.bootstrap).admin()
    admin.create_topics([NewTopic(name, 2, 1)])[name].result()
    return name


@pytest.fixture
def busy(kafka: LocalKafka, topic: str) -> Iterator[str]:
    """Give the topic while somebody writes to its first partition, each message in a transaction."""
    stop, begun = threading.Event(), threading.Event()

    def write() -> None:
        producer = Producer({"bootstrap.servers": kafka.bootstrap, "transactional.id": topic})
        producer.init_transactions()
        number = 0
        while not stop.wait(PAUSE_SECONDS):
            producer.begin_transaction()
            producer.produce(topic, str(number).encode(), partition=0)
            producer.commit_transaction()
            number += 1
            if number == 10:
                begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(30.0)
        yield topic
    finally:
        stop.set()
        writer.join()


@pytest.mark.parametrize("committed", [True, False])
def test_a_topic_that_is_written_all_the_time_has_an_end(
    kafka: LocalKafka, busy: str, committed: bool
) -> None:
    """Nothing is missing, and who goes on where it ended gets what follows."""
    cluster = Cluster(kafka.bootstrap)
    places: Places = {}
    found = [record for _ in range(3) for record in extract(cluster, [busy], places, committed=committed)]
    values = [int(record.value or b"") for record in found]
    assert len(values) >= 10
    assert values == list(range(len(values)))
    assert places[busy, 0] > found[-1].offset
    assert places[busy, 1] == 0
    some = stretch(cluster, Partition(busy, 0), found[2].offset, found[5].offset)
    assert list(some) == found[2:5]


def test_what_is_not_there_gives_nothing(kafka: LocalKafka, topic: str) -> None:
    """Neither an empty topic nor one that nobody has made is waited for."""
    places: Places = {}
    assert list(extract(Cluster(kafka.bootstrap), [topic, f"{topic}-none"], places)) == []
    assert places == {(topic, 0): 0, (topic, 1): 0}
