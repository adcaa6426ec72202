"""What the proof makes of its measurements: figures, verdicts, the book that survives a stop, charts."""

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest

from bench.proof import prices
from bench.proof.actions import MIX as TPCDI
from bench.proof.actions import Management
from bench.proof.charts import Bar, chart
from bench.proof.figures import Figures
from bench.proof.measure import Ledger, Measure
from bench.proof.page import page
from bench.proof.plan import Plan
from bench.proof.result import made
from bench.proof.sections import sustained
from bench.proof.verdict import Verdict, verdicts
from tests.samples import CDC

AUDIT = CDC.parent / "tpcdi" / "CustomerMgmt_audit.csv"
ROOT = Path(__file__).parents[3]
COME = "increments, an hour's 10,000 changes as they come"
MIX = {
    "new": 3,
    "add_account": 3,
    "update_account": 2,
    "update_customer": 1,
    "close_account": 1,
    "inactivate": 1,
}


def a_measure(size: int, cpu_seconds: float, repetition: int = 1, server: float = 0.0) -> Measure:
    """Return a measurement of appends."""
    return Measure(
        workload="appends",
        contestant="franca",
        size=size,
        repetition=repetition,
        changes=size,
        cpu_seconds=cpu_seconds,
        server_cpu_seconds=server,
        seconds=1.0,
        megabytes=100.0,
        rows=2 * size,
    )


def test_a_million_costs_the_difference_of_two_sizes_and_the_rest_is_start_up() -> None:
    """The marginal cost leaves start-up out; a run's cost per million has it in again."""
    found = Figures([a_measure(100_000, 6.0, server=1.0), a_measure(600_000, 21.0, server=6.0)])
    assert found.per_million() == pytest.approx(40.0)
    assert found.start_up() == pytest.approx(3.0)
    assert found.run_of(300_000) == pytest.approx(50.0)
    assert found.whole_per_million(100_000) == pytest.approx(70.0)
    assert found.rows_per_change() == 2.0


def test_the_median_of_the_repetitions_counts() -> None:
    """One run that a busy machine slowed changes nothing."""
    runs = [(1, 10.0), (2, 50.0), (3, 11.0)]
    found = Figures(
        [a_measure(0, 0.0, n) for n, _ in runs] + [a_measure(1_000_000, cpu, n) for n, cpu in runs]
    )
    assert found.per_million() == pytest.approx(11.0)


@pytest.mark.parametrize(("theirs", "is_met"), [(100.0, True), (10.0, False), (None, None)])
def test_a_ratio_is_reached_missed_or_unknown(theirs: float | None, is_met: bool | None) -> None:
    """What is not measured is neither."""
    assert Verdict("appends", 30.0, theirs, 0.6).is_met is is_met


def test_a_verdict_tells_the_spread_and_whether_all_pairs_agree() -> None:
    """The median counts; where some repetition says otherwise, page and terminal tell it."""
    runs = {"franca": [(1, 36.0), (2, 45.0)], "spark": [(1, 27.0), (2, 54.0)], "dlt": [(1, 60.0), (2, 150.0)]}
    measures = [
        msgspec.structs.replace(a_measure(size, cpu * size / 1_000_000, n), contestant=name)
        for name, figures in runs.items()
        for n, cpu in figures
        for size in (100_000, 400_000)
    ]
    measures += [msgspec.structs.replace(each, contestant="dlt-arrow") for each in measures[-4:]]
    found = made(Plan(small=100_000, judged=400_000), measures, {}, None)
    spark, _, dlt, _, arrow, _, *rest = verdicts(found)
    assert spark.is_met
    assert spark.cells()[3:] == ("1.00", "2", "0.83 to 1.33", "≤ 1.0", "yes, but 0.83 to 1.33")
    assert spark.line().endswith("= 1.00 (2 pairs, 0.83 to 1.33), to reach ≤ 1.0: yes, but 0.83 to 1.33")
    assert dlt.cells()[3:] == ("0.39", "2", "0.30 to 0.60", "≤ 0.6", "yes")
    assert arrow.cells()[3:] == ("0.39", "2", "0.30 to 0.60", "-", "-")
    assert arrow.is_met is None
    assert {each.cells()[3:] for each in rest} == {
        ("", "", "", "≤ 1.0", "not measured"),
        ("", "", "", "≤ 0.3", "not measured"),
        ("", "", "", "-", "not measured"),
    }
    assert "| 1.00 | 2 | 0.83 to 1.33 | ≤ 1.0 | yes, but 0.83 to 1.33 |" in page(found)


def test_a_missed_ratio_that_some_pair_reaches_is_missed() -> None:
    """A lucky repetition reaches nothing."""
    verdict = Verdict("appends", 30.0, 20.0, 1.0, (0.9, 2.0))
    assert verdict.is_met is False
    assert verdict.cells()[-1] == "no, but 0.90 to 2.00"


def test_one_pair_has_no_spread() -> None:
    """It is told that there is one, and nothing that looks like agreement."""
    verdict = Verdict("appends", 30.0, 60.0, 1.0, (0.5,))
    assert verdict.cells()[3:] == ("0.50", "1", "", "≤ 1.0", "yes")
    assert verdict.line().endswith("= 0.50 (1 pair), to reach ≤ 1.0: yes")


@pytest.mark.parametrize(
    ("what", "cells"),
    [
        (
            "increments, an hour's 10,000 changes at once, Spark MERGE, a run an hour",
            ("50", "10,000", "0.0050"),
        ),
        ("increments, an hour's 10,000 changes at once, DuckDB rewrite, a run a day", ("50", "40", "1.25")),
        (
            f"{COME}, 1 pair of tables, Spark MERGE, a run an hour",
            ("40,020", "20,000", "2.00"),
        ),
        (
            f"{COME}, 8 pairs of tables, rows a minute old, Spark MERGE, a run an hour",
            ("2,020", "20,000", "0.10"),
        ),
        ("TPC-DI, DuckDB batch, start-up apart", ("20", "5.0", "4.00")),
        ("appends, Python batch, start-up apart", ("20", "5.0", "4.00")),
        ("appends, mine, start-up apart", ("20", "4.0", "5.00")),
    ],
)
def test_where_a_batch_takes_less_stands_beside_where_the_stream_does(
    what: str, cells: tuple[str, ...]
) -> None:
    """A row says how the changes came: at once, or one by one through the hour, with folds."""
    plan = Plan(judged=400_000)
    costs = {"appends/franca": 20.0, "appends/python": 5.0, "appends/mine": 4.0}
    costs |= {"tpcdi/franca": 20.0, "tpcdi/duckdb": 5.0}
    measures = [
        msgspec.structs.replace(a_measure(size, cost * size / 1e6), workload=workload, contestant=name)
        for (workload, _, name), cost in ((place.partition("/"), cost) for place, cost in costs.items())
        for size in plan.sizes
    ]

    def merged(workload: str, name: str, size: int, cost: float, **extra: float) -> None:
        found = msgspec.structs.replace(a_measure(size, cost), workload=workload, contestant=name)
        measures.append(msgspec.structs.replace(found, extra=extra))

    merged("increments", "franca", plan.cycle, 50.0, upkeep=20.0)
    for name, hour, day in (("spark-merge", 100.0, 120.0), ("duckdb-rewrite", 9.0, 9.6)):
        merged("increments", name, plan.hour, hour)
        merged("increments", name, plan.day, day)
    merged("standing", "spark-merge", plan.hour, 200.0)
    for name, one, eight in (("franca", 400.0, 1_600.0), ("franca-minute", 100.0, 160.0)):
        merged("standing", name, 1, 1.0, trickle=one)
        merged("standing", name, 8, 1.0, trickle=eight)

    found = {each.what: each.cells() for each in verdicts(made(plan, measures, {}, None))}

    assert found[what][1:4] == cells
    assert found[what][-2:] == (("≤ 0.3", "yes") if "at once, Spark MERGE" in what else ("-", "-"))


def test_only_ratios_of_what_was_asked_for_are_told() -> None:
    """A ratio to reach of a batch that was asked for is told where it has no figure too."""
    ratio = Verdict("a", 1.0, 2.0, None, (), ("appends/franca", "appends/mine"))
    missing = Verdict("a", 1.0, None, 1.0, (), ("appends/franca", "appends/spark"))
    assert ratio.is_asked(["appends/mine"])
    assert not ratio.is_asked(["tpcdi/mine", "appends/python"])
    assert not missing.is_asked(["appends/franca"])
    assert missing.is_asked(["appends/spark"])
    assert missing.line() == "a, to reach ≤ 1.0: not measured"


def test_a_repetition_that_lacks_a_size_gives_no_pair() -> None:
    """What was stopped between two sizes tells no cost of its own."""
    found = Figures([a_measure(100, 1.0), a_measure(400, 2.0), a_measure(100, 3.0, 2)])
    assert list(found.repetitions()) == [1]


def test_a_million_costs_its_processors_with_their_memory_and_its_objects() -> None:
    """Where memory is paid apart it is added to the processor's hour; Spark's price has it."""
    found = prices.read()
    processor, spark = found.compute, found.spark
    assert processor.hour == pytest.approx(processor.vcpu_hour + processor.gb * processor.gb_hour)
    assert found.million("franca", 3600.0, 0.0) == pytest.approx(processor.hour)
    assert found.million("spark", 3600.0, 0.0) == spark.hour == spark.vcpu_hour
    assert found.million("dlt", 0.0, 2_000.0) == pytest.approx(2 * found.put.per_thousand)


def test_a_run_that_was_measured_at_one_size_only_does_not_count() -> None:
    """The number of runs is that of pairs; the figure is theirs."""
    assert Figures([a_measure(100, 1.0), a_measure(400, 2.0), a_measure(100, 3.0, 2)]).runs() == 1


def test_the_highest_rate_is_the_last_at_which_no_queue_grows() -> None:
    """A rate that one repetition in two does not sustain is not sustained."""

    def offered(name: str, rate: int, kept: bool, repetition: int = 1) -> Measure:
        extra = {"p50": 0.5, "p99": rate / 1_000, "sustained": float(kept)}
        return Measure(
            workload="sustained",
            contestant=name,
            size=rate,
            repetition=repetition,
            changes=1_000_000,
            cpu_seconds=rate / 100,
            server_cpu_seconds=1.0,
            seconds=1.0,
            megabytes=100.0,
            extra=extra,
        )

    measures = [offered("franca", 1_000, True), offered("franca", 2_000, True)]
    measures += [offered("franca", 5_000, True), offered("franca", 5_000, False, 2)]
    measures += [offered("flink", rate, False) for rate in (1_000, 2_000, 5_000)]
    measures += [offered("quix", rate, True) for rate in (1_000, 2_000, 5_000)]
    lines = sustained(made(Plan(rates=(1_000, 2_000, 5_000)), measures, {}, None)).splitlines()[2:]
    assert lines[0].startswith("| **franca** | 2,000 | 0.50 | 2.0 | 21 |")
    assert lines[1].startswith("| Flink SQL | under 1,000 |")
    assert lines[2].startswith("| Quix Streams | 5,000 or more | 0.50 | 5.0 |")


def test_a_stopped_bench_goes_on_behind_what_it_has(tmp_path: Path) -> None:
    """Each finished measurement is kept; a line that was cut off is as if it never was."""
    path = tmp_path / "ledger.jsonl"
    ledger = Ledger(path)
    ledger.keep(a_measure(1, 1.0))
    with path.open("ab") as file:
        file.write(b'{"workload":"app')
    again = Ledger(path)
    assert again.has("appends", "franca", 1, 1)
    assert not again.has("appends", "franca", 1, 2)
    again.keep(a_measure(1, 2.0, 2))
    assert len(Ledger(path).all) == 2


def test_the_reaper_waits_for_a_process_that_was_left_behind(tmp_path: Path) -> None:
    """A program that outlives the one which started it counts too, and the exit code is the command's."""
    mark = tmp_path / "mark"
    late = f"import pathlib, sys; sys.stdin.read(); pathlib.Path({str(mark)!r}).touch()"
    start = (
        f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {late!r}], stdin=0); sys.exit(3)"
    )
    command = [sys.executable, "-m", "bench.proof.reaper", sys.executable, "-c", start]
    done = subprocess.run(command, cwd=ROOT, input=b"", check=False)
    assert done.returncode == 3
    assert mark.exists() or sys.platform != "linux"


def test_the_mix_keeps_to_its_weights_and_to_what_is_there() -> None:
    """So often as its weight each action occurs, and only what is there is changed or deleted."""
    management = Management()
    messages = list(management.changes(1_100, MIX))
    created, updated, deleted = (
        [table for table, _, value in messages if b'"op":"' + op in value] for op in (b"c", b"u", b"d")
    )
    assert created.count("customer") == 300
    assert len(created) - len(deleted) == len(management.customers) + len(management.accounts)
    assert len(updated) == 300


@pytest.mark.skipif(not AUDIT.exists(), reason="TPC-DI's audit is not beside the other samples")
def test_the_counts_of_actions_are_those_of_the_audit() -> None:
    """What the proof holds is what TPC-DI's generator counted."""
    rows = [[cell.strip() for cell in line.split(",")] for line in AUDIT.read_text().splitlines()]
    counts = {name: int(value) for _, _, _, name, value, *_ in rows[1:] if int(value) > 0}
    assert counts == {
        "C_NEW": TPCDI["new"],
        "CA_ADDACCT": TPCDI["add_account"],
        "CA_UPDACCT": TPCDI["update_account"],
        "CA_CLOSEACCT": TPCDI["close_account"],
        "C_UPDCUST": TPCDI["update_customer"],
        "C_INACT": TPCDI["inactivate"],
    }
    assert sum(counts.values()) == 50_000


def test_the_newest_change_of_each_row_is_known() -> None:
    """What a table should tell of where a row comes from; of a deleted one too."""
    management = Management()
    last = {}
    for table, key, value in management.changes(500):
        number = next(iter(msgspec.json.decode(key).values()))
        last[table, number] = msgspec.json.decode(value)["source"]["lsn"]
    assert management.places == last


@pytest.mark.parametrize("is_logarithmic", [False, True])
def test_a_chart_is_well_formed_and_longer_where_the_figure_is_larger(is_logarithmic: bool) -> None:
    """One bar for each contestant, in the order of their figures; what is special to XML is escaped."""
    bars = [Bar("a <b>", 50.0), Bar("c & d", 500.0, 100.0), Bar("nothing", 0.0)]
    drawn = ET.fromstring(chart("Title", "unit", bars, is_logarithmic=is_logarithmic))
    widths = [float(each.get("width", 0)) for each in drawn if each.tag.endswith("rect")][1:]
    assert widths[:2] == sorted(widths[:2])
    assert {"a <b>", "c & d"} <= {each.text for each in drawn}
