"""What a batch of one's own may not do to what it is given, and what others find behind it."""

import sys
from pathlib import Path

import pytest

from bench.process import ProgramFailedError
from bench.proof import changes
from bench.proof.equality import DifferentError
from bench.proof.given import InputChangedError
from bench.proof.ground import Ground
from bench.proof.measure import Measure
from bench.proof.plan import Plan
from bench.proof.workloads import OWN
from bench.stage import Stage

BASE, SIZE = 2_000, 100
PROGRAMS = {"appends": "python_batch", "increments": "duckdb_rewrite", "tpcdi": "mgmt_python"}
INPUTS = {
    "appends": f"bank-{SIZE}.jsonl",
    "increments": f"base-{BASE}/changes-{SIZE}-{changes.AGAIN}.jsonl",
    "tpcdi": f"mgmt-{SIZE}",
}
SPOIL = {
    "appends": "Path(file).write_bytes(Path(file).read_bytes()[:-1])",
    "increments": "Path(file).unlink()",
    "tpcdi": "Path(file, 'customer.parquet').touch()",
}
IN_PLACE = """
import shutil, sys
from pathlib import Path
from deltalake import DeltaTable
from bench.proof.programs import duckdb_rewrite
file, folder = sys.argv[1:]
shutil.copytree(folder, f"{folder}-merged")
duckdb_rewrite.main(file, f"{folder}-merged")
for name in ("individual", "customer"):
    (old,), (new,) = (DeltaTable(f"{each}/{name}").file_uris() for each in (folder, f"{folder}-merged"))
    Path(old).write_bytes(Path(new).read_bytes())
"""


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    """Give a ground without services: these batches use none."""
    stage = Stage(tmp_path / "stage", "", "", {}, 0.0)
    stage.folder.mkdir()
    return Ground(stage, tmp_path / "home", Plan(base=BASE, hour=SIZE))


def a_program(workload: str, *more: str) -> str:
    """Return a program that does what a contestant does, and more."""
    lines = ("import sys", "from pathlib import Path", "file, folder = sys.argv[1:]")
    name = PROGRAMS[workload]
    right = (f"from bench.proof.programs import {name}", f"{name}.main(file, folder)")
    return "\n".join((*lines, *right, *more))


def measure(ground: Ground, workload: str, text: str) -> Measure:
    """Measure a program as one of one's own."""
    program = ground.stage.folder / "mine.py"
    program.write_text(text)
    return OWN[workload]("mine", lambda _ground: [sys.executable, str(program)])(ground, SIZE)


def test_who_writes_over_a_tables_file_differs_and_spoils_nobodys_base(ground: Ground) -> None:
    """Its rows are right, but no reader of Delta takes a file of another size than the log has."""
    with pytest.raises(DifferentError, match=r"^mine: 'individual' can't be read: 'part-.* bytes"):
        measure(ground, "increments", IN_PLACE)
    assert measure(ground, "increments", a_program("increments")).rows == 2 * BASE


def test_what_an_increment_comes_to_is_known_before_it_is_merged(ground: Ground) -> None:
    """Whatever a program does to the tables that are kept for others."""
    kept = ground.home / f"base-{BASE}"
    text = f"next(Path({str(kept)!r}, 'tables', 'customer').glob('*.parquet')).write_bytes(b'')"
    with pytest.raises(InputChangedError, match=r"^mine\.py changed its input .*/base-2000/tables, which "):
        measure(ground, "increments", a_program("increments", text))
    assert not (kept / "tables").exists()
    assert list(kept.glob("contents-*"))
    assert measure(ground, "increments", a_program("increments")).rows == 2 * BASE


@pytest.mark.parametrize("workload", OWN)
def test_who_changes_its_input_is_refused_and_the_next_has_it_anew(ground: Ground, workload: str) -> None:
    """Its own tables were right; those of the next are too."""
    with pytest.raises(InputChangedError) as found:
        measure(ground, workload, a_program(workload, SPOIL[workload]))
    kept = ground.home / INPUTS[workload]
    assert str(found.value) == f"mine.py changed its input {kept}, which is written anew for others"
    assert not kept.exists()
    assert measure(ground, workload, a_program(workload)).contestant == "mine"


def test_who_changes_its_input_and_fails_changed_its_input(ground: Ground) -> None:
    """One that fails alone leaves the input for the next."""
    with pytest.raises(InputChangedError):
        measure(ground, "appends", a_program("appends", SPOIL["appends"], "sys.exit(3)"))
    with pytest.raises(ProgramFailedError):
        measure(ground, "appends", a_program("appends", "sys.exit(3)"))
    assert (ground.home / INPUTS["appends"]).exists()
