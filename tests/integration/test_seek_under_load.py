"""Seeks of pipelines that go on between plan and pause: what was asked is done, and its numbers are told."""

import json
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from franca.config.endpoints import endpoints
from franca.config.pipelines import shapes
from franca.errors import UsageError
from franca.local.kafka import LocalKafka
from franca.operations.seek import Only, Seeker
from franca.views.lake import open_lake
from tests.integration.crew import wait_for
from tests.integration.desk import Desk, row
from tests.integration.test_control import franca, running
from tests.integration.whole.legacy import feed

pytestmark = [pytest.mark.services, pytest.mark.slow]

MOST_ROWS = 60_000
PER_SECOND = 150


@pytest.fixture
def desk(kafka: LocalKafka, tmp_path: Path) -> Desk:
    """Give a project that needs nothing but the session's Kafka, whose lake commits again and again."""
    desk = Desk(tmp_path, kafka.bootstrap)
    settings = f"[kafka]\nbootstrap = {kafka.bootstrap!r}\n[store]\ndsn = 'host=nowhere'\n"
    run = "[run]\nsession_seconds = 6\nmetrics_port = -1\n[pipelines.lake]\nlinger_seconds = 0.1\n"
    (desk.folder / "franca.toml").write_text(settings + run)
    return desk


def _offsets(desk: Desk) -> Counter[int]:
    """Return how often the lake has the event of each offset."""
    project = desk.project()
    with open_lake(endpoints(project, desk.bootstrap, "").lake_url, shapes(project)) as lake:
        return Counter(int(row[0]) for row in lake.query(f'SELECT _offset FROM "{desk.order}_events"').rows)


def test_a_seek_moves_a_pipeline_that_never_rests(desk: Desk) -> None:
    """It stands still for the move alone: what it had read by then comes again, all else once."""
    franca(desk.folder, "check")
    rows = [(desk.raw, b"k", msgspec.json.encode(row(str(n), f"n{n}"))) for n in range(MOST_ROWS)]
    with running(desk.folder, f"{desk.name}.on-ramp"), running(desk.folder, "lake"):
        with feed(desk.bootstrap, rows, PER_SECOND) as flow:
            wait_for(lambda: _offsets(desk)[0] == 1, "the lake reads")
            seek = ("seek", "lake", "--topic", desk.order, "--to", "earliest", "--yes")
            done = json.loads(franca(desk.folder, *seek, "--json"))
            assert done["id"], done
            wait_for(lambda: _offsets(desk)[0] == 2, "it reads again")
            told = franca(desk.folder, *seek)
            flow.wait_for(flow.sent + 300)
            flow.stop()
            sent = flow.sent
        wait_for(lambda: len(desk.records(desk.order)) == sent, "all events are there")
        last = max(record.offset for record in desk.records(desk.order))
        wait_for(lambda: _offsets(desk)[last] == 1, "the lake has the last one")
    (step,), history = done["steps"], json.loads(franca(desk.folder, "seek", "lake", "--history", "--json"))
    assert done["read_again"] == step["again"] == step["move"]["before"] > 0
    assert f"moved; back again with: franca seek lake --undo {history[1]['id']}" in told
    assert history[0]["id"] == done["id"]
    befores = [each["moves"][0]["before"] for each in history]
    assert f"up to {befores[1]:,} records are read again" in told
    found = _offsets(desk)
    assert found == {o.offset: 1 + sum(o.offset < end for end in befores) for o in desk.records(desk.order)}


def test_a_seek_is_planned_anew_behind_the_pause(desk: Desk) -> None:
    """The target is what was agreed to: what it takes by then is done, or nothing where it is there."""
    desk.send(*(row(str(n), "early") for n in range(5)))
    desk.run()
    seeker = Seeker(desk.project(), desk.places(), f"{desk.name}.on-ramp")
    plan = seeker.plan("earliest", Only())
    desk.send(*(row(str(n), "late") for n in range(7)))
    latest = seeker.plan("latest", Only())
    desk.run()

    assert plan.again == 5
    nothing = seeker.carry_out(latest)
    assert (nothing.plan.steps, nothing.seek) == ((), None)
    done = seeker.carry_out(plan)
    assert done.plan.again == 12
    assert seeker.history() == [done.seek]
    assert done.seek is not None
    assert [(move.before, move.after) for move in done.seek.moves] == [(12, 0)]


def test_a_seek_that_would_go_the_other_way_by_now_is_refused(desk: Desk) -> None:
    """Who agreed to skip something gets nothing read again, and is told how the pipeline stands still."""
    pipeline = f"{desk.name}.on-ramp"
    desk.send(*(row(str(n), "x") for n in range(10)))
    seeker = Seeker(desk.project(), desk.places(), pipeline)
    plan = seeker.plan("4", Only())
    assert plan.skipped == 4
    desk.run()

    with pytest.raises(
        UsageError, match="it has gone on meanwhile, and would go back from 10 to 4 now"
    ) as told:
        seeker.carry_out(plan)
    assert f"`franca pause {pipeline}` first, then look again with --dry-run" in str(told.value)
    assert seeker.history() == []
    assert "was not paused" in franca(desk.folder, "resume", pipeline)
