"""The control topic is read whole, however it was made and however much it holds."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest
from confluent_kafka import Producer

from franca.errors import DefinitionError
from franca.local.kafka import LocalKafka
from franca.pipeline.control import KafkaControl
from franca.sinks.incarnation import Incarnations
from franca.sinks.publisher import Publisher
from franca.topics.cluster import Cluster
from franca.topics.control import ControlState, Pause, pause_message
from franca.topics.control_reading import READING, read_control
from franca.topics.names import CONTROL_TOPIC, consumer_group
from tests.integration.crew import make_again, wait_for

pytestmark = pytest.mark.services

PAUSE = Pause("1", datetime(2026, 1, 1, tzinfo=UTC), "a test")
PIPELINES = [f"line-{number}" for number in range(9)]
"""So many that each of three partitions has some."""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Give a broker of the test's own, whose control topic an administrator made: it has three partitions."""
    service = LocalKafka(tmp_path)
    service.start()
    make_again(service.bootstrap, CONTROL_TOPIC, 3)
    yield Cluster(service.bootstrap)
    service.stop()


def test_what_any_partition_holds_is_known(cluster: Cluster) -> None:
    """Pauses from before and from now, and which incarnation of a topic is read."""
    publisher = Publisher(cluster)
    publisher.publish([pause_message(name, PAUSE) for name in PIPELINES[:5]])
    controls = [KafkaControl(cluster, name, "one") for name in PIPELINES]
    for control in controls:
        control.open()
    assert [control.pause() for control in controls] == [PAUSE] * 5 + [None] * 4
    publisher.publish([pause_message(name, PAUSE) for name in PIPELINES[5:]])
    wait_for(lambda: all(control.pause() == PAUSE for control in controls), "the later ones are heard of")
    for control in controls:
        control.close()
    for name in PIPELINES:
        Incarnations(cluster, consumer_group(name), (), 1).check({"raw": "a"})
    for name in PIPELINES:
        with pytest.raises(DefinitionError, match="the topic was made anew"):
            Incarnations(cluster, consumer_group(name), (), 1).check({"raw": "b"})


def test_a_topic_that_takes_long_to_read_is_read(cluster: Cluster) -> None:
    """Patience is for the next message, not for the whole topic; here each message is asked for by itself."""
    producer = Producer({"bootstrap.servers": cluster.bootstrap, "batch.num.messages": 1, "linger.ms": 0})
    for number in range(6_000):
        producer.produce(CONTROL_TOPIC, *reversed(pause_message(f"line-{number}", PAUSE)[1:]))
    assert producer.flush(60) == 0

    def seconds(patience: float) -> float:
        slow = {"fetch.message.max.bytes": 1, "fetch.max.bytes": 1_000, "message.max.bytes": 1_000}
        consumer, state, begin = cluster.consumer(READING | slow), ControlState(), monotonic()
        read_control(consumer, state, patience)
        took = monotonic() - begin
        consumer.close()
        assert len(state.pauses) == 6_000
        return took

    patience = seconds(60.0) / 4
    assert seconds(patience) > patience
