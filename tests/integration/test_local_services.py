"""Both local services together, and the pinned parts that they are made of."""

import json
import subprocess
from pathlib import Path

import psutil
import pytest

from franca.errors import UnavailableError
from franca.local.jars import kafka_version, pinned
from franca.local.pin import needed
from franca.local.postgres import LocalPostgres
from franca.local.services import Services
from tests.command import forked

pytestmark = pytest.mark.services


def test_both_start_and_stop_together(tmp_path: Path) -> None:
    """Up, status and down do what they say, twice, and no process is left."""
    services = Services(tmp_path / ".franca")
    said: list[str] = []
    try:
        services.up(lambda what, _done, _total: said.append(what))
        running = services.status()
        services.up()
        assert [each.pid for each in services.status()] == [each.pid for each in running]
    finally:
        services.down()
    assert [(each.name, each.running) for each in running] == [("kafka", True), ("postgres", True)]
    assert all(each.pid > 0 and each.log.exists() for each in running)
    assert {"starting kafka", "starting postgres"} <= set(said)
    assert not any(psutil.pid_exists(each.pid) for each in running)
    assert [each.running for each in services.status()] == [False, False]


def test_one_that_the_user_has_is_left_out(tmp_path: Path) -> None:
    """With a Kafka of one's own, only PostgreSQL is started."""
    services = Services(tmp_path, kafka=False)
    services.up()
    try:
        assert [each.name for each in services.status()] == ["postgres"]
    finally:
        services.down()
    assert not (tmp_path / "kafka").exists()


def test_what_was_started_is_stopped_whatever_the_settings_say_by_then(tmp_path: Path) -> None:
    """The command ends a server that the user's own has replaced meanwhile, and tells its name."""
    (tmp_path / "franca.toml").write_text("[kafka]\nbootstrap = '127.0.0.1:1'\n")
    subprocess.run(forked("up"), cwd=tmp_path, check=True)
    postgres = LocalPostgres(tmp_path / ".franca")
    assert postgres.running()
    try:
        with (tmp_path / "franca.toml").open("a") as settings:
            settings.write("[store]\ndsn = 'postgresql://u@127.0.0.1:1/d'\n")
        told = [
            subprocess.run(forked("down", "--json"), cwd=tmp_path, check=True, capture_output=True).stdout
            for _ in range(2)
        ]
        assert [json.loads(each) for each in told] == [{"stopped": ["postgres"]}, {"stopped": []}]
        assert postgres.pid == 0
    finally:
        postgres.stop()


def test_the_status_of_what_was_never_started_is_no_error(tmp_path: Path) -> None:
    """Looking changes nothing."""
    assert [each.running for each in Services(tmp_path).status()] == [False, False]
    assert list(tmp_path.iterdir()) == []


def test_all_that_went_wrong_is_told_at_once(tmp_path: Path) -> None:
    """When neither can start, one error names both."""
    (tmp_path / "file").touch()
    with pytest.raises(UnavailableError, match=r"kafka is unavailable.*store is unavailable"):
        Services(tmp_path / "file").up()


@pytest.mark.slow
def test_the_pinned_jars_are_what_the_broker_asks_for(tmp_path: Path) -> None:
    """The list is fresh: it is what Maven Central's own descriptions lead to."""
    asked = {(each.groupId, each.artifactId, each.version) for each in needed(kafka_version(), tmp_path)}
    assert asked == {(jar.group, jar.artifact, jar.version) for jar in pinned()}
