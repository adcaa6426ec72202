"""What the figures say, in sentences: where a batch wins, and what a stream costs while nothing happens."""

from collections.abc import Iterator

from bench.proof.figures import MILLION, of
from bench.proof.prices import Prices
from bench.proof.result import Result
from bench.proof.sections import each
from bench.proof.table import short
from bench.proof.titles import STREAMS, TITLES


def winners(result: Result) -> str:
    """Return a line for each batch that takes less than the stream for a one-off load, and from when on."""
    return "\n".join([*_winners(result), *_daily(result)]) or "No batch takes less, whatever its size."


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
    ours = of(result, "increments", "franca")
    idle = ours.extra("idle") if ours else None
    if not ours or idle is None:
        return "Not measured yet."
    servers, trickle, upkeep = ours.extra("idle, servers"), ours.extra("trickle"), ours.extra("upkeep")
    plan = result.plan
    lines = [
        (
            f"A stream's processes run whether or not something comes. franca's workers, the broker and "
            f"PostgreSQL together use {short(idle)} CPU-seconds an hour while nothing happens "
            f"({short(idle / 36)} % of a core; {short(servers)} of them the broker and PostgreSQL), and "
            f"{short(trickle)} while {plan.hour:,} changes an hour trickle in one by one. That is a fixed "
            f"price for all tables of all applications together, in none of the figures per million above. "
            f"Folding and putting files together is {short(upkeep)} of franca's {short(ours.per_million())} "
            f"CPU-seconds per million."
        ),
        "",
    ]
    for name in ("duckdb-rewrite", "deltalake-merge", "spark-merge", "spark-merge-dv"):
        found = of(result, "increments", name)
        if not found:
            continue
        run = found.whole_per_million(plan.hour) * plan.hour / MILLION
        left = run - ours.per_million() * plan.hour / MILLION
        needed = (trickle or idle) / left if left > 0 else float("inf")
        lines.append(
            f"- {TITLES[name]} takes {short(run)} CPU-seconds for an hour's increment of this one pair of "
            f"tables. Counting what stands, franca takes less from {needed:,.0f} such pairs on; with fewer, "
            f"or with smaller tables, the hourly batch takes less CPU, and its newest row is an hour old."
        )
    objects = ours.extra("trickle, objects") or 0.0
    dollars = prices.million("franca", 0.0, objects)
    lines += [
        "",
        (
            f"The brokers' list price is ${prices.standing():.2f} an hour, whatever flows. While changes "
            f"trickle in, commits of a second write {objects:,.0f} objects an hour, ${dollars:.2f} at S3's "
            f"price; `linger_seconds` makes them fewer, and rows older."
        ),
    ]
    return "\n".join(lines)
