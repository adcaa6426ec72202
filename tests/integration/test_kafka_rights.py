"""Who is not let in, or may not do what franca needs, is told so in words that name it."""

import logging
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress

import pytest
from confluent_kafka import TopicPartition

from franca.errors import DefinitionError
from franca.sinks.kafka import KafkaSink, KafkaSinkSettings
from franca.sinks.ledger import committed
from franca.sinks.publisher import Publisher
from franca.sources.extract import extract
from franca.sources.offsets import offsets
from franca.topics.admin import TopicPlan, delete_topic, ensure_partitions, ensure_topics, matching
from franca.topics.cluster import Cluster, describe, log, topic_ids
from franca.topics.control import ControlState
from franca.topics.control_reading import READING, read_control
from franca.topics.group_offsets import group_offsets
from franca.topics.names import CONTROL_TOPIC
from franca.topics.rights import Right
from franca.types import Batch, Message, Partition
from tests.integration.crew import make_again, make_topic
from tests.integration.guarded import GuardedKafka, guarded_kafka

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedKafka]:
    """Give a broker that has one topic of franca's own."""
    with guarded_kafka(tmp_path_factory.mktemp("secured")) as broker:
        make_again(broker.bootstrap, CONTROL_TOPIC, 1)
        yield broker


def test_who_may_write_nothing_is_told_what_may_not_be_written(kafka: GuardedKafka) -> None:
    """The broker refuses such a producer before it sends anything, and the client ends by that."""
    topic = make_topic(kafka.bootstrap, 1)
    publisher = Publisher(kafka.user(Right("DESCRIBE", "topic", topic)))
    for _ in range(2):  # the second with a client of its own
        with pytest.raises(DefinitionError, match=f"WRITE on topic '{topic}' or IDEMPOTENT_WRITE on the"):
            publisher.publish([(topic, b"key", b"value")])


def test_what_a_log_trips_over_hides_no_refusal(kafka: GuardedKafka) -> None:
    """The client hands its log over in the same turn, and what that catches may be what it says itself."""

    def trip(_: logging.LogRecord) -> bool:
        with suppress(ZeroDivisionError):
            return bool(1 // 0)
        return True

    topic = make_topic(kafka.bootstrap, 1)
    log.addFilter(trip)
    try:
        for _ in range(5):
            publisher = Publisher(kafka.user(Right("DESCRIBE", "topic", topic)))
            with pytest.raises(DefinitionError, match=f"WRITE on topic '{topic}'"):
                publisher.publish([(topic, b"key", b"value")])
    finally:
        log.removeFilter(trip)


def test_a_producer_that_is_refused_while_it_is_filled_is_told_so_too(kafka: GuardedKafka) -> None:
    """Whoever sends many messages polls between them."""
    topic = make_topic(kafka.bootstrap, 1)
    publisher = Publisher(kafka.user(Right("DESCRIBE", "topic", topic)))
    with pytest.raises(DefinitionError, match=f"WRITE on topic '{topic}'"):
        publisher.send((topic, b"key", b"value") for _ in range(10_000_000))


def test_the_topic_that_may_not_be_written_among_others_is_named(kafka: GuardedKafka) -> None:
    """A producer of one topic goes on for it."""
    mine, other = make_topic(kafka.bootstrap, 1), make_topic(kafka.bootstrap, 1)
    publisher = Publisher(kafka.user(Right("WRITE", "topic", mine), Right("DESCRIBE", "topic", other)))
    publisher.publish([(mine, b"key", b"value")])
    with pytest.raises(DefinitionError, match=f"TOPIC_AUTHORIZATION_FAILED.*: WRITE on topic '{other}'"):
        publisher.publish([(mine, b"key", b"value"), (other, b"key", b"value")])
    publisher.publish([(mine, b"key", b"value")])


def test_a_password_that_is_refused_is_no_cluster_that_is_away(kafka: GuardedKafka) -> None:
    """Waiting does not mend it: whoever asks is told soon, and not that nobody answers."""
    cluster, topic = kafka.user(password="wrong"), make_topic(kafka.bootstrap, 1)
    asked = (
        lambda: describe(cluster.admin(), [topic]),
        lambda: matching(cluster.admin(), [f"{topic}*"]),
        lambda: delete_topic(cluster.admin(), topic),
    )
    for ask in asked:
        with pytest.raises(DefinitionError, match=r"_AUTHENTICATION.*check \[kafka\]"):
            ask()
    assert topic_ids(Cluster(kafka.bootstrap).admin(), [topic])


def test_a_group_that_may_not_be_seen_is_named(kafka: GuardedKafka) -> None:
    """The client looks for the group's coordinator until its time is up, and only then says what it heard."""
    topic, group = make_topic(kafka.bootstrap, 1), uuid.uuid4().hex
    consumer = kafka.user().consumer({"group.id": group})
    with pytest.raises(DefinitionError, match=f"GROUP_AUTHORIZATION_FAILED.*: DESCRIBE on group '{group}'"):
        group_offsets(consumer, group, [TopicPartition(topic, 0)], 1.0)
    consumer.close()


def test_a_topic_whose_offsets_may_not_be_seen_is_named(kafka: GuardedKafka) -> None:
    """The group's coordinator answers, and says of each topic whether it may be asked for."""
    topic, group = make_topic(kafka.bootstrap, 1), uuid.uuid4().hex
    cluster = kafka.user(Right("READ", "group", group))
    with pytest.raises(DefinitionError, match=f"TOPIC_AUTHORIZATION_FAILED.*: DESCRIBE on topic '{topic}'"):
        committed(cluster, group, [Partition(topic, 0, "id")])


def test_a_right_on_a_topic_is_named_with_the_topic(kafka: GuardedKafka) -> None:
    """What an administrator needs to know to grant it."""
    topic = make_topic(kafka.bootstrap, 1)
    nobody, sees = kafka.user().admin(), kafka.user(Right("DESCRIBE", "topic", topic)).admin()
    plan = TopicPlan(topic, 1)
    with pytest.raises(DefinitionError, match=f": DESCRIBE on topic '{topic}'; check"):
        topic_ids(nobody, [topic])
    with pytest.raises(DefinitionError, match=f": DESCRIBE_CONFIGS on topic '{topic}'"):
        ensure_topics(sees, [plan])
    with pytest.raises(DefinitionError, match=f": ALTER on topic '{topic}'"):
        ensure_partitions(sees, plan, 2)
    with pytest.raises(DefinitionError, match=f": DELETE on topic '{topic}'"):
        delete_topic(sees, topic)
    new = uuid.uuid4().hex
    creator = kafka.user(Right("DESCRIBE", "topic", new)).admin()
    with pytest.raises(DefinitionError, match=f": CREATE on topic '{new}'"):
        ensure_topics(creator, [TopicPlan(new, 1)])


def test_the_control_topic_is_named_to_who_may_not_read_it(kafka: GuardedKafka) -> None:
    """Each worker reads it before it begins."""
    Publisher(Cluster(kafka.bootstrap)).publish([(CONTROL_TOPIC, b"key", b"{}")])
    rights = (Right("DESCRIBE", "topic", CONTROL_TOPIC), Right("DESCRIBE", "group", CONTROL_TOPIC))
    consumer = kafka.user(*rights).consumer(READING)
    with pytest.raises(DefinitionError, match=f": READ on topic '{CONTROL_TOPIC}'"):
        read_control(consumer, ControlState())
    consumer.close()


def test_a_topic_that_may_not_be_read_is_named(kafka: GuardedKafka) -> None:
    """Whoever lists or proves what is on topics is told so."""
    topic = make_topic(kafka.bootstrap, 1)
    for read, group in ((extract, "franca.extract"), (_offsets, "franca.offsets")):
        cluster = kafka.user(Right("DESCRIBE", "topic", topic), Right("DESCRIBE", "group", group))
        with pytest.raises(DefinitionError, match=f": READ on topic '{topic}'"):
            list(read(cluster, [topic]))


def _offsets(cluster: Cluster, topics: Sequence[str]) -> Iterator[object]:
    return offsets(cluster, topics[0], {0: 0}, {0: 1})


@pytest.mark.parametrize("lacking", ["transactional id", "topic", "group", "source"])
def test_a_sink_names_what_it_may_not_do(kafka: GuardedKafka, lacking: str) -> None:
    """A transaction needs rights on its own name, on topics, and on the group whose positions it keeps."""
    source, topic, group = make_topic(kafka.bootstrap, 1), make_topic(kafka.bootstrap, 1), uuid.uuid4().hex
    rights = {
        "transactional id": Right("WRITE", "transactional id", f"{group}.worker"),
        "topic": Right("WRITE", "topic", topic),
        "group": Right("READ", "group", group),
        "source": Right("READ", "topic", source),
    }
    sees = [Right("DESCRIBE", "topic", source), Right("DESCRIBE", "topic", topic)]
    sees += [Right("DESCRIBE_CONFIGS", "topic", topic), Right("DESCRIBE", "group", group)]
    cluster = kafka.user(*sees, *(right for name, right in rights.items() if name != lacking))
    sink = KafkaSink(KafkaSinkSettings(cluster, group, f"{group}.worker", (topic,)))
    place = Partition(source, 0, topic_ids(Cluster(kafka.bootstrap).admin(), [source])[source])
    batch: Batch[Message] = Batch([(topic, b"key", b"value")], {place: 1}, {place: 0})
    with pytest.raises(DefinitionError, match=f"{rights[lacking]}; check"):
        _write(sink, batch)
    sink.close()


def _write(sink: KafkaSink, batch: Batch[Message]) -> None:
    sink.open()
    sink.write(batch)
