"""A model that breaks its published contracts publishes nothing, whatever the command, until migrated."""

import subprocess
from pathlib import Path

import msgspec
import pytest

from franca.local.kafka import LocalKafka
from tests.command import forked
from tests.integration.crew import ROOT
from tests.integration.desk import Desk, row

pytestmark = pytest.mark.services

TEXT, NULLABLE = "    state: str\n\nclass", "    state: str | None\n\nclass"


def franca(desk: Desk, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user does, whom nobody can be asked for."""
    command = forked("-p", str(desk.folder), *arguments)
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=False
    )


@pytest.fixture
def desk(kafka: LocalKafka, tmp_path: Path) -> Desk:
    """Give a desk with one order and one letter, whose model then differs and gives both."""
    made = Desk(tmp_path, kafka.bootstrap)
    assert franca(made, "migrate", "--yes", "--no-store", "--no-lake").returncode == 0
    made.send(row("1", "one"), row("2", "two", ""))
    made.run("archive")
    made.run()
    module = tmp_path / "desk.py"
    changed = module.read_text().replace(TEXT, NULLABLE, 1)
    module.write_text(changed.replace('"open"}', '"open", "": None}').replace("note=row.note", 'note="new"'))
    assert NULLABLE in module.read_text()
    return made


def refusal(desk: Desk) -> str:
    """Return what `franca run` says first of the model."""
    told = franca(desk, "run", "--until-caught-up")
    assert told.returncode == 1
    return told.stderr.splitlines()[0]


@pytest.mark.parametrize(
    "command", ["dead-letters replay", "replay", "replay --publish", "replay --all --publish"]
)
def test_what_publishes_is_refused_as_a_run_is(desk: Desk, command: str) -> None:
    """The remedy is the same, nothing comes to the topic, and the letter stays as it was."""
    options = [] if command.startswith("dead") else ["--application", desk.name]

    told = franca(desk, *command.split(), *options)

    assert (told.returncode, told.stderr.splitlines()[0]) == (1, refusal(desk))
    assert f"franca migrate --accept {desk.order}.state" in told.stderr
    assert desk.notes() == ["1 one"]
    assert [letter.tried for letter in desk.listed()] == [1]


@pytest.mark.parametrize("command", ["dead-letters replay --dry-run", "replay --diff"])
def test_who_only_looks_is_told_that_nothing_can_be_published(desk: Desk, command: str) -> None:
    """What would be is shown all the same."""
    options = [] if command.startswith("dead") else ["--application", desk.name]

    told = franca(desk, *command.split(), *options)

    assert told.returncode == 0, told.stderr
    assert told.stderr.splitlines()[0] == refusal(desk)
    assert "nothing is published" in told.stderr
    assert "1 would succeed" in told.stdout or "\n2 records through the mappings" in f"\n{told.stdout}"


def test_once_migrated_all_is_published(desk: Desk) -> None:
    """By the letters' replay and by that of the past, with the version of the mappings in its file."""
    accepted = ("--accept", f"{desk.order}.state", "--no-store", "--no-lake")
    assert franca(desk, "migrate", "--yes", *accepted).returncode == 0

    letters = franca(desk, "dead-letters", "replay")
    numbers = msgspec.json.decode((desk.folder / "contracts" / "mappings.json").read_bytes())
    past = franca(desk, "replay", "--application", desk.name, "--publish")

    assert (letters.returncode, past.returncode) == (0, 0), letters.stderr + past.stderr
    assert [len(each) for each in numbers.values()] == [2]
    assert desk.notes() == ["1 one", "2 new", "1 new"]
    assert desk.listed() == []
