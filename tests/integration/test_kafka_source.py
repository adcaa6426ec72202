"""What only a real cluster shows of the source: patterns, headers, slow sinks, retention."""

import uuid
from collections.abc import Sequence

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from franca.errors import DefinitionError, UnavailableError
from franca.local.kafka import LocalKafka
from franca.sources.kafka import KafkaSource
from franca.sources.kafka_settings import KafkaSourceSettings
from franca.topics.cluster import Cluster
from franca.types import Partition, Positions
from tests.contracts.source_contract import Place, count, read_until, values
from tests.integration.crew import fill, make_again, make_topic, wait_for

pytestmark = pytest.mark.services


def test_a_pattern_reads_every_topic_that_fits_and_none_else(kafka: LocalKafka) -> None:
    """A star stands for any text, a dot for itself only."""
    run = uuid.uuid4().hex[:8]
    for number, name in enumerate((f"{run}.eu.cust", f"{run}.us.cust", f"{run}.us.acct", f"{run}xeuxcust")):
        make_again(kafka.bootstrap, name, 1)
        fill(kafka.bootstrap, name, number, number + 1)
    source = KafkaSource(KafkaSourceSettings(Cluster(kafka.bootstrap), run, (f"{run}.*.cust",)))
    source.open(Place().stored)
    batches = read_until(source, count(2))
    source.close()
    assert sorted(record.topic for batch in batches for record in batch.items) == [
        f"{run}.eu.cust",
        f"{run}.us.cust",
    ]


def test_a_record_is_kept_whole(kafka: LocalKafka) -> None:
    """Key, value, headers, timestamp; a tombstone and an empty value differ."""
    topic = make_topic(kafka.bootstrap, 1)
    producer = Producer({"bootstrap.servers": kafka.bootstrap})
    producer.produce(topic, b"", b"k", headers=[("a", b"1"), ("b", None)], timestamp=1_700_000_000_123)
    producer.produce(topic, None, b"k")
    assert producer.flush(30) == 0
    source = KafkaSource(KafkaSourceSettings(Cluster(kafka.bootstrap), topic, (topic,)))
    source.open(Place().stored)
    empty, tombstone = [r for batch in read_until(source, count(2)) for r in batch.items]
    source.close()
    assert (empty.key, empty.value, empty.timestamp) == (b"k", b"", 1_700_000_000_123)
    assert empty.headers == (("a", b"1"), ("b", None))
    assert (tombstone.value, tombstone.headers) == (None, ())


@pytest.mark.slow
def test_a_sink_slower_than_the_group_allows_is_survived(kafka: LocalKafka) -> None:
    """The group takes the partitions away; the next reads join again and go on where the sink is."""
    topic, place = make_topic(kafka.bootstrap, 2), Place()
    fill(kafka.bootstrap, topic, 0, 10)
    settings = KafkaSourceSettings(
        Cluster(kafka.bootstrap), topic, (topic,), session_seconds=6.0, poll_seconds=6.0
    )
    source = KafkaSource(settings)
    source.open(place.stored)
    batches = read_until(source, count(10))
    for batch in batches:
        place.store(batch)
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    wait_for(lambda: not admin.describe_consumer_groups([topic])[topic].result(10).members, "it is out")
    fill(kafka.bootstrap, topic, 10, 20)
    again = read_until(source, count(10))
    source.close()
    assert sorted(int(value or b"") for value in values(again)) == list(range(10, 20))


@pytest.mark.slow
def test_a_place_that_is_taken_while_the_store_is_away_is_taken_back(kafka: LocalKafka) -> None:
    """The client tells once that it is of no use any more, here when partitions are about to be placed."""
    topic, place = make_topic(kafka.bootstrap, 2), Place()
    fill(kafka.bootstrap, topic, 0, 10)
    away = False

    def stored(partitions: Sequence[Partition]) -> Positions:
        if away:
            raise UnavailableError("store", "away for a test")
        return place.stored(partitions)

    settings = KafkaSourceSettings(
        Cluster(kafka.bootstrap), topic, (topic,), member="one", session_seconds=6.0
    )
    source = KafkaSource(settings)
    source.open(stored)
    for batch in read_until(source, count(10)):
        place.store(batch)
    away = True
    source.rewind()
    rival = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": topic, "group.instance.id": "one"})
    rival.subscribe([topic])
    said = set[str]()

    def is_taken() -> bool:
        rival.poll(0)
        with pytest.raises(UnavailableError) as caught:
            source.read()
        said.add(caught.value.service)
        return "kafka" in said

    wait_for(is_taken, "it says that its place is taken", 30)
    assert said == {"store", "kafka"}
    rival.close()
    away = False
    fill(kafka.bootstrap, topic, 10, 20)
    again = read_until(source, count(10))
    source.close()
    assert sorted(int(value or b"") for value in values(again)) == list(range(10, 20))


def test_records_deleted_before_they_were_read_stop_the_source(kafka: LocalKafka) -> None:
    """Nothing is skipped silently; with `skip_lost` the owner accepts the loss."""
    topic, place = make_topic(kafka.bootstrap, 1), Place()
    fill(kafka.bootstrap, topic, 0, 10)
    place.positions[topic, 0] = 3
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    for future in admin.delete_records([TopicPartition(topic, 0, 7)]).values():
        future.result(30)
    source = KafkaSource(KafkaSourceSettings(Cluster(kafka.bootstrap), topic, (topic,)))
    source.open(place.stored)
    with pytest.raises(DefinitionError, match=r"position 3 is gone, the partition holds 7 to 10") as caught:
        read_until(source, count(1))
    source.close()
    assert '`skip_lost = true` under [pipelines."' in caught.value.problems[0].remedy
    willing = KafkaSource(KafkaSourceSettings(Cluster(kafka.bootstrap), topic, (topic,), skip_lost=True))
    willing.open(place.stored)
    batches = read_until(willing, count(3))
    willing.close()
    assert values(batches) == [b"7", b"8", b"9"]
    assert [start for batch in batches for start in batch.starts.values()] == [3]
    assert [low for batch in batches for low in batch.lost.values()] == [7]


def test_every_loss_that_is_accepted_is_logged(kafka: LocalKafka, caplog: pytest.LogCaptureFixture) -> None:
    """The lines of two partitions differ by numbers alone; one of them holds nothing any more."""
    topic, place = make_topic(kafka.bootstrap, 2), Place()
    producer = Producer({"bootstrap.servers": kafka.bootstrap})
    for number in range(20):
        producer.produce(topic, b"%d" % number, partition=number % 2)
    assert producer.flush(30) == 0
    place.positions |= {(topic, 0): 3, (topic, 1): 4}
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    for future in admin.delete_records([TopicPartition(topic, 0, 7), TopicPartition(topic, 1, 10)]).values():
        future.result(30)
    source = KafkaSource(KafkaSourceSettings(Cluster(kafka.bootstrap), topic, (topic,), skip_lost=True))
    source.open(place.stored)
    batches = read_until(source, lambda batches: sum(len(batch.lost) for batch in batches) >= 2)
    source.close()
    assert f"{topic}/0: position 3 is gone, the partition holds 7 to 10" in caplog.text
    assert f"{topic}/1: position 4 is gone, the partition holds 10 to 10" in caplog.text
    lost = {p.partition: (batch.starts[p], low) for batch in batches for p, low in batch.lost.items()}
    assert lost == {0: (3, 7), 1: (4, 10)}
