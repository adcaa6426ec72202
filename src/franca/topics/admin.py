"""Creates topics and compares existing ones with what is wanted; an existing topic is never changed."""

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

from confluent_kafka import IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    ClusterMetadata,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from franca.errors import UnavailableError
from franca.topics.cluster import GLANCE_SECONDS, SILENT, WAIT_SECONDS, answer, asking, describe, turned_away
from franca.topics.names import fits
from franca.topics.rights import Right
from franca.types import Partition, Positions

FOREVER = -1
LONGEST_MILLISECONDS = 2**63 - 1
MILLISECONDS_AN_HOUR = 3_600_000
SEEN_SECONDS = (0.02, 0.05, 0.1, 0.3, 1.0, 3.0)
"""How long brokers are given, look by look, to tell of a topic that was created."""


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """One topic as it should be. `config` holds Kafka's own names (`cleanup.policy`, `retention.ms`)."""

    name: str
    partitions: int
    replication: int = 1
    config: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where an existing topic is not as planned; `setting` is `partitions`, or a name of Kafka's."""

    topic: str
    setting: str
    wanted: str
    found: str

    def __str__(self) -> str:
        return f"topic {self.topic!r}: {self.what}"

    @property
    def what(self) -> str:
        """Say what differs, without the topic."""
        return f"{self.setting} is {self.found!r}, expected {self.wanted!r}"


@dataclass(frozen=True, slots=True)
class TopicReport:
    """What `ensure_topics` or `check_topics` found: `missing` topics are those that do not exist yet."""

    created: tuple[str, ...] = ()
    existing: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()


def entity_config(max_message_bytes: int, keep_hours: int = 168) -> dict[str, str]:
    """Return the config of a compacted topic that keeps each key's newest message for ever.

    Every event is kept for `keep_hours` before it may be compacted away, -1 for ever, so that a subscriber
    that wants all of them (the lake) may be that far behind.
    """
    keep = str(_milliseconds(keep_hours, LONGEST_MILLISECONDS))
    return {
        "cleanup.policy": "compact",
        "max.message.bytes": str(max_message_bytes),
        "min.compaction.lag.ms": keep,
        "delete.retention.ms": keep,
    }


def control_config() -> dict[str, str]:
    """Return the config of the topic that tells which pipelines are paused: each key's newest, for ever."""
    return {"cleanup.policy": "compact", "max.message.bytes": "8388608"}


def rows_config(max_message_bytes: int) -> dict[str, str]:
    """Return the config of a compacted topic that only its own writer reads: each key's newest message.

    A deleted key's end is kept for a day, longer than any cache of the topic is trusted.
    """
    return {
        "cleanup.policy": "compact",
        "max.message.bytes": str(max_message_bytes),
        "delete.retention.ms": str(24 * MILLISECONDS_AN_HOUR),
        "segment.bytes": str(128 * 1024 * 1024),
    }


def log_config(max_message_bytes: int, retention_hours: int) -> dict[str, str]:
    """Return the config of a topic that keeps every message for some hours, -1 for ever."""
    keep = str(_milliseconds(retention_hours, FOREVER))
    return {"cleanup.policy": "delete", "max.message.bytes": str(max_message_bytes), "retention.ms": keep}


def _milliseconds(hours: int, forever: int) -> int:
    """Return hours in milliseconds; for -1 what the setting at hand has for "for ever"."""
    return forever if hours == FOREVER else hours * MILLISECONDS_AN_HOUR


def check_topics(admin: AdminClient, plans: Sequence[TopicPlan]) -> TopicReport:
    """Compare the plans with the cluster and change nothing. Raises UnavailableError, DefinitionError."""
    found = describe(admin, [plan.name for plan in plans])
    existing = [plan for plan in plans if plan.name in found]
    configs = topic_configs(admin, [plan.name for plan in existing])
    differences = [
        difference
        for plan in existing
        for difference in _differences(plan, len(found[plan.name].partitions), configs[plan.name])
    ]
    return TopicReport(
        existing=tuple(plan.name for plan in existing),
        missing=tuple(plan.name for plan in plans if plan.name not in found),
        differences=tuple(differences),
    )


def ensure_topics(admin: AdminClient, plans: Sequence[TopicPlan]) -> TopicReport:
    """Create what is missing, report what differs. Raises UnavailableError, DefinitionError.

    A topic that somebody else created in the meantime is compared as an existing one. What was created is
    seen by who asks next: brokers learn of a new topic a moment after it exists.
    """
    report = check_topics(admin, plans)
    missing = [plan for plan in plans if plan.name in report.missing]
    new = [
        NewTopic(
            plan.name,
            num_partitions=plan.partitions,
            replication_factor=plan.replication,
            config=dict(plan.config),
        )
        for plan in missing
    ]
    if not new:
        return report
    created = _created(admin, admin.create_topics(new, request_timeout=WAIT_SECONDS), "CREATE")
    _seen(admin, [plan.name for plan in missing])
    others = check_topics(admin, [plan for plan in missing if plan.name not in created])
    return TopicReport(
        created=tuple(created),
        existing=report.existing + others.existing,
        missing=others.missing,
        differences=report.differences + others.differences,
    )


def _seen(admin: AdminClient, names: Sequence[str]) -> None:
    """Wait until the brokers tell of topics that exist, a few seconds at most."""
    for pause in SEEN_SECONDS:
        if len(describe(admin, names)) == len(names):
            return
        time.sleep(pause)


def ensure_partitions(admin: AdminClient, plan: TopicPlan, count: int) -> None:
    """Create the topic with at least so many partitions, or add those that it lacks.

    For topics whose partitions are chosen by number: no key moves. Raises UnavailableError, DefinitionError.
    """
    found = describe(admin, [plan.name]).get(plan.name)
    if found is None:
        ensure_topics(admin, [replace(plan, partitions=max(plan.partitions, count))])
    elif len(found.partitions) < count:
        more = [NewPartitions(plan.name, count)]
        _created(admin, admin.create_partitions(more, request_timeout=WAIT_SECONDS), "ALTER")


def topic_configs(admin: AdminClient, topics: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return each topic's settings as the cluster has them, defaults included."""
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in topics]
    if not resources:
        return {}
    futures = admin.describe_configs(resources, request_timeout=WAIT_SECONDS)
    return {
        resource.name: {
            entry.name: entry.value or ""
            for entry in _result(admin, future, "DESCRIBE_CONFIGS", resource.name).values()
        }
        for resource, future in futures.items()
    }


def message_limits(admin: AdminClient, topics: Iterable[str]) -> dict[str, int]:
    """Return the largest message that each existing topic takes, in bytes."""
    names = describe(admin, topics)
    return {name: int(config["max.message.bytes"]) for name, config in topic_configs(admin, names).items()}


def matching(admin: AdminClient, topics: Iterable[str]) -> list[str]:
    """Return the topics that exist under the names and patterns. Raises UnavailableError, DefinitionError.

    Names are asked for one by one: who may not see a topic is told so, where a list of all just lacks it. Of
    patterns only the list is there to tell.
    """
    wanted = list(topics)
    patterns = [topic for topic in wanted if "*" in topic]
    found = set(describe(admin, set(wanted).difference(patterns)))
    known = asking(admin, lambda: _listed(admin)).topics if patterns else {}
    return sorted(found | {name for name in known if any(fits(pattern, name) for pattern in patterns)})


def _listed(admin: AdminClient) -> ClusterMetadata:
    """Return what topics there are; soon at an end where every broker turns the client away."""
    try:
        return admin.list_topics(timeout=GLANCE_SECONDS)
    except KafkaException as error:
        admin.poll(0)
        if error.args[0].code() not in SILENT or turned_away(admin) is not None:
            raise
    return admin.list_topics(timeout=WAIT_SECONDS)


def ends(admin: AdminClient, topics: Iterable[str]) -> Positions:
    """Return the offset behind the last record of every partition of the topics that exist."""
    return _offsets(admin, topics, OffsetSpec.latest())  # type: ignore[no-untyped-call]  # the client lacks the types


def committed_ends(admin: AdminClient, topics: Iterable[str]) -> Positions:
    """Return the offset of the first record of every partition that a reader of committed ones waits for."""
    return _offsets(admin, topics, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED)  # type: ignore[no-untyped-call]  # as above


def beginnings(admin: AdminClient, topics: Iterable[str]) -> Positions:
    """Return the offset of the first record of every partition of the topics that exist."""
    return _offsets(admin, topics, OffsetSpec.earliest())  # type: ignore[no-untyped-call]  # as above


def offsets_at(admin: AdminClient, topics: Iterable[str], milliseconds: int) -> Positions:
    """Return per partition the offset of the first record with that timestamp or a later one.

    A partition without such a record is missing.
    """
    found = _offsets(admin, topics, OffsetSpec.for_timestamp(milliseconds))
    return {place: offset for place, offset in found.items() if offset >= 0}


def _offsets(
    admin: AdminClient,
    topics: Iterable[str],
    wanted: OffsetSpec,
    isolation: IsolationLevel = IsolationLevel.READ_UNCOMMITTED,
) -> Positions:
    places = {
        TopicPartition(name, part.id): Partition(name, part.id, str(topic.topic_id))
        for name, topic in describe(admin, topics).items()
        for part in topic.partitions
    }
    if not places:
        return {}
    for pause in (0.1, 0.3, 1.0, 3.0):  # the leaders of a new topic take a moment
        try:
            return _placed(admin, dict.fromkeys(places, wanted), places, isolation)
        except UnavailableError:
            time.sleep(pause)
    return _placed(admin, dict.fromkeys(places, wanted), places, isolation)


def delete_topic(admin: AdminClient, name: str) -> None:
    """Delete a topic with all it holds; one that is not there is gone already. Raises UnavailableError."""
    for future in admin.delete_topics([name], request_timeout=WAIT_SECONDS).values():
        _done(admin, future, Right("DELETE", "topic", name), KafkaError.UNKNOWN_TOPIC_OR_PART)


def _placed(
    admin: AdminClient,
    asked: Mapping[TopicPartition, OffsetSpec],
    places: Mapping[TopicPartition, Partition],
    isolation: IsolationLevel,
) -> Positions:
    futures = admin.list_offsets(dict(asked), isolation_level=isolation, request_timeout=WAIT_SECONDS)
    return {
        places[place]: _result(admin, future, "DESCRIBE", place.topic).offset
        for place, future in futures.items()
    }


def _created(admin: AdminClient, futures: Mapping[str, Future[None]], operation: str) -> list[str]:
    return [
        name
        for name, future in futures.items()
        if _done(admin, future, Right(operation, "topic", name), KafkaError.TOPIC_ALREADY_EXISTS)
    ]


def _done(admin: AdminClient, future: Future[None], right: Right, needless: int) -> bool:
    """Wait until it is done; False where the answer is that there is no need."""

    def ask() -> bool:
        try:
            answer(admin, future)
        except KafkaException as error:
            if error.args[0].code() != needless:
                raise
            return False
        return True

    return asking(admin, ask, right)


def _differences(plan: TopicPlan, partitions: int, config: Mapping[str, str]) -> list[Difference]:
    wanted = {"partitions": str(plan.partitions), **plan.config}
    found = {"partitions": str(partitions), **config}
    return [
        Difference(plan.name, setting, value, found.get(setting, ""))
        for setting, value in wanted.items()
        if found.get(setting, "") != value
    ]


def _result(admin: AdminClient, future: Future[Any], operation: str, topic: str) -> Any:
    return asking(admin, lambda: answer(admin, future), Right(operation, "topic", topic))
