"""The ends at a real Kafka keep the contracts."""

import uuid
from collections.abc import Callable, Sequence

import pytest
from confluent_kafka import Consumer, Producer

from franca.local.kafka import LocalKafka
from franca.sinks.kafka import KafkaSink, KafkaSinkSettings
from franca.sinks.ledger import Ledger
from franca.sinks.sink import Seekable, Sink
from franca.sources.kafka import KafkaSource
from franca.sources.kafka_settings import KafkaSourceSettings
from franca.sources.rest import never
from franca.sources.source import Source
from franca.topics.admin import TopicPlan, ensure_topics
from franca.topics.cluster import Cluster
from franca.types import Message
from tests.contracts.sink_contract import FIRST, SeekableContract, SeekableShelf, Shelf, SinkContract
from tests.contracts.source_contract import Log, SourceContract

pytestmark = pytest.mark.services


class KafkaLog:
    """A topic of two partitions and one group."""

    def __init__(self, bootstrap: str) -> None:
        self._cluster = Cluster(bootstrap)
        self._name = f"log-{uuid.uuid4().hex}"
        ensure_topics(self._cluster.admin(), [TopicPlan(self._name, 2)])

    def append(self, partition: int, values: Sequence[bytes]) -> None:
        """Add records."""
        producer = Producer({"bootstrap.servers": self._cluster.bootstrap})
        for value in values:
            producer.produce(self._name, value, partition=partition)
        assert producer.flush(30) == 0

    def source(self, is_held: Callable[[], bool] = never) -> Source:
        """Return a source in the group."""
        return KafkaSource(KafkaSourceSettings(self._cluster, self._name, (self._name,), "one"), is_held)


class KafkaShelf:
    """A topic to write to; the positions are those of a topic that need not hold anything."""

    def __init__(self, bootstrap: str) -> None:
        self._cluster = Cluster(bootstrap)
        self._name = f"shelf-{uuid.uuid4().hex}"
        plans = [TopicPlan(self._name, 2), TopicPlan(FIRST.topic, 2)]
        ensure_topics(self._cluster.admin(), plans)

    def sink(self, worker: str) -> Sink[Message]:
        """Return a transactional sink."""
        settings = KafkaSinkSettings(self._cluster, self._name, f"{self._name}.{worker}", (self._name,))
        return KafkaSink(settings)

    def seekable(self) -> Seekable:
        """Return the group's ledger."""
        return Ledger(self._cluster, self._name, 1)

    def items(self, names: Sequence[str]) -> list[Message]:
        """Return messages whose value is the name."""
        return [(self._name, None, name.encode()) for name in names]

    def names(self) -> list[str]:
        """Return what a reader of committed messages sees."""
        own = {"group.id": uuid.uuid4().hex, "auto.offset.reset": "earliest", "enable.partition.eof": True}
        consumer = Consumer({"bootstrap.servers": self._cluster.bootstrap, **own})
        consumer.subscribe([self._name])
        names: list[str] = []
        ended = 0
        while ended < 2:
            message = consumer.poll(30)
            assert message is not None
            if message.error():
                ended += 1
            else:
                names.append((message.value() or b"").decode())
        consumer.close()
        return names


class TestKafkaSource(SourceContract):
    @pytest.fixture
    def log(self, kafka: LocalKafka) -> Log:
        """Give an empty topic."""
        return KafkaLog(kafka.bootstrap)


class TestKafkaSink(SinkContract[Message]):
    @pytest.fixture
    def shelf(self, kafka: LocalKafka) -> Shelf[Message]:
        """Give an empty topic."""
        return KafkaShelf(kafka.bootstrap)


class TestLedgerMoves(SeekableContract[Message]):
    @pytest.fixture
    def shelf(self, kafka: LocalKafka) -> SeekableShelf[Message]:
        """Give an empty topic."""
        return KafkaShelf(kafka.bootstrap)
