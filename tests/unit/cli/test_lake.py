"""`franca lake` and what views read of it, where no service runs: on tables that somebody has written."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer
from deltalake import DeltaTable

from bench.lake_events import main as written
from franca.cli.main import app
from franca.config.settings import MOST_HOURS
from franca.errors import DefinitionError, UnavailableError

EXAMPLE = Path(__file__).parents[3] / "examples" / "bank"


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """Return the folder of a project with a hundred individuals in its lake."""
    folder = shutil.copytree(EXAMPLE, tmp_path / "bank", ignore=shutil.ignore_patterns(".franca"))
    written([str(folder), "100", "100", "2", "0"])
    return folder


def franca(capfd: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> list[dict[str, Any]]:
    """Return what a command prints as JSON."""
    capfd.readouterr()
    app(["--project", str(folder), *arguments, "--json"], standalone_mode=False)
    found: list[dict[str, Any]] = json.loads(capfd.readouterr().out)
    return found


def test_json_names_what_it_tells(bank: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Sizes and positions are objects: nobody has to count the places of a list."""
    (folded,) = franca(capfd, bank, "lake", "fold", "individual")
    assert {each["topic_id"] for each in folded["position"]} == {"t"}
    (status,) = franca(capfd, bank, "lake", "status", "individual")
    assert status["snapshot"].keys() == {"version", "files", "rows", "bytes"}
    assert status["events"]["rows"] == 100
    assert status["position"] == folded["position"]


def test_a_view_is_shown_as_it_is_applied(bank: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Also where current states read the snapshot, which they do once there were two folds."""
    for first in (100, 200):
        franca(capfd, bank, "lake", "fold", "individual")
        written([str(bank), "100", "10", "1", str(first)])
    applied = franca(capfd, bank, "views", "apply", "--dialect", "duckdb")
    (made,) = [each["sql"] for each in applied if (each["name"], each["does"]) == ("individual", "view")]
    app(["--project", str(bank), "views", "show", "individual", "--dialect", "duckdb"], standalone_mode=False)
    shown = capfd.readouterr().out
    assert "_individual_snapshot" in shown
    assert shown.rstrip(";\n").endswith(made)


def test_an_entity_that_is_damaged_is_in_the_way_of_no_other(
    bank: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """What can be told of the others is told, and what is wrong behind it, with the exit code of that."""
    franca(capfd, bank, "lake", "fold", "individual")
    log = bank / ".franca/lake/customer/events/_delta_log"
    log.mkdir(parents=True)
    (log / f"{0:020d}.json").write_text("{")
    for command in ("status", "fold", "compact", "vacuum", "upkeep", "verify"):
        capfd.readouterr()
        with pytest.raises(DefinitionError, match="customer/events: commits of its log are damaged"):
            app(["--project", str(bank), "lake", command, "--json"], standalone_mode=False)
        found = json.loads(capfd.readouterr().out)
        told = {each if isinstance(each, str) else each["entity"] for each in found}
        assert told == {"account", "individual"}


def test_files_that_are_gone_are_told(bank: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """By `verify`: which table's, and what to do."""
    franca(capfd, bank, "lake", "fold", "individual")
    for table in ("events", "snapshot"):
        next((bank / ".franca/lake/individual" / table).glob("*.parquet")).unlink()
    capfd.readouterr()
    code = app(["--project", str(bank), "lake", "verify", "--no-topics", "--json"], standalone_mode=False)
    assert code == 1
    (problems,) = [each["problems"] for each in json.loads(capfd.readouterr().out) if each["problems"]]
    assert [problem.partition(" files")[0] for problem in problems] == ["events: 1 of 2", "snapshot: 1 of 1"]


@pytest.mark.parametrize("command", ["status", "fold", "upkeep"])
def test_events_that_are_gone_as_a_whole_are_told(
    bank: Path, capfd: pytest.CaptureFixture[str], command: str
) -> None:
    """With what to do, as a query tells it: the snapshot that is left is nothing to go on with."""
    franca(capfd, bank, "lake", "fold")
    shutil.rmtree(bank / ".franca/lake/individual/events/_delta_log")
    with pytest.raises(UnavailableError, match="the events that it was made of are none; bring them back"):
        app(["--project", str(bank), "lake", command], standalone_mode=False)
    assert "customer" in capfd.readouterr().out


def test_no_vacuum_keeps_for_longer_than_times_reach(bank: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """It is refused before the table's settings say so; what a setting may say is done."""
    before = DeltaTable(bank / ".franca/lake/individual/events").version()
    vacuum = ["--project", str(bank), "lake", "vacuum", "individual", "--keep-hours"]
    with pytest.raises(typer.BadParameter, match=str(MOST_HOURS)):
        app([*vacuum, str(MOST_HOURS + 1)], standalone_mode=False)
    assert DeltaTable(bank / ".franca/lake/individual/events").version() == before
    app([*vacuum, str(MOST_HOURS)], standalone_mode=False)
    capfd.readouterr()


@pytest.mark.parametrize("command", ["status", "vacuum", "verify", "compact"])
def test_a_lake_whose_kind_nobody_knows_is_no_empty_one(
    bank: Path, capfd: pytest.CaptureFixture[str], command: str
) -> None:
    """A slip in the scheme of its URL would be told as a lake of which nothing was written yet."""
    with (bank / "franca.toml").open("a") as settings:
        settings.write('\n[lake]\nurl = "s4://bucket/lake"\n')
    with pytest.raises(DefinitionError, match="no store is known"):
        app(["--project", str(bank), "lake", command], standalone_mode=False)
    capfd.readouterr()
