"""The ratios to reach, and whether they are."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.proof.figures import of
from bench.proof.result import Result
from bench.proof.table import short
from bench.proof.titles import TITLES

MOST_OF_APPENDS = {"spark": 1.0, "dlt": 0.6}
MOST_OF_MERGES = 0.3
MERGES = ("spark-merge", "spark-merge-dv", "deltalake-merge", "duckdb-rewrite")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One ratio of franca's CPU-seconds to a batch's for the same changes."""

    what: str
    ours: float | None
    theirs: float | None
    most: float

    @property
    def ratio(self) -> float | None:
        """The ratio, None where one of the two has no figure."""
        return self.ours / self.theirs if self.ours is not None and self.theirs else None

    @property
    def is_met(self) -> bool | None:
        """Tell whether it is reached; None where it can't be told."""
        return None if self.ratio is None else self.ratio <= self.most

    def cells(self) -> tuple[str, ...]:
        """Return what, both figures, ratio, target, met, as text."""
        met = {True: "yes", False: "no", None: "not measured"}[self.is_met]
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        return self.what, short(self.ours), short(self.theirs), ratio, f"≤ {self.most}", met

    def line(self) -> str:
        """Return it as a line of text."""
        what, ours, theirs, ratio, most, met = self.cells()
        return f"{what}: {ours} / {theirs} = {ratio}, to reach {most}: {met}"


def verdicts(result: Result) -> list[Verdict]:
    """Return all of them."""
    return [*_appends(result), *_merges(result)]


def _appends(result: Result) -> Iterator[Verdict]:
    ours = of(result, "appends", "franca")
    stream = ours.per_million() if ours else None
    for name, most in MOST_OF_APPENDS.items():
        theirs = of(result, "appends", name)
        marginal = theirs.per_million() if theirs else None
        daily = theirs.run_of(result.plan.day) if theirs else None
        yield Verdict(f"appends, {TITLES[name]}, start-up apart", stream, marginal, most)
        yield Verdict(f"appends, {TITLES[name]}, a run a day", stream, daily, most)


def _merges(result: Result) -> Iterator[Verdict]:
    ours = of(result, "increments", "franca")
    for name in MERGES:
        theirs = of(result, "increments", name)
        hourly = theirs.whole_per_million(result.plan.hour) if theirs else None
        cycle = ours.per_million() if ours else None
        yield Verdict(f"increments, {TITLES[name]}, a run an hour", cycle, hourly, MOST_OF_MERGES)
