"""Clients that an outage has left of no use are replaced, and none that works."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from confluent_kafka import Consumer, ConsumerGroupState, KafkaException
from confluent_kafka.admin import AdminClient

from franca.errors import UnavailableError
from franca.local.kafka import LocalKafka
from franca.local.ports import choose
from franca.pipeline.control import KafkaControl
from franca.sinks.publisher import Publisher
from franca.sources.identity import Identity
from franca.sources.kafka import KafkaSource
from franca.sources.kafka_settings import KafkaSourceSettings
from franca.sources.presence import Presence
from franca.topics.cluster import Cluster, topic_ids
from franca.topics.control import Pause, pause_message
from franca.topics.names import CONTROL_TOPIC
from franca.types import Partition, Positions
from tests.contracts.source_contract import Place, count, read_until, values
from tests.integration.crew import delete_topic, fill, make_again, make_topic, wait_for

pytestmark = pytest.mark.services


@dataclass(frozen=True, slots=True)
class Outlived(Cluster):
    """A cluster that some first clients have lost for good, as happens in an outage."""

    admins: list[AdminClient] = field(default_factory=list)
    consumers: list[Consumer] = field(default_factory=list)

    def admin(self) -> AdminClient:
        """Return a client; the first finds no broker."""
        self.admins.append(self._next(self.admins).admin())
        return self.admins[-1]

    def consumer(self, own: Mapping[str, object]) -> Consumer:
        """Return a consumer; the first finds no broker."""
        self.consumers.append(self._next(self.consumers).consumer(own))
        return self.consumers[-1]

    def _next(self, made: Sequence[object]) -> Cluster:
        return Cluster(self.bootstrap if made else f"127.0.0.1:{choose('kafka')}")


@pytest.mark.slow
def test_a_client_without_an_answer_is_replaced(kafka: LocalKafka) -> None:
    """After a question without an answer the next one has a client of its own."""
    topic = make_topic(kafka.bootstrap, 1)
    cluster = Outlived(kafka.bootstrap)
    identity = Identity(cluster, [topic])
    with pytest.raises(UnavailableError):
        identity.learn([topic])
    expected = topic_ids(Cluster(kafka.bootstrap).admin(), [topic])
    assert identity.learn([topic]) == expected
    assert expected
    assert len(cluster.admins) == 2
    identity.close()


@pytest.mark.slow
@pytest.mark.parametrize("member", ["", "one"])
def test_a_member_that_its_group_has_not_is_replaced(kafka: LocalKafka, member: str) -> None:
    """Its client tells nothing; the group is asked, and the source joins anew and reads on."""
    topic = make_topic(kafka.bootstrap, 2)
    fill(kafka.bootstrap, topic, 0, 10)
    cluster = Outlived(kafka.bootstrap, admins=[Cluster(kafka.bootstrap).admin()])
    settings = KafkaSourceSettings(cluster, topic, (topic,), member=member, session_seconds=2.0)
    source = KafkaSource(settings)
    source.open(Place().stored)
    batches = read_until(source, count(10))
    source.close()
    assert sorted(int(value or b"") for value in values(batches)) == list(range(10))
    assert len(cluster.consumers) == 2


@pytest.mark.slow
def test_a_member_without_topics_is_not_replaced(kafka: LocalKafka) -> None:
    """No client joins for a topic that is not there, so the group misses it with reason."""
    topic = uuid.uuid4().hex
    cluster = Outlived(kafka.bootstrap, admins=[Cluster(kafka.bootstrap).admin()])
    source = KafkaSource(KafkaSourceSettings(cluster, topic, (topic,), session_seconds=2.0))
    source.open(Place().stored)
    wait_for(lambda: not source.read().items and len(cluster.admins) > 5, "its group was asked three times")
    source.close()
    assert len(cluster.consumers) == 1


def test_only_a_member_that_its_group_has_not_is_lost(kafka: LocalKafka) -> None:
    """One of two members of a group gets no partition of a topic with one, and is not taken for lost."""
    topic = make_topic(kafka.bootstrap, 1)
    cluster = Cluster(kafka.bootstrap)
    admin = cluster.admin()
    own = {"group.id": topic, "auto.offset.reset": "earliest"}
    members = [cluster.consumer(own) for _ in range(2)]
    stranger = cluster.consumer(own)

    def are_settled() -> bool:
        for member in members:
            member.poll(0)
        with suppress(KafkaException):  # the coordinator is not ready
            group = admin.describe_consumer_groups([topic])[topic].result(10)
            given = sorted(len(each.assignment.topic_partitions) for each in group.members)
            known = sorted(len(member.assignment()) for member in members)
            return group.state == ConsumerGroupState.STABLE and given == known == [0, 1]
        return False

    for member in members:
        member.subscribe([topic])
    wait_for(are_settled, "one of two has the partition", 30)
    idle = next(member for member in members if not member.assignment())
    assert not _is_lost(kafka.bootstrap, topic, idle)
    assert _is_lost(kafka.bootstrap, topic, stranger)
    for member in (*members, stranger):
        member.close()


def _is_lost(bootstrap: str, group: str, member: Consumer) -> bool:
    """Return whether a member is found lost by the time that its group is asked a fourth time."""
    cluster = Outlived(bootstrap, admins=[Cluster(bootstrap).admin()])
    presence = Presence(cluster, group, 0.1)
    presence.begin()
    while len(cluster.admins) < 5:
        if presence.is_lost(member):
            return True
        member.poll(0.01)
    return False


def test_what_was_said_while_a_worker_was_out_of_its_group_is_known_before_it_reads(
    kafka: LocalKafka,
) -> None:
    """The control topic is read to its end when partitions were given, and not whenever they are placed."""
    topic, done = make_topic(kafka.bootstrap, 1), list[str]()
    fill(kafka.bootstrap, topic, 0, 10)

    def stored(partitions: Sequence[Partition]) -> Positions:
        done.append("asked")
        return Place().stored(partitions)

    settings = KafkaSourceSettings(Cluster(kafka.bootstrap), topic, (topic,))
    source = KafkaSource(settings, settle=lambda: done.append("settled"))
    source.open(stored)
    assert len(values(read_until(source, count(10)))) == 10
    source.rewind()
    assert len(values(read_until(source, count(10)))) == 10
    source.close()
    assert done == ["settled", "asked", "asked"]


def test_a_control_that_settles_knows_what_was_said_a_moment_ago(own_kafka: LocalKafka) -> None:
    """Asked again at once, `pause` gives what it knows; a topic made anew is read from its beginning."""
    address = own_kafka.bootstrap
    control, publisher = KafkaControl(Cluster(address), "line", "one"), Publisher(Cluster(address))
    make_again(address, CONTROL_TOPIC, 1)
    control.open()
    assert control.pause() is None
    pause = Pause("1", datetime(2026, 1, 1, tzinfo=UTC), "a test")
    for now in (pause, None, pause, None, pause):
        publisher.publish([pause_message("line", now)])
        control.settle()
        assert control.pause() == now
    delete_topic(address, CONTROL_TOPIC)
    make_again(address, CONTROL_TOPIC, 1)
    control.settle()
    assert control.pause() is None
    control.close()


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[LocalKafka]:
    """Give a broker whose control topic is the test's own."""
    service = LocalKafka(tmp_path)
    service.start()
    yield service
    service.stop()
