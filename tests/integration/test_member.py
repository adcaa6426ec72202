"""A member leaves its group without waiting for itself."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaException
from confluent_kafka.admin import AdminClient

from franca.local.kafka import LocalKafka
from franca.sources.kafka_settings import KafkaSourceSettings
from franca.sources.member import Member
from franca.topics.cluster import Cluster
from tests.integration.crew import make_topic, wait_for

pytestmark = pytest.mark.services


class Told(Consumer):
    """A consumer that tells what was asked of it, in order."""

    def __init__(self, settings: dict[str, Any], calls: list[str]) -> None:
        super().__init__(settings)
        self._calls = calls

    def assign(self, places: Any) -> None:
        """Take note, and assign."""
        self._calls.append("assign")
        super().assign(places)

    def close(self) -> None:
        """Take note, and close."""
        self._calls.append("close")
        super().close()


@dataclass(frozen=True, slots=True)
class Telling(Cluster):
    """A cluster whose consumers tell what is asked of them."""

    calls: list[str] = field(default_factory=list)

    def consumer(self, own: Mapping[str, object]) -> Consumer:
        """Return a consumer that tells."""
        return Told(self.client(own), self.calls)


def settings(cluster: Cluster, topic: str) -> KafkaSourceSettings:
    """Return what a worker of a new group reads."""
    return KafkaSourceSettings(
        cluster=cluster,
        group=f"franca.{uuid.uuid4().hex}",
        topics=(topic,),
        member="",
        batch_records=10,
        batch_bytes=1_000,
        linger_seconds=0.0,
        session_seconds=6.0,
        skip_lost=False,
    )


def has_partitions(admin: AdminClient, group: str) -> bool:
    """Return whether the group has given its partitions to somebody."""
    try:
        found = admin.describe_consumer_groups([group])[group].result(10)
    except KafkaException:
        return False  # there is no such group yet
    return any(member.assignment.topic_partitions for member in found.members)


def test_an_assignment_that_was_not_served_yet_is_served_before_the_client_is_closed(
    kafka: LocalKafka,
) -> None:
    """To assign within `close` waits for ever where the group's side has ended first."""
    cluster = Telling(kafka.bootstrap)
    own, admin = settings(cluster, make_topic(kafka.bootstrap, 1)), cluster.admin()
    member = Member(own, lambda: None, lambda _reason: None)
    member.join()
    wait_for(lambda: has_partitions(admin, own.group), "the partitions are given")

    member.leave(keeps_place=False, holds_any=lambda: False)

    assert cluster.calls.pop() == "close"
    assert "close" not in cluster.calls
