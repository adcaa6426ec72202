"""What a stream costs while little comes, beside a batch an hour: from how many tables on it takes less."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from bench.process import run, together_megabytes
from bench.proof import prices
from bench.proof.measure import Measure
from bench.proof.plainly import standing
from bench.proof.plan import Plan
from bench.proof.result import made
from bench.proof.standing import write_pairs
from bench.stage import Project, write_bank
from franca.config.project import load
from franca.model.shape import shape_of

ROW = Measure(
    workload="increments",
    contestant="duckdb-rewrite",
    size=10_000,
    repetition=1,
    changes=10_000,
    cpu_seconds=20.0,
    server_cpu_seconds=0.0,
    seconds=1.0,
    megabytes=1.0,
)


def told(name: str, one: float, eight: float) -> list[Measure]:
    """Return what stands: an hour's CPU-seconds of one pair of tables, and of eight."""
    extra = {"idle": 180.0, "idle, servers": 120.0, "objects": 2_000.0}
    return [
        msgspec.structs.replace(
            ROW, workload="standing", contestant=name, size=pairs, extra={**extra, "trickle": trickle}
        )
        for pairs, trickle in ((1, one), (8, eight))
    ]


def test_the_stream_takes_less_from_as_many_tables_on_as_pay_for_what_stands() -> None:
    """And never, where each further pair costs as much as its batch."""
    batch = msgspec.structs.replace(ROW, workload="standing")
    measures = [*told("franca", 400.0, 540.0), *told("franca-minute", 205.0, 240.0), batch]
    text = standing(made(Plan(), measures, {}, None), prices.read())
    assert "use 180 CPU-seconds an hour while nothing happens (5.0 % of a core; 120 of them" in text
    assert "| franca | 400 | 540 | 20 | 2,000 | 0.01 |" in text
    assert "| franca, rows a minute old | 205 | 240 | 5.0 | 2,000 | 0.01 |" in text
    assert "| DuckDB rewrite | 20 | never | from 14 on |" in text  # 200 that stand, 15 less a pair
    slow = [msgspec.structs.replace(each, loop_seconds=1_000.0) for each in measures]
    said = standing(made(Plan(), slow, {}, None), prices.read())
    assert said.startswith(
        "This was measured while the processors were slow: a loop of additions took up to 10"
    )
    assert said.endswith(text)
    assert standing(made(Plan(), [ROW], {}, None), prices.read()) == "Not measured yet."


def test_further_pairs_are_tables_of_one_application(tmp_path: Path) -> None:
    """Each a table and two entities of its own, with the mappings of the first."""
    write_bank(tmp_path / "bank", "_x")
    (tmp_path / "bank" / "franca.toml").write_text("")
    write_pairs(Project(tmp_path / "bank", "_x"), 3)
    project = load(tmp_path / "bank")
    (application,) = project.applications
    assert sorted(shape_of(each).name for each in application.tables) == ["cust", "cust1", "cust2"]
    assert len(application.mappings) == 6
    names = {shape_of(each).name for each in project.entities}
    assert names == {f"{kind}{n}_x" for kind in ("individual", "customer") for n in ("", "1", "2")}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the shares")
def test_memory_is_that_of_all_processes_of_a_tree() -> None:
    """Two that have 60 MB each have more than either."""
    hold = "x = bytearray(60_000_000); import time; time.sleep(4)"
    start = (
        f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {hold!r}]); {hold}; p.wait()"
    )
    cost = run([sys.executable, "-c", start])
    assert cost.together_megabytes > 115 > cost.peak_megabytes
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    assert together_megabytes(done.pid) == 0.0
