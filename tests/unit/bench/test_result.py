"""What a result takes from an earlier one, and what it leaves."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from bench.proof.__main__ import failed
from bench.proof.arguments import arguments
from bench.proof.conditions import Conditions
from bench.proof.measure import Ledger, Measure
from bench.proof.page import page
from bench.proof.plan import Plan
from bench.proof.result import DIFFERENT, Result, differences, made, sizes
from bench.proof.rounds import asked, rounds, why_none
from bench.proof.table import table
from bench.proof.verdict import verdicts

ROOT = Path(__file__).parents[3]
PLAN = Plan(small=100, large=400, judged=400, repetitions=1)
COSTS = {"franca": 18.0, "spark": 20.0, "dlt": 80.0}


def a_measure(workload: str, name: str, size: int, cpu_seconds: float, repetition: int = 1) -> Measure:
    """Return a measurement between two loops that were quicker than any here."""
    return Measure(
        workload=workload,
        contestant=name,
        size=size,
        repetition=repetition,
        changes=size,
        cpu_seconds=cpu_seconds,
        server_cpu_seconds=0.0,
        seconds=1.0,
        megabytes=100.0,
        rows=2 * size,
        loop_seconds=1e-9,
    )


def appended(names: Iterable[str], times: float = 1.0) -> list[Measure]:
    """Return appends of both sizes."""
    return [
        a_measure("appends", name, size, times * COSTS[name] * size)
        for name in names
        for size in sizes(PLAN, "appends", name)
    ]


def ratios(result: Result) -> list[bool | None]:
    """Return whether the ratios of appends are reached."""
    return [each.is_met for each in verdicts(result)[:4]]


@pytest.fixture(scope="module")
def earlier() -> Result:
    """Give a whole result of this machine."""
    return made(PLAN, appended(COSTS), {}, None)


def test_what_is_not_measured_again_is_taken_from_an_earlier_result(earlier: Result) -> None:
    """Of the same machine, versions and plan: figures of several runs are put together."""
    found = made(PLAN, appended(["spark"], 2.0), {}, earlier)
    assert ratios(found) == [True] * 4
    assert verdicts(found)[0].ratio == pytest.approx(18 / 40)


@pytest.mark.parametrize(
    "change",
    [
        {"system": "Another"},
        {"processors": 1_000},
        {"python": "3.0.0"},
        {"packages": {"franca": "0.0.0"}},
        {"plan": Plan()},
    ],
    ids=["system", "processors", "python", "packages", "plan"],
)
def test_nothing_is_taken_from_another_machine(earlier: Result, change: dict[str, object]) -> None:
    """Nor from other versions, nor from another plan: a ratio would be that of two machines."""
    other = msgspec.structs.replace(earlier, **change)
    found = made(PLAN, appended(["franca"]), {}, other)
    assert differences(other, found)
    assert ratios(found) == [None] * 4


def test_nothing_is_taken_from_a_machine_of_another_pace(earlier: Result) -> None:
    """Processors of one name are fast here and slow there: the loop tells."""
    slow = [msgspec.structs.replace(each, loop_seconds=2e-9) for each in earlier.measures]
    other = msgspec.structs.replace(earlier, measures=slow)
    assert ratios(made(PLAN, appended(["franca"]), {}, other)) == [None] * 4
    a_little = [msgspec.structs.replace(each, loop_seconds=1.1e-9) for each in earlier.measures]
    other = msgspec.structs.replace(earlier, measures=a_little)
    assert ratios(made(PLAN, appended(["franca"]), {}, other)) == [True] * 4


def test_a_contestant_of_another_version_is_not_taken(earlier: Result) -> None:
    """Its environment is its own; the others stay."""
    other = msgspec.structs.replace(earlier, contestants={**earlier.contestants, "dlt": {"dlt": "0.1"}})
    assert ratios(made(PLAN, appended(["franca"]), {}, other)) == [True, True, None, None]


@pytest.mark.parametrize("why", ["is not installed, or can't be here", DIFFERENT])
def test_nothing_takes_the_place_of_what_could_not_be_measured(earlier: Result, why: str) -> None:
    """That franca's tables differ now, or that a rival is not there, is no matter of the past."""
    found = made(PLAN, appended(["spark", "dlt"]), {"appends/franca": why}, earlier)
    assert ratios(found) == [None] * 4
    assert found.missing == {"appends/franca": why}
    assert f"- franca, appends: {why}" in page(found)


def test_one_repetition_that_differs_takes_the_figure_away() -> None:
    """Another that was right says nothing for it."""
    found = made(PLAN, appended(COSTS), {"appends/spark": DIFFERENT}, None)
    assert ratios(found) == [None, None, True, True]
    assert found.missing == {"appends/spark": DIFFERENT}


@pytest.mark.parametrize("name", ["franca", "spark"])
def test_one_size_tells_no_cost(name: str) -> None:
    """Whole runs with their start-up stand for no million changes."""
    measures = [each for each in appended(COSTS) if each.contestant != name or each.size == PLAN.small]
    found = made(PLAN, measures, {}, None)
    assert ratios(found)[:2] == [None, None]
    assert f"{name if name == 'franca' else 'Spark batch'}, appends: not measured at all sizes" in page(found)


def test_a_larger_run_that_costs_no_more_tells_no_cost() -> None:
    """It has no figure, in the terminal neither; what else was measured is there."""
    measures = [msgspec.structs.replace(each, cpu_seconds=2.0) for each in appended(["franca"])]
    found = made(PLAN, [*measures, *appended(["spark", "dlt"])], {}, None)
    assert ratios(found) == [None] * 4
    line = next(line for line in table(found).splitlines() if " franca " in line)
    assert line.split() == ["appends", "franca", "100", "2.0"]


def test_a_ratio_lies_within_its_spread() -> None:
    """It is of the repetitions that both have: more of one side say nothing of the pairs."""
    runs = {"franca": (10.0, 10.0, 30.0, 30.0, 30.0), "dlt": (50.0, 50.0)}
    measures = [
        a_measure("appends", name, size, cost * size, repetition)
        for name, costs in runs.items()
        for repetition, cost in enumerate(costs, 1)
        for size in PLAN.sizes
    ]
    dlt = verdicts(made(PLAN, measures, {}, None))[2]
    assert dlt.cells()[3:6] == ("0.20", "2", "0.20 to 0.20")


def test_a_batch_of_ones_own_stands_in_the_tables_by_its_name() -> None:
    """Page and terminal know no list of all that there may be."""
    own = [a_measure("appends", "mine", size, 5.0 * size) for size in PLAN.sizes]
    found = made(PLAN, [*appended(COSTS), *own], {"tpcdi/mine": "its program failed, or was too slow"}, None)
    assert "\n| mine | 5,000,000 |" in page(found)
    assert "- mine, tpcdi: its program failed" in page(found)
    assert "appends   mine " in table(found)


def test_the_book_has_nothing_of_another_base(tmp_path: Path) -> None:
    """A merge into 20,000 rows is none into 5,000,000; appends hang on no base."""
    small = Conditions(Plan(base=20_000))
    ledger = Ledger(tmp_path / "ledger.jsonl", small)
    merge = a_measure("increments", "duckdb-rewrite", 10_000, 0.3)
    ledger.keep(merge)
    ledger.keep(a_measure("appends", "duckdb", 100, 0.3))
    assert Ledger(tmp_path / "ledger.jsonl", small).has(*merge.key)
    other = Ledger(tmp_path / "ledger.jsonl", Conditions(Plan()))
    assert [each.place for each in other.all] == ["appends/duckdb"]


def test_a_line_without_conditions_is_one_of_the_default_plan(tmp_path: Path) -> None:
    """As they were written once."""
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(msgspec.json.encode(a_measure("increments", "spark-merge", 10_000, 0.3)) + b"\n")
    assert Ledger(path).has("increments", "spark-merge", 10_000, 1)
    assert not Ledger(path, Conditions(Plan(base=20_000))).all


def test_the_book_knows_a_program_by_what_it_is(tmp_path: Path) -> None:
    """One that was changed since is measured anew."""
    program, path = tmp_path / "mine.py", tmp_path / "ledger.jsonl"
    program.write_text("1")
    own = a_measure("appends", "mine", 100, 0.3)
    Ledger(path, Conditions(PLAN, {"mine": program})).keep(own)
    assert Ledger(path, Conditions(PLAN, {"mine": program})).has(*own.key)
    program.write_text("2")
    assert not Ledger(path, Conditions(PLAN, {"mine": program})).all
    assert not Ledger(path, Conditions(PLAN)).all


def test_the_book_forgets_what_differs(tmp_path: Path) -> None:
    """All sizes and repetitions of it, and only of it."""
    ledger = Ledger(tmp_path / "ledger.jsonl")
    for each in appended(["spark", "dlt"]):
        ledger.keep(each)
    ledger.drop("appends", "spark")
    assert {each.place for each in ledger.all} == {"appends/dlt"}
    assert Ledger(tmp_path / "ledger.jsonl").all == ledger.all


@pytest.mark.parametrize(
    ("given", "missing", "is_failed"),
    [
        ("", {}, True),  # the increments are not measured
        ("--workload appends", {}, False),
        ("--workload appends", {"appends/python": DIFFERENT}, True),
        ("--workload appends", {"appends/quix": "its program failed, or was too slow"}, False),
        ("--workload tpcdi", {"tpcdi/franca": "its program failed, or was too slow"}, True),
        (f"--workload tpcdi --program mine={__file__}", {"tpcdi/mine": "its program failed"}, True),
        ("--short", {"appends/python": "its program failed, or was too slow"}, True),
    ],
)
def test_the_exit_code_tells_what_is_missed(given: str, missing: dict[str, str], is_failed: bool) -> None:
    """A whole run wants each ratio; what differs, and what must run, counts in every run."""
    result = made(PLAN, appended(COSTS), missing, None)
    assert failed(result, missing, arguments(given.split())[0]) is is_failed


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("--repetitions 0", "less than 1"),
        ("--small 0", "less than 1"),
        ("--small 400000", "not less than the larger size"),
        ("--short --large 1000", "not less than the larger size"),
        ("--cycle 10000", "less than two hours' changes"),
        ("--only nobody", "no such contestant"),
        ("--program mine=nowhere.py", "there is no file"),
        (f"--program spark={__file__} --workload appends", "there is a contestant of this name"),
        (f"--program mine={__file__}", "--program wants --workload"),
        (f"--program mine={__file__} --workload freshness", "--program wants --workload"),
    ],
)
def test_what_can_not_be_measured_is_refused(
    given: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a reason, before anything starts."""
    with pytest.raises(SystemExit) as end:
        arguments(given.split())
    assert end.value.code == 2
    assert why in capsys.readouterr().err


def test_the_short_form_measures_what_is_cheap_and_batches_of_ones_own() -> None:
    """Where nothing is left, it says what there is."""
    given, plan = arguments(["--short", "--workload", "appends", "--program", f"mine={__file__}"])
    names = {each.contestant for each in asked(rounds(plan, given.program), given)}
    assert names == {"franca", "python", "duckdb", "mine"}
    nothing, plan = arguments(["--short", "--only", "spark"])
    assert asked(rounds(plan, {}), nothing) == []
    assert "the short form has franca, python, duckdb of appends" in why_none(nothing)


def test_a_run_in_which_nothing_is_measured_writes_nothing(tmp_path: Path) -> None:
    """It says so, and gives no verdict on what others measured."""
    command = [sys.executable, "-m", "bench.proof", "--minutes", "0", "--only", "python", "--small", "77"]
    kept = tmp_path / "kept.json"
    done = subprocess.run(
        [*command, "--keep", str(kept)], cwd=tmp_path, env={**os.environ, "PYTHONPATH": f"{ROOT}/src:{ROOT}"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "nothing was measured: nothing is written" in done.stderr
    assert (done.stdout, kept.exists()) == ("", False)
