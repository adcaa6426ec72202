"""Topics at a real cluster: created as planned, compared, and never changed."""

import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

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
from tests.command import forked
from tests.integration.crew import fill, make_again

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


MODULE = """
from franca import Application, Entity, Key, Table

app = Application("{name}")

class Cust(Table):
    num: Key[str]

class Person(Entity, name="person_{name}"):
    id: Key[str]

@app.maps
def person(cust: Cust) -> Person:
    return Person(id=cust.num)
"""
HOUR = 3_600_000
LAG, GRAVE = "min.compaction.lag.ms", "delete.retention.ms"


def _made(folder: Path, bootstrap: str, settings: str) -> dict[str, dict[str, str]]:
    """Return the topics that `franca topics` makes, by their kind; `{name}` is the application's."""
    name = f"a{uuid.uuid4().hex}"
    (folder / "app.py").write_text(MODULE.format(name=name))
    text = f"[kafka]\nbootstrap = '{bootstrap}'\n" + settings.format(name=name)
    (folder / "franca.toml").write_text(text)
    kinds = {"raw": f"raw.{name}.cust", "entity": f"person_{name}", "dead": f"{name}.dead-letters"}
    for _ in range(2):  # the second time finds nothing that differs
        command = forked("topics")
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
    configs = topic_configs(Cluster(bootstrap).admin(), kinds.values())
    return {kind: configs[topic] for kind, topic in kinds.items()}


def test_retention_of_minus_one_is_for_ever_in_every_kind_of_topic(kafka: LocalKafka, tmp_path: Path) -> None:
    """Kafka has -1 for that in one setting, and only a very long time in the others."""
    settings = "[topics]\nraw_retention_hours = -1\nevent_retention_hours = -1\npartitions = 1\n"
    made = _made(tmp_path, kafka.bootstrap, settings)
    assert made["raw"]["retention.ms"] == made["dead"]["retention.ms"] == "-1"
    assert made["entity"][LAG] == made["entity"][GRAVE] == str(2**63 - 1)


def test_every_difference_of_a_topic_is_told(kafka: LocalKafka, tmp_path: Path) -> None:
    """What a user corrects, he corrects at once."""
    name = f"a{uuid.uuid4().hex}"
    make_again(kafka.bootstrap, f"raw.{name}.cust", 2)
    (tmp_path / "app.py").write_text(MODULE.format(name=name))
    (tmp_path / "franca.toml").write_text(f"[kafka]\nbootstrap = '{kafka.bootstrap}'\n")
    command = forked("topics", "--dry-run")

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 1, done.stderr
    assert "partitions is '2', expected '4'; max.message.bytes is '16777216', expected" in done.stdout


def test_the_retention_of_one_topic_is_what_its_kind_keeps(kafka: LocalKafka, tmp_path: Path) -> None:
    """A compacted topic keeps its newest for ever, and every event for so long; a log keeps all."""
    made = _made(
        tmp_path,
        kafka.bootstrap,
        "[topics]\npartitions = 1\n[topic.person_{name}]\nretention_hours = 24\n"
        "[topic.'raw.{name}.cust']\nretention_hours = -1\n[topic.'{name}.dead-letters']\n"
        "retention_hours = 3\n",
    )
    assert made["entity"][LAG] == made["entity"][GRAVE] == str(24 * HOUR)
    assert made["raw"]["retention.ms"] == "-1"
    assert made["dead"]["retention.ms"] == str(3 * HOUR)


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


def test_of_two_that_create_a_topic_at_once_the_second_is_told_what_differs(kafka: LocalKafka) -> None:
    """Each of them saw that it is missing; only one of the plans has come true."""
    for _ in range(5):
        name, start = f"customer-{uuid.uuid4().hex}", Barrier(2)

        def ensure(partitions: int, name: str = name, start: Barrier = start) -> TopicReport:
            admin = Cluster(kafka.bootstrap).admin()
            start.wait(30)
            return ensure_topics(admin, [TopicPlan(name, partitions)])

        with ThreadPoolExecutor() as pool:
            reports = list(pool.map(ensure, (2, 3)))

        (first,) = (report for report in reports if report.created)
        (second,) = (report for report in reports if not report.created)
        assert first == TopicReport(created=(name,))
        assert second.existing == (name,)
        assert [d.setting for d in second.differences] == ["partitions"]


def test_the_ends_are_behind_the_last_records(kafka: LocalKafka) -> None:
    """Every partition is there, with the topic's id; a topic that does not exist is left out."""
    admin, name = Cluster(kafka.bootstrap).admin(), f"ends-{uuid.uuid4().hex}"
    ensure_topics(admin, [TopicPlan(name, 3)])
    fill(kafka.bootstrap, name, 0, 50)
    found = ends(admin, [name, "nobody"])
    assert {partition.topic for partition in found} == {name}
    assert len({partition.topic_id for partition in found}) == 1
    assert sum(found.values()) == 50


def test_a_topic_of_a_pattern_is_made_when_something_is_sent_to_it(kafka: LocalKafka, tmp_path: Path) -> None:
    """The project knows only the pattern; the sender names the topic, which has to fit it."""
    name = f"a{uuid.uuid4().hex}"
    text = MODULE.format(name=name).replace("(Table)", f'(Table, topic="legacy.*.{name}")')
    (tmp_path / "app.py").write_text(text)
    (tmp_path / "franca.toml").write_text(f"[kafka]\nbootstrap = '{kafka.bootstrap}'\n")
    (tmp_path / "rows.jsonl").write_text('{"num":"1"}\n{"num":"2"}\n')

    def send(*more: str) -> subprocess.CompletedProcess[str]:
        command = forked("send", f"{name}.cust", "rows.jsonl", *more)
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)

    unnamed, unread, sent = send(), send("--topic", "elsewhere"), send("--topic", f"legacy.eu.{name}")
    assert (unnamed.returncode, unread.returncode, sent.returncode) == (2, 2, 0), sent.stderr
    assert "--topic" in unnamed.stderr
    assert f"legacy.*.{name}" in unread.stderr
    admin = Cluster(kafka.bootstrap).admin()
    assert sum(ends(admin, [f"legacy.eu.{name}"]).values()) == 2
    assert topic_configs(admin, [f"legacy.eu.{name}"])[f"legacy.eu.{name}"]["cleanup.policy"] == "delete"
