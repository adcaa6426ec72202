"""The workloads and who contests in each, in one explicit registry."""

from collections.abc import Callable
from typing import NamedTuple

from bench.proof import appended, freshness, increments, managed, standing, sustained
from bench.proof.ground import Ground
from bench.proof.measure import Measure

WORKLOADS: dict[str, dict[str, Callable[[Ground, int], Measure]]] = {
    "appends": appended.CONTESTANTS,
    "increments": increments.CONTESTANTS,
    "tpcdi": managed.CONTESTANTS,
    "freshness": freshness.CONTESTANTS,
    "sustained": sustained.CONTESTANTS,
    "standing": standing.CONTESTANTS,
}

CHEAP = {"appends": ("franca", "python", "duckdb")}
"""What the short form measures."""

MUST_RUN = ("appends/spark", "appends/spark-stream", "appends/flink", "increments/spark-merge")
"""What may not be left out for want of an installation."""


class Round(NamedTuple):
    """One measurement to make."""

    workload: str
    contestant: str
    size: int
    repetition: int

    @property
    def key(self) -> tuple[str, str, int, int]:
        """As the ledger asks."""
        return self.workload, self.contestant, self.size, self.repetition
