"""The topics of remembered rows on a real Kafka: how far a cache is, told by who may be frozen meanwhile."""

import uuid

import msgspec
import pytest
from confluent_kafka import Producer

from franca.local.kafka import LocalKafka
from franca.pipeline.row_memory.changelog import Mark, Place, RowsTopics, gap_key, prefix_of, topic_prefix
from franca.pipeline.row_memory.gaps import Gaps
from franca.pipeline.row_memory.store import DictRows
from franca.topics.admin import TopicPlan, rows_config
from franca.topics.cluster import Cluster
from franca.types import Batch, Message, Partition, Record

pytestmark = pytest.mark.services


class Rows:
    """One table's topic of rows, with one partition, and a worker's cache of it."""

    def __init__(self, kafka: LocalKafka) -> None:
        name = f"r{uuid.uuid4().hex[:10]}"
        self.raw, self.topic = Partition(f"raw.{name}.cust", 0), f"{name}.cust.rows"
        self.cache = DictRows()
        plan = TopicPlan(self.topic, 1, 1, rows_config(1_000_000))
        self.topics = RowsTopics(Cluster(kafka.bootstrap), {"cust": plan}, {"cust": self.raw.topic}, 0.0)
        self._producer = Producer({"bootstrap.servers": kafka.bootstrap})

    def write(self, number: int) -> bytes:
        """Put a row on the topic; return the cache's key of it."""
        key = topic_prefix(self.raw.topic) + b"%d]" % number
        self._producer.produce(self.topic, b"row", key, 0)
        assert self._producer.flush(30) == 0
        return prefix_of("cust", 0) + key

    def mark(self) -> int:
        """Return up to where the cache is said to hold the topic."""
        (text,) = self.cache.get([Place("cust", self.raw.topic, 0).mark])
        return msgspec.json.decode(text or b"", type=Mark).offset


def test_the_ends_are_noted_when_the_batch_behind_them_is_stored(kafka: LocalKafka) -> None:
    """Then nobody else can have written before them."""
    rows = Rows(kafka)
    assert rows.topics.restore([rows.raw], rows.cache) == 1
    rows.cache.put({rows.write(1): b"row"})

    rows.topics.mark(rows.cache)
    assert rows.mark() == 0
    rows.topics.mark(rows.cache)
    assert rows.mark() == 1


def test_what_another_worker_wrote_while_one_was_frozen_is_read(kafka: LocalKafka) -> None:
    """The frozen one wakes up behind its commit, asks for the ends, and has lost its partitions."""
    rows = Rows(kafka)
    assert rows.topics.restore([rows.raw], rows.cache) == 1
    rows.cache.put({rows.write(1): b"row"})
    others = rows.write(2)

    rows.topics.mark(rows.cache)
    assert rows.cache.get([others]) == [None]
    assert rows.topics.restore([rows.raw], rows.cache) == 1
    assert rows.cache.get([others]) == [b"row"]


def test_a_gap_is_noted_with_the_first_changes_of_its_partition_alone(kafka: LocalKafka) -> None:
    """A batch may tell of a partition only how far it is read; then nothing has passed what is remembered."""
    rows = Rows(kafka)
    rows.topics.restore([rows.raw], rows.cache)
    rows.write(1)
    gaps = Gaps(Cluster(kafka.bootstrap), {rows.topic: rows.raw.topic})
    other = Partition(rows.raw.topic, 1)
    gaps.restore([rows.raw, other])
    step = gaps.noting(lambda batch: Batch[Message]([], batch.positions))
    record = Record(rows.raw.topic, 0, 0, 0, b"", b"{}")
    read, passed = Batch[Record]([], {rows.raw: 3}), Batch([record], {rows.raw: 4})
    elsewhere = Batch([msgspec.structs.replace(record, partition=1)], {rows.raw: 3, other: 1})
    note = (rows.topic, gap_key(rows.raw.topic), 0, b"{}")

    assert [*step(read).placed, *step(elsewhere).placed] == []
    gaps.keep()
    assert step(passed).placed == [note]
    gaps.drop()
    assert step(passed).placed == [note], "it was not stored"
    gaps.keep()
    assert [*step(passed).placed] == []
