"""Dead letters are chosen by what they are about, grouped, discarded and taken back, on a real Kafka."""

import json
import subprocess
from pathlib import Path

import msgspec
import pytest

from franca.cli.moments import moment_text
from franca.errors import DecodeError, DefinitionError, RecordError, UsageError, WriteError
from franca.local.kafka import LocalKafka
from franca.operations.letters.discard import Discard
from franca.operations.letters.filter import Filter
from franca.operations.letters.summary import grouped
from franca.sinks.letterbox import Letterbox
from franca.sinks.parking import Parking
from franca.topics.dead_letter import Discarded, dead_letter
from franca.types import Record
from tests.command import forked
from tests.integration.crew import ROOT
from tests.integration.desk import Desk, row

pytestmark = pytest.mark.services


def franca(desk: Desk, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command on dead letters as a user does, whom nobody can be asked for."""
    command = forked("-p", str(desk.folder), "dead-letters", *arguments)
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=False
    )


def ids(desk: Desk, **wanted: object) -> list[str]:
    """Return the letters that some conditions mean, without the topic."""
    found = desk.letters().survey(Filter(**wanted))  # type: ignore[arg-type]  # told by name
    return [each.id.removeprefix(desk.raw + "/0/") for each in found]


def test_each_condition_means_the_letters_that_it_says(kafka: LocalKafka, tmp_path: Path) -> None:
    """Application, table, stage, code, mapping or version, topic, key and time, each alone and together."""
    desk = Desk(tmp_path, kafka.bootstrap)
    desk.send(b"no json", row("1", "one", "N"), row("2", "two", label="X"))
    desk.run()
    every = ["0/decode", "1/map/order", "2/map/label"]
    came = desk.records(desk.raw)[1].timestamp

    assert ids(desk) == ids(desk, application=desk.name) == ids(desk, table="row") == every
    assert ids(desk, stage="decode") == ids(desk, code="not-json") == every[:1]
    assert ids(desk, mapping="label") == every[2:]
    assert ids(desk, mapping="1") == every
    assert ids(desk, mapping="2") == ids(desk, topic="other") == ids(desk, key="other") == []
    assert ids(desk, topic=desk.raw, key="k") == every
    assert ids(desk, until=came, stage="map") == ids(desk, since=came + 60_000) == []
    assert ids(desk, since=came, code="unknown-code") == every[1:]
    with pytest.raises(UsageError, match="no such table, there are: row"):
        ids(desk, table="other")


def test_letters_of_a_store_tell_their_table(kafka: LocalKafka, tmp_path: Path) -> None:
    """Their record is an event, whose source names it; two stores refuse one event, published once again."""
    desk = Desk(tmp_path, kafka.bootstrap)
    desk.send(row("1", "one"), row("1", "two"))
    desk.run()
    refused = desk.records(desk.order)[1]
    for pipeline in ("lake", "store"):
        parking = Parking(Letterbox(desk.cluster).publish, pipeline, [desk.name])
        parking.add([(refused, _error())])

    assert [each.table for each in desk.letters().survey(Filter(stage="write"))] == ["row", "row"]
    result = desk.replay()

    assert (result.replayed, result.messages, desk.listed()) == (2, 1, [])
    assert desk.notes() == ["1 one", "1 two", "1 two"]


def _error() -> RecordError:

    return WriteError("note", "does not fit", "out-of-range")


def test_groups_count_their_letters_and_have_the_newest_as_example(kafka: LocalKafka, tmp_path: Path) -> None:
    """Many letters of one kind are one line, the largest group first."""
    desk = Desk(tmp_path, kafka.bootstrap)
    desk.send(row("1", "one", label="X"), *(row(str(n), f"n{n}", "N") for n in range(5)))
    desk.run()

    groups = grouped(desk.letters().survey(Filter()))

    assert [(g.table, g.stage, g.path, g.code, g.letters) for g in groups] == [
        ("row", "map", "state", "unknown-code", 5),
        ("row", "map", "text", "unknown-code", 1),
    ]
    assert groups[0].example.id == f"{desk.raw}/0/5/map/order"
    shown = json.loads(franca(desk, "list", "--grouped", "--json").stdout)
    assert [(g["letters"], g["example"]["id"]) for g in shown] == [(g.letters, g.example.id) for g in groups]
    assert groups[0].example.id in franca(desk, "list").stdout
    assert "6 dead letters" in franca(desk, "list", "--all").stdout


def test_a_discarded_letter_is_not_listed_not_replayed_and_not_lost(
    kafka: LocalKafka, tmp_path: Path
) -> None:
    """Who, when and why is kept with it, every byte stays, and it can be taken back."""
    desk = Desk(tmp_path, kafka.bootstrap)
    desk.send(row("1", "one", "N"), b"\xff no text", row("2", "two", "N"))
    desk.run()
    desk.know_state("N")
    before = desk.listed()
    binary = before[1].id

    refused = franca(desk, "discard", binary)
    assert (refused.returncode, desk.listed()) == (2, before)
    assert "1 letters would be discarded, and nobody can be asked" in refused.stderr
    assert franca(desk, "discard", binary, "--yes", "--reason", "a test").returncode == 0

    assert [letter.id for letter in desk.listed()] == [before[0].id, before[2].id]
    (gone,) = desk.letters().read(Filter(discarded=True))
    assert isinstance(gone.discarded, Discarded)
    assert gone.discarded.reason == "a test"
    assert "@" in gone.discarded.by
    assert msgspec.structs.replace(gone, discarded=msgspec.UNSET) == before[1]
    assert "a test" in franca(desk, "list", "--discarded", "--all").stdout
    assert json.loads(franca(desk, "show", binary).stdout)["discarded"]["reason"] == "a test"
    with pytest.raises(DefinitionError, match="the letter was discarded; take it back with"):
        desk.replay(binary)
    assert desk.replay().replayed == 2

    assert json.loads(franca(desk, "discard", "--undo", "--yes", "--json").stdout) == {"restored": 1}
    assert desk.listed() == [before[1]]


def test_a_letter_that_fills_its_topic_is_not_cut_by_its_mark(kafka: LocalKafka, tmp_path: Path) -> None:
    """Discarding loses no byte: where the mark does not fit, the command says so and nothing is done."""
    desk = Desk(tmp_path, kafka.bootstrap, {"dead": 20_000})
    desk.send(b"x" * 19_000)
    desk.run()
    (before,) = desk.listed()
    assert before.whole

    with pytest.raises(DefinitionError, match="with the mark it would have"):
        desk.letters().discard(Filter(), Discard.now("somebody", "because " * 200))

    assert desk.listed() == [before]
    desk.letters().discard(Filter(), Discard.now("somebody", ""))
    assert desk.listed() == []


def test_letters_are_chosen_by_when_they_were_refused(kafka: LocalKafka, tmp_path: Path) -> None:
    """Whenever their records came, as the rows of a backfill at its time; tries change nothing."""
    desk = Desk(tmp_path, kafka.bootstrap)
    old = Record(desk.raw, 0, 7, 1_000, None, b"no json")
    Letterbox(desk.cluster).publish([dead_letter(desk.name, old, DecodeError("", "no JSON", "not-json"))])
    refused = desk.records(desk.dead)[0].timestamp
    every = ["7/decode"]

    for again in (lambda: None, desk.replay, lambda: discarded(desk), lambda: discarded(desk, undo=True)):
        again()
        both = {"discarded": None}
        assert ids(desk, since=refused, **both) == ids(desk, until=refused + 1, **both) == every
        assert ids(desk, until=refused, **both) == ids(desk, since=refused + 1, **both) == []
    (group,) = grouped(desk.letters().survey(Filter()))
    assert (group.first, group.last, group.tried) == (1_000, 1_000, 2)
    assert (group.refused_first, group.refused_last) == (refused, refused)
    told = franca(desk, "list", "--since", "1h")
    assert f"came 1970-01-01 00:00:01, refused {moment_text(refused)}, tried 2 times" in told.stdout


def discarded(desk: Desk, *, undo: bool = False) -> None:
    """Discard all letters, or take that back."""
    mark = Discard(None) if undo else Discard.now("me", "why")
    assert desk.letters().discard(Filter(discarded=undo), mark) == 1
