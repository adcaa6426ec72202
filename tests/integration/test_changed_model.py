"""The model changes while the pipelines run: nothing is lost, doubled, or mapped by two versions at once."""

import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from franca.local.kafka import LocalKafka
from franca.types import Record
from tests.conftest import Database
from tests.integration.changing import FIRST, GROWN, SECOND, Changing
from tests.integration.crew import wait_for
from tests.integration.whole.legacy import feed, send

pytestmark = [pytest.mark.services, pytest.mark.slow]

MOST_ROWS = 60_000
PER_SECOND = 250
LONGEST_PAUSE_SECONDS = 5.0
"""A hand-over takes about a second; the machine of a test may be busy with other things."""


@pytest.fixture
def project(tmp_path: Path, kafka: LocalKafka, postgres: Database) -> Changing:
    """Give a project with its first model."""
    made = Changing(tmp_path, kafka.bootstrap, postgres.dsn)
    made.write(FIRST)
    made("topics")
    return made


@pytest.mark.soak
def test_running_pipelines_take_up_a_new_field_under_load(project: Changing) -> None:
    """Each row gives one event, in order of the mappings' versions; lake and store have all of them."""
    rows = project.rows(0, MOST_ROWS)
    with feed(project.bootstrap, rows, PER_SECOND) as flow, project.running("--workers", "2"):
        wait_for(lambda: project.has_events(300), "events come")
        project.write(GROWN)
        project("reload", code=1)
        project("migrate", "--yes")
        (run,) = project.json("reload")
        flow.wait_for(flow.sent + 300)
        flow.stop()
        sent = flow.sent
        wait_for(lambda: project.store('SELECT count(*) FROM "NAME"') == [(sent,)], "the store has all")
        wait_for(lambda: project.lake("select count(*) from NAME_events") == [(sent,)], "the lake has all")

    assert run["state"] == "reloaded"
    assert [change["what"] for change in run["changes"]] == ["replaced"] * 8
    versions = mapping_versions(project.records())
    assert sum(map(len, versions.values())) == sent < MOST_ROWS
    assert all(found == sorted(found) for found in versions.values())
    made = Counter(number for found in versions.values() for number in found)
    assert set(made) == {1, 2}
    counts = "select count(distinct _event_id), count(distinct id), count(mail) from NAME_events"
    assert project.lake(counts) == [(sent, sent, made[2])]
    counts = 'SELECT count(mail), count(*) FILTER (WHERE "_mapping" = 2) FROM "NAME"'
    assert project.store(counts) == [(made[2], made[2])]
    assert longest_pause(project.records()) < LONGEST_PAUSE_SECONDS


def mapping_versions(records: Iterable[Record]) -> dict[int, list[int]]:
    """Return the numbers of the mappings that made a topic's events, per partition in order."""
    found = defaultdict(list)
    for record in records:
        version = msgspec.json.decode(record.value or b"")["mapping"]
        found[record.partition].append(int(version.partition("-")[0]))
    return found


def longest_pause(records: Iterable[Record]) -> float:
    """Return for how many seconds at most no event was published on any partition."""
    times = defaultdict(list)
    for record in records:
        times[record.partition].append(record.timestamp)
    return max(later - earlier for each in times.values() for earlier, later in pairwise(each)) / 1000


@pytest.mark.soak
def test_two_versions_are_fed_side_by_side_until_the_old_one_is_retired(project: Changing) -> None:
    """A new version has a topic and tables of its own; the old one ends when it is told to, data and all."""
    with project.running():
        send(project.bootstrap, project.rows(0, 10))
        wait_for(lambda: len(project.records()) == 10, "the first events are there")
        project.write(FIRST, SECOND)
        project("migrate", "--yes")
        project("reload")
        send(project.bootstrap, project.rows(10, 20))
        wait_for(
            lambda: project.store('SELECT count(*) FROM "NAME_v2"') == [(10,)], "the new table is filled"
        )
        wait_for(lambda: project.store('SELECT count(*) FROM "NAME"') == [(20,)], "the old one goes on")
        wait_for(lambda: project.lake("select count(*) from NAME_v2") == [(10,)], "so is the new lake table")
        project.write(SECOND)
        assert f"--retire {project.name}/1" in project("check", code=1)
        project("migrate", "--retire", f"{project.name}/1", "--yes")
        assert "is still fed" in project(
            "migrate", "--retire", f"{project.name}/1", "--drop", "--yes", code=1
        )
        project("reload")
        project("migrate", "--retire", f"{project.name}/1", "--drop", "--yes")
        send(project.bootstrap, project.rows(20, 30))
        wait_for(lambda: project.store('SELECT count(*) FROM "NAME_v2"') == [(20,)], "the new one goes on")

    event = msgspec.json.decode(project.records(".v2")[0].value or b"")
    assert (event["type"], event["dataschema"]) == (f"{project.name}.changed", f"{project.name}/2")
    assert project.records() == []
    assert project.store("SELECT to_regclass('\"NAME\"')") == [(None,)]
    assert not (project.folder / ".franca" / "lake" / project.name).exists()
    assert [path.name for path in sorted((project.folder / "contracts").iterdir())] == [
        f"{project.name}.v2.json",
        "mappings.json",
    ]


@pytest.mark.parametrize("steps", [2, *(pytest.param(n, marks=pytest.mark.soak) for n in (1, 3))])
def test_a_migration_that_is_killed_goes_on_where_it_was(project: Changing, steps: int) -> None:
    """Whatever was done stays done, and the rest follows; done again there is nothing to do."""
    project("migrate", "--yes")
    project.write(GROWN)
    process = subprocess.Popen(
        project.command("migrate", "--yes"),
        cwd=project.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for _ in range(steps):
        assert process.stderr.readline().startswith("done: ")
    process.kill()
    process.wait(30)
    process.stderr.close()

    project("migrate", "--yes")

    assert project.json("migrate", "--dry-run")["steps"] == []
    assert project.store('SELECT mail FROM "NAME"') == []
    assert [each["state"] for each in project.json("check")["contracts"]] == ["published"]


@pytest.mark.soak
def test_a_change_is_taken_back_with_its_contract(project: Changing) -> None:
    """The former model runs on: a column that it lacks is left alone."""
    project("migrate", "--yes")
    contract = project.folder / "contracts" / f"{project.name}.json"
    before = contract.read_bytes()
    project.write(GROWN)
    project("migrate", "--yes")
    project.write(FIRST)
    contract.write_bytes(before)

    assert [step["statement"] for step in project.json("migrate", "--yes")["steps"]] == [
        f"publish {project.name}/1"
    ]
    send(project.bootstrap, project.rows(0, 10))
    project("run", "--until-caught-up")

    assert project.store('SELECT count(*), count(mail) FROM "NAME"') == [(10, 0)]
    assert project.lake("select count(*) from NAME") == [(10,)]


def test_a_model_that_can_not_start_leaves_the_run_as_it_is(project: Changing) -> None:
    """What is wrong is told by the command, and the old workers go on."""
    with project.running():
        project.write(FIRST.replace("name=row.name", "name=row.nane"))
        assert "nane" in project("reload", code=1)
        project.write(FIRST.replace("name: Pii[str]", "title: Pii[str]").replace("name=row", "title=row"))
        assert "field renamed" in project("reload", code=1)
        assert "version=2" in project("migrate", "--yes", code=1)
        send(project.bootstrap, project.rows(0, 10))
        wait_for(lambda: len(project.records()) == 10, "the old workers go on")
        project.write(FIRST)


def test_a_run_with_an_unmigrated_model_does_not_start(project: Changing) -> None:
    """It names the command that helps."""
    project("migrate", "--yes")
    project.write(GROWN)

    assert "run `franca migrate`" in project("run", "--until-caught-up", code=1)


def test_what_its_owner_accepts_is_published(project: Changing) -> None:
    """A difference that fits the same tables may be accepted by name; others may not."""
    project("migrate", "--yes")
    project.write(FIRST.replace("name: Pii[str]", "name: Pii[str] | None"))
    told = project("migrate", "--yes", code=1)
    assert f"--accept {project.name}.name" in told

    project("migrate", "--yes", "--accept", f"{project.name}.name")

    assert [each["state"] for each in project.json("check")["contracts"]] == ["published"]
