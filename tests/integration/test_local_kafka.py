"""The local Kafka, started for real."""

import pytest
from confluent_kafka.admin import AdminClient

from franca.local.kafka import LocalKafka

pytestmark = pytest.mark.services


def test_the_shared_kafka_answers_clients(kafka: LocalKafka) -> None:
    """The session's broker takes admin calls on the address it tells."""
    client = AdminClient({"bootstrap.servers": kafka.bootstrap})
    assert client.list_topics(timeout=10).cluster_id
