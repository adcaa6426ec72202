"""What a real cluster refuses does not stop the rest, and what it counts is kept beside the offsets."""

import os
import uuid
from pathlib import Path

import pytest
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from franca.errors import UnavailableError
from franca.local.kafka import LocalKafka
from franca.sinks.kafka import KafkaSink, KafkaSinkSettings, Refusal
from franca.sinks.ledger import read_entry
from franca.topics.admin import ends
from franca.topics.cluster import Cluster
from franca.types import Batch, Message, Partition, Tally
from tests.integration.crew import Reader, delete_topic, make_topic

pytestmark = pytest.mark.services


def written(bootstrap: str, topic: str, number: int) -> list[bytes]:
    """Return what is committed on a topic, once there are so many messages."""
    reader = Reader(bootstrap, topic)
    while not reader.has(number):
        pass
    reader.close()
    return reader.values


def parking_sink(bootstrap: str, group: str, topics: tuple[str, ...], letters: str) -> KafkaSink:
    """Return an open sink that parks by writing the code and the first bytes of what was refused."""

    def park(refusal: Refusal) -> Message:
        return letters, None, refusal.error.code.encode() + b" " + (refusal.message[2] or b"")[:3]

    sink = KafkaSink(KafkaSinkSettings(Cluster(bootstrap), group, group, topics), park)
    sink.open()
    return sink


def first_of(bootstrap: str, topic: str) -> Partition:
    """Return partition 0 of a topic, its id included."""
    return next(p for p in ends(Cluster(bootstrap).admin(), [topic]) if p.partition == 0)


def test_a_message_too_large_for_its_topic_is_parked_and_the_rest_is_written(kafka: LocalKafka) -> None:
    """A value of 2 MB among small ones becomes a dead letter; the batch is stored all the same."""
    address = kafka.bootstrap
    source, letters = make_topic(address, 1), make_topic(address, 1)
    target = make_topic(address, 1, **{"max.message.bytes": "1000000"})
    sink = parking_sink(address, uuid.uuid4().hex, (target, letters), letters)
    place = first_of(address, source)
    items: list[Message] = [
        (target, b"a", b"one"),
        (target, b"b", b"two" * 700_000),
        (target, b"c", b"three"),
    ]
    assert sink.write(Batch(items, {place: 3}, {place: 0}, tally=Tally(3, 3, 0)))
    sink.close()
    assert written(address, target, 2) == [b"one", b"three"]
    assert written(address, letters, 1) == [b"too-large two"]


def test_a_message_that_the_cluster_refuses_is_found_and_parked(kafka: LocalKafka) -> None:
    """A message without a key on a compacted topic fails its whole batch; only it is parked."""
    address = kafka.bootstrap
    source, letters = make_topic(address, 1), make_topic(address, 1)
    target = make_topic(address, 1, **{"cleanup.policy": "compact"})
    sink = parking_sink(address, uuid.uuid4().hex, (target, letters), letters)
    place = first_of(address, source)
    items: list[Message] = [(target, None if n == 37 else b"%d" % n, b"%d!!" % n) for n in range(100)]
    assert sink.write(Batch(items, {place: 100}, {place: 0}, tally=Tally(100, 100, 0)))
    assert sink.positions([place]) == {place: 100}
    sink.close()
    assert written(address, target, 99) == [b"%d!!" % n for n in range(100) if n != 37]
    assert written(address, letters, 1) == [b"refused-by-kafka 37!"]


def test_a_limit_that_was_lowered_meanwhile_is_learned(kafka: LocalKafka) -> None:
    """The first batch after the change is refused once, and stored when it comes again."""
    address = kafka.bootstrap
    source, target, letters = (make_topic(address, 1) for _ in range(3))
    sink = parking_sink(address, uuid.uuid4().hex, (target, letters), letters)
    place = first_of(address, source)
    entry = ConfigEntry("max.message.bytes", "5000", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, target, incremental_configs=[entry])
    admin = AdminClient({"bootstrap.servers": address})
    for future in admin.incremental_alter_configs([resource]).values():
        future.result(30)
    noise = b"big" + os.urandom(9_000)
    items: list[Message] = [(target, b"a", b"one"), (target, b"b", noise)]
    batch = Batch(items, {place: 2}, {place: 0}, tally=Tally(2, 2, 0))
    answers = [sink.write(batch)]
    while not answers[-1] and len(answers) < 5:
        sink.positions([place])
        answers.append(sink.write(batch))
    sink.close()
    assert answers[-1]
    assert written(address, target, 1) == [b"one"]
    assert written(address, letters, 1) == [b"too-large big"]


def test_the_tally_is_kept_with_the_offsets(kafka: LocalKafka) -> None:
    """What was read, written and parked since the beginning can be read by anyone, after any restart."""
    address, group = kafka.bootstrap, uuid.uuid4().hex
    source, target = make_topic(address, 1), make_topic(address, 1)
    place = first_of(address, source)
    for start in (0, 10):
        sink = parking_sink(address, group, (target,), target)
        sink.positions([place])
        items: list[Message] = [(target, b"k", b"v")] * 8
        assert sink.write(Batch(items, {place: start + 10}, {place: start}, tally=Tally(10, 8, 2)))
        sink.close()
    asked = ConsumerGroupTopicPartitions(group)
    admin = AdminClient({"bootstrap.servers": address})
    (future,) = admin.list_consumer_group_offsets([asked]).values()
    (found,) = future.result(30).topic_partitions
    entry = read_entry(found.offset, found.metadata)
    assert entry.tally == Tally(20, 16, 4)
    assert (entry.next, entry.topic_id) == (20, place.topic_id)


@pytest.mark.slow
def test_a_topic_that_is_gone_is_named_with_what_makes_it_again(kafka: LocalKafka) -> None:
    """The broker is there, and the client waits for the topic until its time is over."""
    source, target, other = (make_topic(kafka.bootstrap, 1) for _ in range(3))
    place, name = first_of(kafka.bootstrap, source), uuid.uuid4().hex
    sink = parking_sink(kafka.bootstrap, name, (target, other), target)
    assert sink.write(Batch([(target, b"a", b"one"), (other, b"a", b"one")], {place: 1}, {place: 0}))
    delete_topic(kafka.bootstrap, target)
    with pytest.raises(UnavailableError) as caught:
        sink.write(Batch([(target, b"b", b"two"), (other, b"b", b"two")], {place: 2}, {place: 1}))
    sink.close()
    told = f"kafka is unavailable: no such topic: {target!r}; `franca topics` creates it"
    assert str(caught.value) == told


@pytest.mark.slow
def test_a_broker_that_went_away_before_the_batch_is_told_in_time(tmp_path: Path) -> None:
    """The client itself would wait for ever; the batch is stored once the broker is back."""
    service = LocalKafka(tmp_path)
    service.start()
    try:
        source, target = make_topic(service.bootstrap, 1), make_topic(service.bootstrap, 1)
        place, name = first_of(service.bootstrap, source), uuid.uuid4().hex
        sink = parking_sink(service.bootstrap, name, (target,), target)
        sink.positions([place])
        group = Consumer({"bootstrap.servers": service.bootstrap, "group.id": name}).consumer_group_metadata()
        assert sink.write(Batch([(target, b"a", b"one")], {place: 1}, {place: 0}, group))
        second: Batch[Message] = Batch([(target, b"b", b"two")], {place: 2}, {place: 1}, group)
        service.stop()
        with pytest.raises(UnavailableError, match="kafka is unavailable"):
            sink.write(second)
        service.start()
        answers = [sink.write(second)]
        while not answers[-1] and len(answers) < 5:
            sink.positions([place])
            answers.append(sink.write(second))
        sink.close()
        assert answers[-1]
        assert written(service.bootstrap, target, 2) == [b"one", b"two"]
    finally:
        service.stop()


@pytest.mark.slow
def test_a_broker_that_was_away_between_batches_is_found_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The producer that lost it is replaced before the next batch, which it would keep waiting in vain."""
    service = LocalKafka(tmp_path)
    service.start()
    try:
        source, target = make_topic(service.bootstrap, 1), make_topic(service.bootstrap, 1)
        place, name = first_of(service.bootstrap, source), uuid.uuid4().hex
        sink = parking_sink(service.bootstrap, name, (target,), target)
        group = Consumer({"bootstrap.servers": service.bootstrap, "group.id": name}).consumer_group_metadata()
        assert sink.write(Batch([(target, b"a", b"one")], {place: 1}, {place: 0}, group))
        service.stop()
        service.start()
        while not sink.write(Batch([(target, b"b", b"two")], {place: 2}, {place: 1}, group)):
            sink.positions([place])
        sink.close()
        assert written(service.bootstrap, target, 2) == [b"one", b"two"]
        assert "gives no answer" not in caplog.text
    finally:
        service.stop()
