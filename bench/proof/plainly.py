"""What the figures say, in sentences: where a batch wins, and what a stream costs while nothing happens."""

import math
from collections.abc import Iterator, Mapping

from bench.proof.changes import AGAIN
from bench.proof.conditions import repeats
from bench.proof.figures import MILLION, Figures, of
from bench.proof.pace import SLOWEST
from bench.proof.prices import Prices
from bench.proof.result import Result
from bench.proof.sections import each
from bench.proof.standing import BATCHES, WORKLOAD
from bench.proof.table import markdown, short
from bench.proof.titles import STREAMS, TITLES
from bench.proof.verdict import folding, trickle


def winners(result: Result) -> str:
    """Return a line for each batch that takes less than the stream for a one-off load, and from when on."""
    found = [*_winners(result), *_daily(result)]
    if not found and not any(
        _is_compared(result, workload) for workload in ("appends", "tpcdi", "increments")
    ):
        return "Not measured yet."
    return "\n".join(found) or "No batch that was measured takes less."


def _is_compared(result: Result, workload: str) -> bool:
    """Tell whether franca and a batch have figures."""
    found = {name for name, *_ in each(result, workload)}
    return "franca" in found and not found <= set(STREAMS)


def _winners(result: Result) -> Iterator[str]:
    for workload, what in (("appends", "the bank's appends"), ("tpcdi", "TPC-DI's changes")):
        ours = of(result, workload, "franca")
        if not ours:
            continue
        stream = ours.per_million()
        for name, title, found in each(result, workload):
            batch = found.per_million()
            if name in STREAMS or batch >= stream:
                continue
            even = found.start_up() / (stream - batch) * MILLION
            yield (
                f"- **{title}** loads {what} once with {short(batch)} CPU-seconds per million, franca's "
                f"stream takes {short(stream)}: {stream / max(batch, 0.01):.1f} times as many. With its "
                f"start-up of {short(found.start_up())} the batch is ahead in every run of more than "
                f"{even:,.0f} changes."
            )


def _daily(result: Result) -> Iterator[str]:
    """Yield a line for each batch whose daily merge takes less than the stream with its folding."""
    ours = of(result, "increments", "franca")
    for name, title, found in each(result, "increments"):
        if not ours or name == "franca" or len(found.sizes()) < 2:
            continue
        stream, batch = ours.per_million(), found.whole_per_million(found.sizes()[-1])
        if batch < stream:
            yield (
                f"- **{title}**, run once a day, merges {result.plan.day:,} changes into two tables of "
                f"{result.plan.base:,} rows with {short(batch)} CPU-seconds per million, franca with folding "
                f"takes {short(stream)}: {stream / batch:.1f} times as many."
            )


def standing(result: Result, prices: Prices) -> str:
    """Return what running all the time costs, beside an hourly batch."""
    settings = {name: of(result, WORKLOAD, name) for name in ("franca", "franca-minute")}
    measured = {name: found for name, found in settings.items() if len(found.sizes()) > 1}
    if not measured:
        return "Not measured yet."
    found = next(iter(measured.values()))
    one = found.sizes()[0]
    idle = found.at(one, lambda each: each.extra["idle"])
    servers = found.at(one, lambda each: each.extra["idle, servers"])
    said = (
        f"A stream's processes run whether or not something comes. For a pair of tables franca's workers, "
        f"the broker and PostgreSQL together use {short(idle)} CPU-seconds an hour while nothing happens "
        f"({short(idle / 36)} % of a core; {short(servers)} of them the broker and PostgreSQL). Where "
        f"{result.plan.hour:,} changes an hour come to each pair of tables, one by one, most of what they "
        f"cost is the commits that each second of them makes, not the changes. The upkeep of that time is in "
        f"these figures:"
    )
    slowest = max(each.loop_seconds for those in measured.values() for each in those.measures)
    if slowest > SLOWEST * result.loop_seconds:
        said = (
            f"This was measured while the processors were slow: a loop of additions took up to {slowest:.2f} "
            f"CPU-seconds, and {result.loop_seconds:.2f} by the other figures. All figures of this section "
            f"are as much higher, the batches' too, which were run then.\n\n{said}"
        )
    brokers = f"The brokers' list price is ${prices.standing():.2f} an hour beside that, whatever flows."
    return "\n\n".join((said, _trickles(result, measured, prices), _evens(result, measured), brokers))


def _trickles(result: Result, measured: Mapping[str, Figures], prices: Prices) -> str:
    small, large = result.plan.pairs
    heads = (
        "CPU-seconds an hour",
        *(f"{n} {'pair' if n == 1 else 'pairs'} of tables" for n in (small, large)),
        "each further pair",
        f"objects written an hour, {large} pairs",
        "at S3's price, $",
    )
    lines = []
    for name, found in measured.items():
        objects = found.at(large, lambda each: each.extra["objects"])
        costs = trickle(found, small), trickle(found, large), _slope(found)
        dollars = prices.million("franca", 0.0, objects)
        lines.append((TITLES[name], *map(short, costs), f"{objects:,.0f}", f"{dollars:.2f}"))
    return markdown(heads, lines)


def _evens(result: Result, measured: Mapping[str, Figures]) -> str:
    """Return from how many pairs of tables on the stream takes less than each batch that runs each hour."""
    hour = result.plan.hour
    folds = folding(result) * hour / MILLION
    heads = ("a batch an hour", f"CPU-seconds of {hour:,} changes", *(TITLES[name] for name in measured))
    lines = []
    for name in BATCHES:
        if found := of(result, WORKLOAD, name):
            run = found.whole_per_million(hour) * hour / MILLION
            evens = (_even(those, run - folds) for those in measured.values())
            lines.append((TITLES[name], short(run), *evens))
    said = (
        f"What a batch takes that merges the same changes into two tables of {result.plan.base:,} rows each "
        f"hour, and from how many such pairs of tables on all of franca takes less, with what stands and "
        f"with the folds of such tables. With fewer, or with smaller tables, the hourly batch takes less, "
        f"and its newest row is an hour old:"
    )
    parts = (said, markdown(heads, lines), again(result, WORKLOAD))
    return "\n\n".join(part for part in parts if part)


def again(result: Result, workload: str) -> str:
    """Return how often a key changes in the increments that were measured, '' where none was."""
    found = {
        each.again
        for each in result.measures
        if each.workload == workload and repeats(workload, each.contestant)
    }
    if 0 in found:
        return (
            f"These figures are of changes in which each key changes once at most within an hour; of those "
            f"that the bench makes now, one in {AGAIN} is another of a key that has changed."
        )
    return "".join(
        f"One change in {each} is another of a key that has changed within the hour." for each in found
    )


def _even(found: Figures, run: float) -> str:
    """Return the number of pairs at which `run` for each comes to as much."""
    slope = _slope(found)
    stands = trickle(found, found.sizes()[0]) - found.sizes()[0] * slope
    return "never" if slope >= run else f"from {max(1, math.ceil(stands / (run - slope))):,} on"


def _slope(found: Figures) -> float:
    small, large = found.sizes()
    return (trickle(found, large) - trickle(found, small)) / (large - small)
