"""What follows from the measurements: a contestant's cost per million changes, its start-up, its writing."""

import statistics
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from bench.proof.measure import Measure
from bench.proof.result import Result, sizes

MILLION = 1_000_000
MARGINAL = ("appends", "tpcdi")
"""Where the difference of two sizes is what counts: with none there is no figure."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One contestant in one workload; all of its measurements."""

    measures: Sequence[Measure]

    def __bool__(self) -> bool:
        return bool(self.measures)

    def sizes(self) -> list[int]:
        """Return the sizes in order."""
        return sorted({each.size for each in self.measures})

    def runs(self) -> int:
        """Return how often it was measured, at the size at which that was least often."""
        return min((sum(each.size == size for each in self.measures) for size in self.sizes()), default=0)

    def repetitions(self) -> dict[int, "Figures"]:
        """Return what each repetition alone tells, without those that lack a size."""
        found: dict[int, list[Measure]] = {}
        for each in self.measures:
            found.setdefault(each.repetition, []).append(each)
        return {n: Figures(some) for n, some in found.items() if len(some) == len(self.sizes())}

    def at(self, size: int, of: Callable[[Measure], float]) -> float:
        """Return the median at one size."""
        return statistics.median(of(each) for each in self.measures if each.size == size)

    def has(self, wanted: Collection[int]) -> bool:
        """Tell whether some repetition has all wanted sizes."""
        there = ({each.size for each in found.measures} for found in self.repetitions().values())
        return any(each >= set(wanted) for each in there)

    def per_million(self) -> float:
        """Return CPU-seconds per million further changes, start-up left out where there are two sizes."""
        small, large = self.sizes()[0], self.sizes()[-1]
        if small == large:
            return self.whole_per_million(large)
        return statistics.median(
            (b.all_cpu_seconds - a.all_cpu_seconds) / (b.changes - a.changes) * MILLION
            for a, b in self._pairs()
        )

    def start_up(self) -> float:
        """Return the CPU-seconds of a run however few its changes; 0 where that can't be told."""
        small = self.sizes()[0]
        if len(self.sizes()) == 1:
            return 0.0
        changes = self.at(small, lambda each: each.changes)
        return max(0.0, self.at(small, _all) - self.per_million() * changes / MILLION)

    def whole_per_million(self, size: int) -> float:
        """Return CPU-seconds per million changes of whole runs of one size, start-up included."""
        return self.at(size, lambda each: each.all_cpu_seconds / each.changes) * MILLION

    def run_of(self, changes: int) -> float:
        """Return CPU-seconds per million changes of runs of so many, start-up included."""
        return self.per_million() + self.start_up() / changes * MILLION

    def megabytes(self) -> float:
        """Return the peak of the largest process, at the larger size."""
        return self.at(self.sizes()[-1], lambda each: each.megabytes)

    def together_megabytes(self) -> float | None:
        """Return what all processes had at once, at the larger size; None where nobody looked."""
        found = [each.together_megabytes for each in self.measures if each.size == self.sizes()[-1]]
        looked = [megabytes for megabytes in found if megabytes]
        return statistics.median(looked) if looked else None

    def rows_per_change(self, size: int = 0) -> float:
        """Return how many rows are written for a change, both tables together."""
        return self.at(size or self.sizes()[-1], lambda each: each.rows / each.changes)

    def objects_per_million(self, size: int = 0) -> float:
        """Return how many objects are written for a million changes."""
        return self.at(size or self.sizes()[-1], lambda each: each.objects / each.changes) * MILLION

    def extra(self, name: str) -> float | None:
        """Return the median of something that only some have."""
        found = [each.extra[name] for each in self.measures if name in each.extra]
        return statistics.median(found) if found else None

    def _pairs(self) -> list[tuple[Measure, Measure]]:
        small, large = (
            {each.repetition: each for each in self.measures if each.size == size}
            for size in (self.sizes()[0], self.sizes()[-1])
        )
        return [(small[n], large[n]) for n in sorted(small.keys() & large.keys())]


def _all(measure: Measure) -> float:
    return measure.all_cpu_seconds


def of(result: Result, workload: str, contestant: str) -> Figures:
    """Return a contestant's figures; empty ones where it has none at all sizes, or they tell no cost."""
    found = measured(result, workload, contestant)
    return found if tells(result, workload, found) else Figures([])


def measured(result: Result, workload: str, contestant: str) -> Figures:
    """Return whatever was measured of a contestant."""
    return Figures([each for each in result.measures if each.place == f"{workload}/{contestant}"])


def tells(result: Result, workload: str, found: Figures) -> bool:
    """Tell whether figures are whole. A stream's rates are runs of their own: there each tells something."""
    if not found or workload == "sustained":
        return bool(found)
    whole = found.has(sizes(result.plan, workload, found.measures[0].contestant))
    return whole and (workload not in MARGINAL or found.per_million() > 0)
