"""The ratios of franca's cost to a batch's, those to reach among them, and how far apart repetitions lie."""

import math
import statistics
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from bench.proof.figures import MILLION, Figures, of
from bench.proof.result import Result
from bench.proof.table import NONE, short
from bench.proof.titles import TITLES, title
from bench.proof.workloads import WORKLOADS, names

Asked = dict[str, float | None]
"""The batches that franca is set beside, with the ratio to reach; None where it is one to know alone."""

BESIDE_APPENDS: Asked = {"spark": 1.0, "dlt": 0.6, "dlt-arrow": None, "python": None, "duckdb": None}
"""Of Arrow tables that are mapped by hand dlt does the loading alone."""

BESIDE_COMPACTED: Asked = {"spark": 1.0}
BESIDE_TPCDI: Asked = {"spark": None, "python": None, "duckdb": None, "dlt": None}
MOST_OF_MERGES = 0.3
MERGES = ("spark-merge", "spark-merge-dv", "deltalake-merge", "duckdb-rewrite")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One ratio of franca's CPU-seconds to a batch's for the same changes.

    `ours` and `theirs` are medians, which count; `pairs` are the ratios of each repetition alone. Where
    nothing is to be reached, `most` is None. `places` are the workloads and contestants of both.
    """

    what: str
    ours: float | None
    theirs: float | None
    most: float | None
    pairs: tuple[float, ...] = ()
    places: tuple[str, str] = ("", "")

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
        return f"{share(min(self.pairs))} to {share(max(self.pairs))}" if len(self.pairs) > 1 else ""

    def cells(self) -> tuple[str, ...]:
        """Return what, both figures, ratio, pairs, their spread, target, met, as text."""
        ratio = "" if self.ratio is None else share(self.ratio)
        pairs = f"{len(self.pairs)}" if self.pairs else ""
        figures = short(self.ours), short(self.theirs), ratio
        most = NONE if self.most is None else f"≤ {self.most}"
        return self.what, *figures, pairs, self.spread, most, self._met()

    def line(self) -> str:
        """Return it as a line of text."""
        what, ours, theirs, ratio, pairs, spread, most, met = self.cells()
        if not ratio:
            return f"{what}, to reach {most}: {met}"
        apart = f" ({pairs} pairs, {spread})" if spread else " (1 pair)" if pairs else ""
        reached = "" if self.most is None else f", to reach {most}: {met}"
        return f"{what}: {ours} / {theirs} = {ratio}{apart}{reached}"

    def is_asked(self, places: Collection[str]) -> bool:
        """Tell whether it says something of these places: a ratio, or that one to reach has no figure."""
        if self.ratio is None:
            return self.most is not None and self.places[1] in places
        return not set(self.places).isdisjoint(places)

    def _met(self) -> str:
        if self.most is None and self.ratio is not None:
            return NONE
        met = {True: "yes", False: "no", None: "not measured"}[self.is_met]
        agreed = all((pair <= (self.most or 0.0)) is self.is_met for pair in self.pairs)
        return met if agreed or not self.spread else f"{met}, but {self.spread}"


@dataclass(frozen=True, slots=True)
class _Side:
    """A contestant in a workload, and which of its figures is set beside the other's."""

    workload: str
    name: str
    cost: Callable[[Figures], float]


def share(ratio: float) -> str:
    """Return a ratio with two decimals, a small one with two digits that mean something.

    >>> share(2.437), share(0.9), share(0.0576), share(0.0038), share(0.0)
    ('2.44', '0.90', '0.058', '0.0038', '0.00')
    """
    decimals = 1 - math.floor(math.log10(ratio)) if 0 < ratio < 0.1 else 2
    return f"{ratio:.{decimals}f}"


def verdicts(result: Result) -> list[Verdict]:
    """Return all of them."""
    return [
        *_loads(result, "appends", "franca", BESIDE_APPENDS | _own(result, "appends")),
        *_loads(result, "appends", "franca+compaction", BESIDE_COMPACTED),
        *_loads(result, "tpcdi", "franca", BESIDE_TPCDI | _own(result, "tpcdi")),
        *_at_once(result),
        *_as_they_come(result),
    ]


def _own(result: Result, workload: str) -> dict[str, float | None]:
    """Return batches of one's own."""
    return {name: None for name in names(workload, result) if name not in WORKLOADS[workload]}


def _loads(result: Result, workload: str, our: str, asked: Asked) -> Iterator[Verdict]:
    """Yield what one load takes beside the stream: a million changes alone, and with a day's start-up."""

    def daily(found: Figures) -> float:
        return found.run_of(result.plan.day)

    ours = _Side(workload, our, Figures.per_million)
    what = {"tpcdi": "TPC-DI"}.get(workload, workload)
    what += "" if our == "franca" else f", {TITLES[our].partition(', ')[2]}"
    for name, most in asked.items():
        for text, cost in (("start-up apart", Figures.per_million), ("a run a day", daily)):
            yield _verdict(result, f"{what}, {title(name)}, {text}", ours, _Side(workload, name, cost), most)


def _at_once(result: Result) -> Iterator[Verdict]:
    """Yield what increments take where franca too is given an hour's changes at once, each second."""
    plan, ours = result.plan, _Side("increments", "franca", Figures.per_million)
    runs = {"a run an hour": (plan.hour, MOST_OF_MERGES), "a run a day": (plan.day, None)}
    for run, (size, most) in runs.items():

        def cost(found: Figures, size: int = size) -> float:
            return found.whole_per_million(size)

        asked = {**dict.fromkeys(MERGES, most), **_own(result, "increments")}
        for name, its_most in asked.items():
            what = f"increments, an hour's {plan.hour:,} changes at once, {title(name)}, {run}"
            yield _verdict(result, what, ours, _Side("increments", name, cost), its_most)


def _as_they_come(result: Result) -> Iterator[Verdict]:
    """Yield what the same changes take where they come to the stream one by one, all through the hour."""
    plan = result.plan

    def hourly(found: Figures) -> float:
        return found.whole_per_million(plan.hour)

    for our in ("franca", "franca-minute"):
        old = "" if our == "franca" else f", {TITLES[our].partition(', ')[2]}"
        for pairs in plan.pairs:

            def cost(found: Figures, pairs: int = pairs) -> float:
                return trickle(found, pairs) / pairs / plan.hour * MILLION + folding(result)

            tables = f"{pairs} {'pair' if pairs == 1 else 'pairs'} of tables"
            for name in MERGES:
                what = f"increments, an hour's {plan.hour:,} changes as they come, {tables}{old}"
                sides = _Side("standing", our, cost), _Side("standing", name, hourly)
                yield _verdict(result, f"{what}, {title(name)}, a run an hour", *sides, None)


def trickle(found: Figures, pairs: int) -> float:
    """Return the CPU-seconds of an hour in which changes come one by one to so many pairs of tables."""
    return found.at(pairs, lambda each: each.extra["trickle"])


def folding(result: Result) -> float:
    """Return the CPU-seconds of the folds of large tables for a million changes; 0 where not measured."""
    return of(result, "increments", "franca").extra("upkeep") or 0.0


def _verdict(result: Result, what: str, ours: _Side, theirs: _Side, most: float | None) -> Verdict:
    """Return the verdict on both costs, in the repetitions that both have."""
    places = f"{ours.workload}/{ours.name}", f"{theirs.workload}/{theirs.name}"
    our, their = (of(result, each.workload, each.name) for each in (ours, theirs))
    one, other = our.repetitions(), their.repetitions()
    costs = [(ours.cost(one[n]), theirs.cost(other[n])) for n in sorted(one.keys() & other.keys())]
    if not costs:
        mine = ours.cost(our) if our and not their else None
        return Verdict(what, mine, theirs.cost(their) if their and not our else None, most, (), places)
    mine, its = (statistics.median(figures) for figures in zip(*costs, strict=True))
    if min(mine, its) <= 0:
        return Verdict(what, None, None, most, (), places)
    return Verdict(what, mine, its, most, tuple(a / b for a, b in costs if min(a, b) > 0), places)
