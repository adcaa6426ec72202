"""Clients that an outage may leave without a way back are replaced, and those that work are not."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient

from franca.errors import UnavailableError
from franca.local.kafka import LocalKafka
from franca.local.ports import choose
from franca.pipeline.control import KafkaControl
from franca.sinks.publisher import Publisher
from franca.sources.identity import Identity
from franca.sources.kafka import KafkaSource
from franca.sources.kafka_settings import KafkaSourceSettings
from franca.topics.brokers import PATIENCE_SECONDS
from franca.topics.cluster import Cluster, topic_ids
from franca.topics.control import Pause, pause_message
from franca.topics.names import CONTROL_TOPIC
from tests.contracts.source_contract import Place, count, read_until, values
from tests.integration.crew import fill, make_again, make_topic, wait_for

pytestmark = [pytest.mark.services, pytest.mark.slow]


@dataclass(frozen=True, slots=True)
class Watched(Cluster):
    """A cluster that keeps the clients that were made of it; `misled` admin clients find no broker."""

    misled: int = 0
    admins: list[AdminClient] = field(default_factory=list)
    consumers: list[Consumer] = field(default_factory=list)

    def admin(self) -> AdminClient:
        """Return a client."""
        nobody = f"127.0.0.1:{choose('kafka')}"
        address = nobody if len(self.admins) < self.misled else self.bootstrap
        self.admins.append(Cluster(address).admin())
        return self.admins[-1]

    def consumer(self, own: Mapping[str, object]) -> Consumer:
        """Return a consumer."""
        self.consumers.append(Cluster(self.bootstrap).consumer(own))
        return self.consumers[-1]


def test_a_client_without_an_answer_is_replaced(kafka: LocalKafka) -> None:
    """After a question without an answer the next one has a client of its own."""
    topic = make_topic(kafka.bootstrap, 1)
    cluster = Watched(kafka.bootstrap, misled=1)
    identity = Identity(cluster, [topic])
    with pytest.raises(UnavailableError):
        identity.learn([topic])
    expected = topic_ids(Cluster(kafka.bootstrap).admin(), [topic])
    assert identity.learn([topic]) == expected
    assert expected
    assert len(cluster.admins) == 2
    identity.close()


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[LocalKafka]:
    """Give a broker that a test may stop."""
    service = LocalKafka(tmp_path)
    service.start()
    yield service
    service.stop()


def test_clients_without_a_broker_for_long_are_replaced(own_kafka: LocalKafka) -> None:
    """A member joins anew and reads on; a pause goes on to hold meanwhile, and its end is heard."""
    address = own_kafka.bootstrap
    topic = make_topic(address, 2)
    make_again(address, CONTROL_TOPIC, 1)
    fill(address, topic, 0, 10)
    pause = Pause("1", datetime(2026, 1, 1, tzinfo=UTC), "a test")
    Publisher(Cluster(address)).publish([pause_message("line", pause)])
    cluster = Watched(address)
    control, place = KafkaControl(cluster, "line", "one"), Place()
    source = KafkaSource(KafkaSourceSettings(cluster, topic, (topic,), member="one"))
    control.open()
    source.open(place.stored)
    for batch in read_until(source, count(10)):
        place.store(batch)
    assert len(cluster.consumers) == 2
    own_kafka.stop()

    def are_replaced() -> bool:
        with suppress(UnavailableError):
            assert not source.read().items
        assert control.pause() == pause
        return len(cluster.consumers) == 4

    wait_for(are_replaced, "both have another client", PATIENCE_SECONDS + 30)
    own_kafka.start()
    fill(address, topic, 10, 20)
    Publisher(Cluster(address)).publish([pause_message("line", None)])
    again = read_until(source, count(10))
    wait_for(lambda: control.pause() is None, "the end of the pause is heard")
    source.close()
    control.close()
    assert sorted(int(value or b"") for value in values(again)) == list(range(10, 20))
