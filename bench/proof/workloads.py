"""The workloads and who contests in each, in one explicit registry."""

from collections.abc import Callable

from bench.proof import appended, freshness, increments, managed, standing, sustained
from bench.proof.ground import Ground
from bench.proof.measure import Measure
from bench.proof.result import Result

Measuring = Callable[[Ground, int], Measure]
"""Runs one contestant at one size."""

WORKLOADS: dict[str, dict[str, Measuring]] = {
    "appends": appended.CONTESTANTS,
    "increments": increments.CONTESTANTS,
    "tpcdi": managed.CONTESTANTS,
    "freshness": freshness.CONTESTANTS,
    "sustained": sustained.CONTESTANTS,
    "standing": standing.CONTESTANTS,
}

OWN: dict[str, Callable[[str, Callable[[Ground], list[str]]], Measuring]] = {
    "appends": appended.batch,
    "increments": increments.merge,
    "tpcdi": managed.batch,
}
"""What measures a batch of one's own."""

CHEAP = {"appends": ("franca", "python", "duckdb")}
"""What the short form measures."""

MUST_RUN = (
    *(f"{workload}/franca" for workload in WORKLOADS),
    *("appends/spark", "appends/spark-stream", "appends/flink", "increments/spark-merge"),
)
"""What may not be left out for want of an installation."""


def names(workload: str, result: Result) -> list[str]:
    """Return who contests in a workload, and those of one's own of whom a result tells something."""
    places = [each.place for each in result.measures] + list(result.missing)
    own = [place.partition("/")[2] for place in places if place.startswith(f"{workload}/")]
    return list(dict.fromkeys([*WORKLOADS[workload], *own]))
