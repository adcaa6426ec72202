"""The benchmarks run from end to end, small; no time is judged."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from itertools import chain
from pathlib import Path

import psutil
import pytest

from tests.integration.crew import wait_for

ROOT = Path(__file__).parents[2]
ALL = {
    "on-ramp": ("on-ramp",),
    "formats": ("decode: plain", "decode: copybook"),
    "start": ("services", "command"),
    "row-memory": ("row memory", "memory"),
    "replay": ("replay",),
    "lake": ("lake",),
    "commits": ("lake: a commit",),
    "fold": ("lake: compacting", "lake: reading"),
    "store": ("store",),
    "whole": ("whole stream",),
    "latency": ("p99",),
    "rival": ("rival",),
}
"""The parts, with how their rows begin."""


def measured(module: str, kept: Path) -> str:
    """Run a bench's short form, keep its result, and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", module, "--short", "--keep", str(kept)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=580,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_the_short_form_measures_every_part(tmp_path: Path) -> None:
    """`python -m bench --short` ends well, its results agree with their floors, and no part is missing."""
    kept = tmp_path / "short.json"
    said = measured("bench", kept)
    parts = {
        row["part"]: row for part in json.loads(kept.read_bytes())["parts"].values() for row in part["rows"]
    }
    for name in chain.from_iterable(ALL.values()):
        found = [part for part in parts if part.startswith(name)]
        assert found, f"no part {name!r} among {sorted(parts)}"
        assert all(part in said for part in found)
    for part, row in parts.items():
        assert row["missing"] or row["franca"] is not None or row["rival"] is not None, part


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_short_form_of_the_proof_prints_its_table(tmp_path: Path) -> None:
    """`python -m bench.proof --short`: franca and two batches give equal tables, each with its cost."""
    kept = tmp_path / "proof.json"
    said = measured("bench.proof", kept)
    measures = json.loads(kept.read_bytes())["measures"]
    assert {each["contestant"] for each in measures} == {"franca", "python", "duckdb"}
    assert all(title in said for title in ("franca", "Python batch", "DuckDB batch"))
    assert all(each["rows"] == 2 * each["changes"] for each in measures)
    assert "to reach" not in said


def test_the_page_of_the_proof_is_that_of_the_kept_result() -> None:
    """docs/proof.md and its charts are made from bench/results/proof.json, and nobody wrote in them since."""
    checked = subprocess.run([sys.executable, "-m", "bench.proof.page", "--check"], cwd=ROOT, check=False)
    assert checked.returncode == 0, "docs/proof.md is stale: run `python -m bench.proof.page`"


def test_the_page_of_numbers_is_that_of_the_kept_result() -> None:
    """docs/numbers.md is generated from bench/results/latest.json, and nobody wrote in it since."""
    checked = subprocess.run([sys.executable, "-m", "bench.page", "--check"], cwd=ROOT, check=False)
    assert checked.returncode == 0, "docs/numbers.md is stale: run `python -m bench.page`"


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_bench_that_is_ended_leaves_no_service(tmp_path: Path, number: signal.Signals) -> None:
    """In the background too, where the shell has it ignore an interrupt."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    command = ["sh", "-c", f"trap '' INT; exec {sys.executable} -m bench --short --only whole"]
    with (tmp_path / "said").open("wb") as said:
        bench = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)
    try:
        wait_for(lambda: "whole" in (tmp_path / "said").read_text(), "the services are started", 120)
        assert below(tmp_path)
        bench.send_signal(number)
        assert bench.wait(120) == 128 + number, (tmp_path / "said").read_text()
        assert below(tmp_path) == []
    finally:
        bench.kill()
        for process in below(tmp_path):
            process.kill()


@pytest.mark.slow
def test_a_bench_that_breaks_where_it_is_ended_says_that_it_was_ended(tmp_path: Path) -> None:
    """An interruption amid a call of C may come out of it as an error of another kind."""
    program = """
import os, signal, sys
from pathlib import Path
from bench.stage import opened
with opened(Path(sys.argv[1])):
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    except SystemExit as end:
        raise SystemError("returned a result with an exception set") from end
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program, str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 128 + signal.SIGTERM, ended.stderr
    assert below(tmp_path) == []


def below(folder: Path) -> list[psutil.Process]:
    """Return the services that work in a folder."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if Path(process.cwd()).is_relative_to(folder):
                found.append(process)
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_batch_of_ones_own_is_measured_beside_the_others(tmp_path: Path) -> None:
    """The program of the how-to page gives equal tables; one that loses a row differs: the bench fails."""
    page = (ROOT / "docs" / "how-to" / "measure-a-batch-of-your-own.md").read_text()
    text = page.partition("```python\n")[2].partition("```\n")[0]
    mine, wrong, kept = (tmp_path / name for name in ("mine.py", "wrong.py", "kept.json"))
    mine.write_text(text)
    wrong.write_text(text.replace(".combine_chunks()", "[1:].combine_chunks()"))
    command = [sys.executable, "-m", "bench.proof", "--short", "--workload", "appends", "--keep", str(kept)]
    command += [
        "--only",
        "mine",
        "--only",
        "wrong",
        "--program",
        f"mine={mine}",
        "--program",
        f"wrong={wrong}",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 1, done.stderr[-4000:]
    assert "wrong: 'individual' has 1,999 rows, expected 2,000" in done.stderr
    measures = json.loads(kept.read_bytes())["measures"]
    assert [(each["contestant"], each["size"], each["rows"]) for each in measures] == [
        ("mine", 2_000, 4_000),
        ("mine", 20_000, 40_000),
    ]
    assert [line.split()[1:3] for line in done.stdout.splitlines() if line.startswith("appends  ")] == [
        ["mine", "agree"],
        ["wrong", "differ"],
    ]
    assert "to reach" not in done.stdout
    made = [sys.executable, "-m", "bench.proof.page", str(kept)]
    printed = subprocess.run(
        made, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert "\n| mine | " in printed
    assert "- wrong, appends: its tables are not what they should be" in printed


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_a_killed_bench_left_is_ended_by_the_next(tmp_path: Path) -> None:
    """Its services and programs, and its folder; an interrupted one says what is kept."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "bench.proof", "--short", "--only", "python"]
    said = tmp_path / "said"

    def begun() -> "subprocess.Popen[bytes]":
        with said.open("wb") as file:
            bench = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=file, stderr=file)
        wait_for(lambda: "appends/python" in said.read_text(), "the services are started", 120)
        return bench

    try:
        killed = begun()
        killed.kill()
        killed.wait()
        left = below(tmp_path)
        assert left
        following = begun()
        assert not any(process.is_running() for process in left)
        following.send_signal(signal.SIGINT)
        assert following.wait(120) == 130
        assert "interrupted; the services are stopped, what is measured is kept" in said.read_text()
        assert [path.name for path in tmp_path.iterdir()] == ["said"]
    finally:
        for process in below(tmp_path):
            process.kill()
