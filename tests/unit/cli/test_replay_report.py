"""What a replay would change is shown without personal values, unless they are asked for."""

import json
import shutil
from pathlib import Path

import pytest

from franca.cli.replay_report import ReplayReport
from franca.config.project import load
from franca.operations.past.changes import Changes, Refusals, Report, Sample
from franca.sources.archive import Damage
from franca.types import Partition

BANK = Path(__file__).parents[3] / "examples" / "bank"


def report() -> Report:
    """Return a report of an application with one individual whose name and gender change."""
    fields = {"name": ("Ada Byron", "Ada King"), "gender": ("Male", "Female")}
    sample = Sample("CUST1", "raw.crm.cust/0/1/individual/c", fields)
    changes = Changes(changed=1, fields={"name": 1, "gender": 1}, samples={"changed": [sample]})
    damage = Damage(Partition("raw.crm.cust", 0, "id"), 5, 9, "an object is missing", is_lost=True)
    return Report("crm", "", "2-abc", 7, {"individual": changes}, Refusals(still=3), [damage])


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """Give a copy of the example."""
    return Path(shutil.copytree(BANK, tmp_path / "bank"))


def test_personal_fields_are_masked_in_both_outputs(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """That they change is told, and how others do."""
    shown = ReplayReport(load(bank), report(), is_revealed=False)

    shown.print_tables()
    table = capsys.readouterr().out
    shown.print_json(None)
    told = json.loads(capsys.readouterr().out)

    assert "Ada" not in table
    assert "Female" in table
    assert "5 to 8" in table
    (sample,) = told["entities"]["individual"]["samples"]["changed"]
    assert sample["fields"] == {"name": ["•••", "•••"], "gender": ["Male", "Female"]}
    assert told["damages"][0]["partition"]["topic"] == "raw.crm.cust"


def test_they_are_shown_where_that_is_asked_for(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever corrects a mapping may have to see them."""
    ReplayReport(load(bank), report(), is_revealed=True).print_tables()
    assert "Ada King" in capsys.readouterr().out
