"""`franca lake` and what views read of it, where no service runs: on tables that somebody has written."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from bench.lake_events import main as written
from franca.cli.main import app

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
