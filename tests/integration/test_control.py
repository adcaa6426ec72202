"""Pause, resume and seek on a real Kafka, as a user types them, with workers as processes."""

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from confluent_kafka import Consumer, KafkaException

from franca.config.endpoints import endpoints
from franca.errors import UsageError
from franca.local.kafka import LocalKafka
from franca.operations.seek import Only, Seeker
from franca.operations.status import PipelineStatus, statuses
from franca.pipeline.pictures import pictures
from franca.topics.event_mark import read_mark
from franca.topics.names import consumer_group
from tests.command import forked
from tests.integration.crew import ROOT, wait_for
from tests.integration.desk import Desk, row

pytestmark = [pytest.mark.services, pytest.mark.slow]


def franca(folder: Path, *arguments: str, code: int = 0) -> str:
    """Run one command to its end, and return what it printed; it must end with the exit code."""
    command = forked("-p", str(folder), *arguments)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@contextmanager
def running(folder: Path, pipeline: str) -> Iterator[psutil.Process]:
    """Run a pipeline in worker processes while the block runs."""
    command = [sys.executable, "-m", "franca", "-p", str(folder), "run", pipeline]
    with (folder / "run.log").open("wb") as log:
        process = psutil.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        try:
            yield process
        except BaseException:
            process.kill()
            raise
        process.terminate()
        assert process.wait(60) == 0, (folder / "run.log").read_text()


def members(desk: Desk, pipeline: str) -> dict[str, str]:
    """Return the members of a pipeline's group: lasting names, and ids that change when one joins anew."""
    group = consumer_group(pipeline)
    admin = desk.cluster.admin()
    try:
        found = admin.describe_consumer_groups([group])[group].result(30)
    except KafkaException:
        return {}  # there is no such group yet
    return {str(m.group_instance_id): m.member_id for m in found.members if m.assignment.topic_partitions}


def status(desk: Desk) -> PipelineStatus:
    """Return what `franca status` says of the on-ramp."""
    project = desk.project()
    places = endpoints(project, desk.bootstrap, "")
    return next(each for each in statuses(project, places) if each.pipeline == f"{desk.name}.on-ramp")


def ids(desk: Desk) -> Counter[str]:
    """Return how often each event is on the orders' topic."""
    return Counter(read_mark(record.value).id for record in desk.records(desk.order) if record.value)


@pytest.fixture
def desk(kafka: LocalKafka, tmp_path: Path) -> Desk:
    """Give a project of two raw partitions that needs nothing but the session's Kafka."""
    (tmp_path / "desk").mkdir()
    desk = Desk(tmp_path / "desk", kafka.bootstrap, partitions=2)
    settings = f"[kafka]\nbootstrap = {kafka.bootstrap!r}\n[store]\ndsn = 'host=nowhere'\n"
    (desk.folder / "franca.toml").write_text(f"{settings}[run]\nsession_seconds = 6\nmetrics_port = -1\n")
    return desk


def test_a_pause_holds_all_workers_on_all_machines_and_keeps_the_group(desk: Desk, tmp_path: Path) -> None:
    """Two machines, one killed worker: nothing is read, nobody loses its place, and then all comes once.

    A copy of the project stands for the second machine.
    """
    pipeline, second = f"{desk.name}.on-ramp", tmp_path / "second"
    franca(desk.folder, "check")
    shutil.copytree(desk.folder, second)
    with running(desk.folder, pipeline), running(second, pipeline) as other:
        wait_for(lambda: len(members(desk, pipeline)) == 2, "both have partitions")
        before = members(desk, pipeline)
        told = franca(second, "pause", pipeline, "--reason", "the cellar is wet")
        assert "2 of 2" in told
        desk.send(*(row(str(n), f"n{n}") for n in range(500)))
        wait_for(lambda: status(desk).lag == 500, "the records are there")
        now = status(desk)
        assert now.paused is not None
        assert (now.state, now.paused.reason, now.read) == ("paused", "the cellar is wet", 0)
        assert members(desk, pipeline) == before
        (child,) = other.children()
        child.kill()
        wait_for(lambda: members(desk, pipeline).values() != before.values(), "the killed one is back")
        assert status(desk).read == 0
        assert "goes on" in franca(desk.folder, "resume", pipeline)
        wait_for(lambda: status(desk).lag == 0, "it has caught up")
        state = second / ".franca"
        wait_for(lambda: {p.state for p in pictures(state, pipeline)} == {"running"}, "all go on")
    assert sorted(ids(desk).values()) == [1] * 500


@pytest.mark.soak
def test_a_run_that_ends_by_itself_says_what_is_paused(desk: Desk) -> None:
    """Nobody waits for ever; what is through is through."""
    pipeline = f"{desk.name}.on-ramp"
    franca(desk.folder, "pause", pipeline)
    desk.send(row("1", "one"))
    told = franca(desk.folder, "run", "--until-caught-up", pipeline, code=1)
    assert f"{pipeline} is paused since" in told
    assert f"`franca resume {pipeline}` lets it go on" in told
    assert "was not paused" in franca(desk.folder, "resume", f"{desk.name}.archive")
    franca(desk.folder, "resume", pipeline)
    franca(desk.folder, "run", "--until-caught-up", pipeline)
    franca(desk.folder, "pause", pipeline)
    franca(desk.folder, "run", "--until-caught-up", pipeline)
    assert sum(ids(desk).values()) == 1


@pytest.mark.soak
def test_a_seek_moves_a_pipeline_that_runs_and_can_be_undone(desk: Desk) -> None:
    """Its workers stay in the group, pause for it, and go on there; going forward says what it skips."""
    pipeline = f"{desk.name}.on-ramp"
    franca(desk.folder, "check")
    with running(desk.folder, pipeline):
        desk.send(*(row(str(n), f"n{n}") for n in range(100)))
        wait_for(lambda: status(desk).read == 100, "all is read")
        before = members(desk, pipeline)
        plan = json.loads(franca(desk.folder, "seek", pipeline, "--to", "earliest", "--dry-run", "--json"))
        assert (plan["read_again"], plan["skipped"], plan["id"]) == (100, 0, None)
        assert status(desk).read == 100
        done = json.loads(franca(desk.folder, "seek", pipeline, "--to", "earliest", "--yes", "--json"))
        wait_for(lambda: status(desk).read == 200, "all is read again")
        assert members(desk, pipeline) == before
        assert set(ids(desk).values()) == {2}
        franca(desk.folder, "pause", pipeline)
        desk.send(*(row(f"late{n}", "late") for n in range(10)))
        told = franca(desk.folder, "seek", pipeline, "--to", "latest", "--yes")
        assert "up to 0 records are read again, up to 10 skipped" in told
        assert status(desk).state == "paused"
        history = json.loads(franca(desk.folder, "seek", pipeline, "--history", "--json"))
        assert history[0]["id"] == done["id"]
        back = told.rsplit("franca ", 1)[1].split()
        assert "up to 10 records are read again" in franca(desk.folder, *back, "--yes")
        franca(desk.folder, "resume", pipeline)
        wait_for(lambda: status(desk).read == 210, "what was skipped is read")
    assert len(ids(desk)) == 110


@pytest.mark.soak
def test_a_seek_waits_for_no_stranger_and_leaves_all_as_it_was(desk: Desk) -> None:
    """Whoever may be writing and does not heed the pause keeps the positions from being moved."""
    pipeline = f"{desk.name}.on-ramp"
    desk.send(row("1", "one"), row("2", "two"))
    franca(desk.folder, "run", "--until-caught-up", pipeline)
    settings = {"group.id": consumer_group(pipeline), "group.instance.id": "stranger"}
    stranger = Consumer({"bootstrap.servers": desk.bootstrap, **settings})
    stranger.subscribe([desk.raw])
    try:
        wait_for(lambda: bool(stranger.poll(0.2) or stranger.assignment()), "the stranger has joined")
        told = franca(desk.folder, "seek", pipeline, "--to", "earliest", "--yes", code=3)
        assert "no answer from stranger" in told
    finally:
        stranger.close()
    assert (status(desk).state, status(desk).lag) == ("", 0)


@pytest.mark.parametrize(
    ("target", "only", "told"),
    [
        ("1", Only(), "the offset 1 would be that of 2 partitions"),
        ("soon", Only(), "expected earliest, latest, an offset, or a time"),
        ("77", Only(partition=0), "got the offset 77, the partition holds 0 to"),
        ("latest", Only(topics=("nothing",)), "reads no such partition, only: raw."),
    ],
)
def test_a_target_that_can_not_be_is_told_with_what_is_expected(
    desk: Desk, target: str, only: Only, told: str
) -> None:
    """Nobody skips by a slip of the keyboard."""
    project = desk.project()
    seeker = Seeker(project, endpoints(project, desk.bootstrap, ""), f"{desk.name}.on-ramp")
    with pytest.raises(UsageError, match=told):
        seeker.plan(target, only)


def test_what_can_not_be_sought_is_told(desk: Desk) -> None:
    """The archive's objects are never written again, and a script has to say yes."""
    pipeline = f"{desk.name}.on-ramp"
    desk.send(row("1", "one"))
    archive = (f"{desk.name}.archive", "--to", "latest")
    assert "never written again" in franca(desk.folder, "seek", *archive, code=2)
    assert "moved, and nobody can be asked" in franca(desk.folder, "seek", pipeline, "--to", "latest", code=2)
    assert "got none or several" in franca(desk.folder, "seek", pipeline, code=2)
