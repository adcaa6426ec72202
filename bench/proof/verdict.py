"""The ratios to reach, whether they are, and how far apart the repetitions lie."""

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.proof.figures import Figures, of
from bench.proof.result import Result
from bench.proof.table import short
from bench.proof.titles import TITLES

MOST_OF_APPENDS: dict[str, dict[str, float | None]] = {
    "franca": {"spark": 1.0, "dlt": 0.6, "dlt-arrow": None},
    "franca+compaction": {"spark": 1.0},
}
"""Of Arrow tables that are mapped by hand dlt does the loading alone: a ratio to know, and none to reach."""

NONE = "-"
MOST_OF_MERGES = 0.3
MERGES = ("spark-merge", "spark-merge-dv", "deltalake-merge", "duckdb-rewrite")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One ratio of franca's CPU-seconds to a batch's for the same changes.

    `ours` and `theirs` are medians, which count; `pairs` are the ratios of each repetition alone. Where
    nothing is to be reached, `most` is None.
    """

    what: str
    ours: float | None
    theirs: float | None
    most: float | None
    pairs: tuple[float, ...] = ()

    @property
    def ratio(self) -> float | None:
        """The ratio, None where one of the two has no figure."""
        return self.ours / self.theirs if self.ours is not None and self.theirs else None

    @property
    def is_met(self) -> bool | None:
        """Tell whether it is reached; None where it can't be told, or nothing is to be."""
        return None if self.ratio is None or self.most is None else self.ratio <= self.most

    @property
    def spread(self) -> str:
        """The least and the largest ratio of a pair, as text; one pair has no spread."""
        return f"{min(self.pairs):.2f} to {max(self.pairs):.2f}" if len(self.pairs) > 1 else ""

    def cells(self) -> tuple[str, ...]:
        """Return what, both figures, ratio, pairs, their spread, target, met, as text."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        pairs = f"{len(self.pairs)}" if self.pairs else ""
        figures = short(self.ours), short(self.theirs), ratio
        most = NONE if self.most is None else f"≤ {self.most}"
        return self.what, *figures, pairs, self.spread, most, self._met()

    def line(self) -> str:
        """Return it as a line of text."""
        what, ours, theirs, ratio, pairs, spread, most, met = self.cells()
        apart = f" ({pairs} pairs, {spread})" if spread else " (1 pair)" if pairs else ""
        return f"{what}: {ours} / {theirs} = {ratio}{apart}, to reach {most}: {met}"

    def _met(self) -> str:
        if self.most is None and self.ratio is not None:
            return NONE
        met = {True: "yes", False: "no", None: "not measured"}[self.is_met]
        agreed = all((pair <= (self.most or 0.0)) is self.is_met for pair in self.pairs)
        return met if agreed or not self.spread else f"{met}, but {self.spread}"


def verdicts(result: Result) -> list[Verdict]:
    """Return all of them."""
    return [*_appends(result), *_merges(result)]


def _appends(result: Result) -> Iterator[Verdict]:
    def daily(found: Figures) -> float:
        return found.run_of(result.plan.day)

    for our, asked in MOST_OF_APPENDS.items():
        ours = of(result, "appends", our)
        more = "" if our == "franca" else f", {TITLES[our].partition(', ')[2]}"
        for name, most in asked.items():
            theirs, what = of(result, "appends", name), f"appends{more}, {TITLES[name]}"
            yield _verdict(f"{what}, start-up apart", ours, theirs, Figures.per_million, most)
            yield _verdict(f"{what}, a run a day", ours, theirs, daily, most)


def _merges(result: Result) -> Iterator[Verdict]:
    ours = of(result, "increments", "franca")

    def hourly(found: Figures) -> float:
        return found.whole_per_million(result.plan.hour)

    for name in MERGES:
        theirs = of(result, "increments", name)
        yield _verdict(f"increments, {TITLES[name]}, a run an hour", ours, theirs, hourly, MOST_OF_MERGES)


def _verdict(
    what: str, ours: Figures, theirs: Figures, cost: Callable[[Figures], float], most: float | None
) -> Verdict:
    """Return the verdict on franca's cost of a stream beside a batch's `cost`, in the repetitions of both."""
    one, other = ours.repetitions(), theirs.repetitions()
    pairs = [(one[n].per_million(), cost(other[n])) for n in sorted(one.keys() & other.keys())]
    if not pairs:
        mine = ours.per_million() if ours and not theirs else None
        return Verdict(what, mine, cost(theirs) if theirs and not ours else None, most)
    mine, its = (statistics.median(figures) for figures in zip(*pairs, strict=True))
    if min(mine, its) <= 0:
        return Verdict(what, None, None, most)
    return Verdict(what, mine, its, most, tuple(a / b for a, b in pairs if min(a, b) > 0))
