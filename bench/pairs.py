"""Programs in turns, at two sizes: what a million records cost each, and the ratio, pair by pair."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.plan import Plan, tell
from bench.process import Cost

MILLION = 1_000_000

Program = Callable[[int], Cost]
"""Runs one size."""


@dataclass(frozen=True, slots=True)
class Side:
    """All costs of one program, by size, in the order of the runs."""

    small: Sequence[Cost]
    large: Sequence[Cost]
    plan: Plan

    def per_million(self) -> list[float]:
        """Return for each repetition the CPU-seconds that a million further records cost."""
        return self._marginal(lambda cost: cost.cpu_seconds)

    def server_per_million(self, name: str) -> float:
        """Return what a server used for a million further records, the median."""
        return statistics.median(self._marginal(lambda cost: cost.server_cpu_seconds[name]))

    def start_up(self) -> float:
        """Return the CPU-seconds that a run costs however few records there are, the median."""
        each = zip(self.small, self.per_million(), strict=True)
        return statistics.median(c.cpu_seconds - rate * self.plan.small / MILLION for c, rate in each)

    def records_per_second(self) -> float:
        """Return the throughput between the two sizes, the median; 0 where that can't be told."""
        seconds = statistics.median(self._marginal(lambda cost: cost.seconds))
        return max(0.0, MILLION / seconds) if seconds else 0.0

    def peaks(self) -> tuple[float, float]:
        """Return the largest process's peak in megabytes at both sizes, medians."""
        small = statistics.median(cost.peak_megabytes for cost in self.small)
        return small, statistics.median(cost.peak_megabytes for cost in self.large)

    def _marginal(self, part: Callable[[Cost], float]) -> list[float]:
        records = (self.plan.large - self.plan.small) / MILLION
        pairs = zip(self.small, self.large, strict=True)
        return [(part(large) - part(small)) / records for small, large in pairs]


def alternated(title: str, plan: Plan, programs: Sequence[Program]) -> list[Side]:
    """Run the programs in turns, so that whatever else the machine does slows them alike."""
    small: list[list[Cost]] = [[] for _ in programs]
    large: list[list[Cost]] = [[] for _ in programs]
    for repetition in range(1, plan.repetitions + 1):
        tell(f"{title}: {repetition} of {plan.repetitions}")
        for size, costs in ((plan.small, small), (plan.large, large)):
            for program, own in zip(programs, costs, strict=True):
                own.append(program(size))
    return [Side(*costs, plan) for costs in zip(small, large, strict=True)]


def ratio(side: Side, floor: Side) -> float | None:
    """Return the median of the ratios of neighbouring runs, None where the sizes are too small to tell."""
    pairs = zip(side.per_million(), floor.per_million(), strict=True)
    found = [top / bottom for top, bottom in pairs if bottom > 0]
    return statistics.median(found) if found else None
