"""What others write between a look and a commit is noticed, and nothing is read where nobody wrote."""

import uuid
from collections.abc import Iterable, Iterator, Sequence

import pytest
from confluent_kafka import Producer

from franca.local.kafka import LocalKafka
from franca.sinks.transactions import Transactions
from franca.sources.watch import Watch
from franca.topics.cluster import Cluster
from franca.types import Message, Record
from tests.individuals import event
from tests.integration.crew import make_topic

pytestmark = pytest.mark.services


class Writer:
    """Writes transactions to a watched topic, and asks before each commit whether an event is behind."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self.topic, self.answers = topic, 0
        self._cluster = Cluster(bootstrap)
        self.watch = Watch(self._cluster, [topic], {}, self._opened)
        self._transactions = Transactions(self._cluster, uuid.uuid4().hex, "lz4", 15.0)
        self._transactions.start(1_000_000, 1_000_000)
        self._other = Producer({"bootstrap.servers": bootstrap})
        self.watch.look()
        self.read = 0

    def _opened(self, records: Iterable[Record]) -> Iterator[Record]:
        """Count what is read."""
        for record in records:
            self.read += 1
            yield record

    def commits(self, messages: list[Message], others: Sequence[Message] = ()) -> bool:
        """Write messages, others by somebody else behind them; commit, unless one is behind a newer one."""
        producer = self._transactions.producer
        producer.begin_transaction()
        for topic, key, value in messages:
            producer.produce(topic, value, key)
        self._transactions.flush()
        for topic, key, value in others:
            self._other.produce(topic, value, key)
        assert self._other.flush(20) == 0
        if self.watch.is_behind(messages):
            assert self._transactions.abort()
            self.watch.look()
            return False
        producer.commit_transaction(20)
        self.watch.go_on()
        return True

    def events(self, first: int, last: int, sequence: int) -> list[Message]:
        """Return events of some keys."""
        return [(self.topic, b"%d" % n, event(str(n), sequence)) for n in range(first, last)]


def test_only_what_others_write_is_read(kafka: LocalKafka) -> None:
    """Own transactions, their markers and tombstones are no reason to read; anybody else's message is."""
    writer = Writer(kafka.bootstrap, make_topic(kafka.bootstrap, 3))
    first = writer.events(0, 50, 2)
    assert writer.commits([*first, (writer.topic, b"7", None)])
    assert writer.commits(writer.events(50, 51, 2))
    assert writer.commits(writer.events(51, 150, 2))
    assert writer.read == 0

    assert not writer.commits(writer.events(0, 9, 4), writer.events(3, 4, 5))
    assert writer.read > 0
    assert writer.watch.is_as_new(writer.events(3, 4, 5)[0])

    assert writer.commits(writer.events(0, 3, 4), writer.events(200, 201, 1))
    writer.watch.look()
    before = writer.read
    assert writer.commits(writer.events(4, 40, 6))
    assert writer.read == before


def test_a_message_of_others_is_not_mistaken_for_a_marker(kafka: LocalKafka) -> None:
    """In the partition of the last transaction each marker is counted once: one message more is noticed."""
    writer = Writer(kafka.bootstrap, make_topic(kafka.bootstrap, 1))
    for sequence in (2, 3, 4):
        assert writer.commits(writer.events(0, 2, sequence))
    assert writer.read == 0
    assert not writer.commits(writer.events(0, 1, 5), writer.events(0, 1, 9))
