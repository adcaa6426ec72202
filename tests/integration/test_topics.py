"""Topics at a real cluster: created as planned, compared, and never changed."""

import uuid

import pytest

from franca.local.kafka import LocalKafka
from franca.topics.admin import (
    TopicPlan,
    TopicReport,
    check_topics,
    ends,
    ensure_topics,
    entity_config,
    log_config,
    topic_configs,
)
from franca.topics.cluster import Cluster
from tests.integration.crew import fill

pytestmark = pytest.mark.services


def test_missing_topics_are_created_as_planned_once(kafka: LocalKafka) -> None:
    """Partitions, compaction and retention are as planned, and a second time finds nothing to do."""
    admin, run = Cluster(kafka.bootstrap).admin(), uuid.uuid4().hex
    entity = TopicPlan(f"individual-{run}", 3, 1, entity_config(2_000_000))
    raw = TopicPlan(f"raw-{run}", 2, 1, log_config(2_000_000, 48))
    assert check_topics(admin, [entity, raw]).missing == (entity.name, raw.name)
    assert set(ensure_topics(admin, [entity, raw]).created) == {entity.name, raw.name}
    configs = topic_configs(admin, [entity.name, raw.name])
    assert configs[entity.name]["cleanup.policy"] == "compact"
    assert configs[raw.name]["retention.ms"] == str(48 * 3_600_000)
    assert ensure_topics(admin, [entity, raw]) == TopicReport(existing=(entity.name, raw.name))


def test_an_existing_topic_that_differs_is_reported_and_left_alone(kafka: LocalKafka) -> None:
    """More partitions would move keys, so the owner decides."""
    admin, name = Cluster(kafka.bootstrap).admin(), f"customer-{uuid.uuid4().hex}"
    ensure_topics(admin, [TopicPlan(name, 2, 1, log_config(2_000_000, 1))])
    report = ensure_topics(admin, [TopicPlan(name, 6, 1, {"cleanup.policy": "compact"})])
    assert [(d.setting, d.wanted, d.found) for d in report.differences] == [
        ("partitions", "6", "2"),
        ("cleanup.policy", "compact", "delete"),
    ]
    assert str(report.differences[0]) == f"topic {name!r}: partitions is '2', expected '6'"
    assert len(ends(admin, [name])) == 2


def test_the_ends_are_behind_the_last_records(kafka: LocalKafka) -> None:
    """Every partition is there, with the topic's id; a topic that does not exist is left out."""
    admin, name = Cluster(kafka.bootstrap).admin(), f"ends-{uuid.uuid4().hex}"
    ensure_topics(admin, [TopicPlan(name, 3)])
    fill(kafka.bootstrap, name, 0, 50)
    found = ends(admin, [name, "nobody"])
    assert {partition.topic for partition in found} == {name}
    assert len({partition.topic_id for partition in found}) == 1
    assert sum(found.values()) == 50
