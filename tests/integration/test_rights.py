"""Who may not see something is told so, and the rights that the documentation lists are enough."""

import argparse
import json
import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import ResourcePatternType, ResourceType

from franca.errors import DefinitionError
from franca.pipeline.control import KafkaControl
from franca.topics.admin import TopicPlan, control_config, ensure_topics, matching
from franca.topics.cluster import Cluster
from franca.topics.names import CONTROL_TOPIC
from tests.command import forked
from tests.conftest import Database
from tests.integration.crew import make_topic
from tests.integration.guarded import GuardedKafka, guarded_kafka
from tests.unit.topics.test_control import PAUSE

pytestmark = [pytest.mark.services, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "use-your-own-services.md"
SETTINGS = """[kafka]
bootstrap = "{address}"
[kafka.options]
"security.protocol" = "SASL_PLAINTEXT"
"sasl.mechanism" = "PLAIN"
"sasl.username" = "${{KAFKA_USER}}"
"sasl.password" = "a secret"
[store]
dsn = "{dsn}"
[run]
metrics_port = -1
"""
LITERAL = ResourcePatternType.LITERAL


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedKafka]:
    """Give a broker that knows some users, who have no rights yet."""
    users = ("nobody", "reader", "operator", "onramp", "archive", "lake", "store")
    with guarded_kafka(tmp_path_factory.mktemp("guarded"), *users) as broker:
        yield broker


def test_a_name_that_may_not_be_seen_is_no_topic_that_is_missing(kafka: GuardedKafka) -> None:
    """The cluster leaves it out of its list; of patterns there is nothing else to ask."""
    topic = make_topic(kafka.bootstrap, 1)
    admin = Cluster(kafka.guarded, kafka.options("nobody")).admin()
    with pytest.raises(DefinitionError, match="TOPIC_AUTHORIZATION_FAILED"):
        matching(admin, [topic])
    assert matching(admin, [f"{topic}*"]) == []
    everyone = Cluster(kafka.bootstrap).admin()
    assert matching(everyone, [topic, f"{topic[:-1]}*", "missing", "missing*"]) == [topic]


def test_status_says_so_where_nothing_may_be_seen(kafka: GuardedKafka, tmp_path: Path) -> None:
    """Nothing read and no lag would look as if all were well."""
    folder = _project(kafka, tmp_path, "host=nowhere")
    done = _franca(folder, "nobody", "status", "--json")
    assert done.returncode == 3, done.stderr
    found = json.loads(done.stdout)["pipelines"].values()
    assert [(each["read"], each["lag"]) for each in found] == [(None, None)] * 4
    assert all("TOPIC_AUTHORIZATION_FAILED" in each["last_error"] for each in found)


def test_a_pause_holds_where_it_may_not_be_answered(kafka: GuardedKafka) -> None:
    """A worker with the right to read alone heeds it, and says what it lacks."""
    ensure_topics(Cluster(kafka.bootstrap).admin(), [TopicPlan(CONTROL_TOPIC, 1, 1, control_config())])
    rights = [(ResourceType.TOPIC, CONTROL_TOPIC, LITERAL, name) for name in ("Read", "Describe")]
    mine = [(ResourceType.TOPIC, make_topic(kafka.bootstrap, 1), LITERAL, "Write")]
    kafka.grant("reader", [*rights, *mine, (ResourceType.GROUP, CONTROL_TOPIC, LITERAL, "Describe")])
    control = KafkaControl(Cluster(kafka.guarded, kafka.options("reader")), "lake", "w")
    control.open()
    told = control.heed(PAUSE)
    control.close()
    assert "right to WRITE to 'franca.control'" in told


def test_the_rights_that_the_documentation_lists_are_enough(
    kafka: GuardedKafka, postgres: Database, tmp_path: Path
) -> None:
    """An administrator may copy them: each worker runs with its own, and the operator sees it all."""
    folder = _project(kafka, tmp_path, postgres.dsn)
    for user, rights in _documented().items():
        kafka.grant(user, rights)
    for command in ("topics", "migrate --yes", "send crm.cust data/cust.jsonl"):
        done = _franca(folder, "operator", *command.split())
        assert done.returncode == 0, command + done.stdout + done.stderr
    for user, pipeline in {
        "onramp": "crm.on-ramp", "archive": "crm.archive", "lake": "lake", "store": "store"
    }.items():  # fmt: skip
        done = _franca(folder, user, "run", "--until-caught-up", pipeline)
        assert done.returncode == 0, user + done.stdout + done.stderr
    done = _franca(folder, "operator", "status")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAILED" not in done.stdout
    for command in ("pause lake", "resume lake", "dead-letters list"):
        done = _franca(folder, "operator", *command.split())
        assert done.returncode == 0, command + done.stdout + done.stderr


def _project(kafka: GuardedKafka, folder: Path, dsn: str) -> Path:
    """Make the project that `franca new` makes, on that broker."""
    subprocess.run(forked("new", "bank"), cwd=folder, check=True, capture_output=True, timeout=120)
    bank = folder / "bank"
    (bank / "franca.toml").write_text(SETTINGS.format(address=kafka.guarded, dsn=dsn))
    return bank


def _franca(folder: Path, user: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = forked(*arguments)
    environment = {**os.environ, "KAFKA_USER": user}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=200, check=False
    )


def _documented() -> dict[str, list[tuple[ResourceType, str, ResourcePatternType, str]]]:
    """Return the users' rights as the page's commands grant them."""
    (script,) = re.findall(r"```text\n(acl\(\).*?)```", PAGE.read_text(), re.DOTALL)
    shown = f'kafka-acls() {{ echo "$@"; }}\n{script}'
    done = subprocess.run(["bash", "-euc", shown], capture_output=True, text=True, check=True, timeout=30,
                          env={"KAFKA_BOOTSTRAP": "there"})  # fmt: skip
    parser = argparse.ArgumentParser()
    for name in ("bootstrap-server", "command-config", "resource-pattern-type"):
        parser.add_argument(f"--{name}", default="literal")
    parser.add_argument("--add", action="store_true")
    for name in ("allow-principal", "operation", "topic", "group", "transactional-id"):
        parser.add_argument(f"--{name}", action="append", default=[])
    found: defaultdict[str, list[tuple[ResourceType, str, ResourcePatternType, str]]] = defaultdict(list)
    for line in done.stdout.splitlines():
        told = parser.parse_args(line.split())
        pattern = ResourcePatternType[told.resource_pattern_type.upper()]
        names = {
            ResourceType.TOPIC: told.topic,
            ResourceType.GROUP: told.group,
            ResourceType.TRANSACTIONAL_ID: told.transactional_id,
        }
        for user in told.allow_principal:
            found[user.removeprefix("User:")] += [
                (kind, name, pattern, operation)
                for kind, some in names.items()
                for name in some
                for operation in told.operation
            ]
    return dict(found)
