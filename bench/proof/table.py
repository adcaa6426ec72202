"""The result as text in columns, for a terminal and for the page."""

from collections.abc import Sequence

from bench.proof.figures import Figures, measured, of, tells
from bench.proof.result import DIFFERENT, Result, sizes
from bench.proof.titles import title
from bench.proof.workloads import WORKLOADS, names

HEADS = ("workload", "contestant", "tables", "CPU-s/M", "start-up", "MB", "rows/change")
RATES = (
    "contestant",
    "highest rate sustained, /s",
    "age then, p50, s",
    "p99, s",
    "CPU-s/M then",
    "MB, largest process",
)
NONE = "-"
COMPARED = ("appends", "increments", "tpcdi")
"""Where tables are compared with what they should be."""

TOO_SMALL = "too small to tell the cost"
APART = ("sustained", "standing")
"""What has figures of another kind."""


def table(result: Result) -> str:
    """Return every contestant's main figures as text."""
    lines = [
        _line(result, workload, name)
        for workload in WORKLOADS
        for name in names(workload, result)
        if workload not in APART or not measured(result, workload, name)
    ]
    shown = [line for line in lines if any(line[2:])]
    parts = [_columns([HEADS, *shown])]
    if sustained := [cells for _, cells in rates(result)]:
        parts.append(_columns([RATES, *sustained]))
    return "\n\n".join(parts)


def markdown(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a table of the page."""
    rows = [heads, tuple("---" for _ in heads), *lines]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)


def short(figure: float | None) -> str:
    """Return a figure with as many digits as mean something.

    >>> short(0.1234), short(5.678), short(45.67), short(1234.5), short(None)
    ('0.12', '5.7', '46', '1,234', '')
    """
    if figure is None:
        return ""
    return f"{figure:,.{2 if figure < 1 else 1 if figure < 10 else 0}f}"


def rates(result: Result) -> list[tuple[str, tuple[str, ...]]]:
    """Return the name of each stream that was offered rates, and its cells of the table of them."""
    found = [(name, of(result, "sustained", name)) for name in names("sustained", result)]
    return [(name, _cells(name, figures, result.plan.rates[-1])) for name, figures in found if figures]


def _cells(name: str, found: Figures, highest: int) -> tuple[str, ...]:
    kept = [rate for rate in found.sizes() if found.at(rate, lambda m: m.extra["sustained"]) == 1.0]
    if not kept:
        return title(name), f"under {found.sizes()[0]:,}", *[NONE] * 4
    rate = kept[-1]
    figures = (
        found.at(rate, lambda m: m.extra["p50"]),
        found.at(rate, lambda m: m.extra["p99"]),
        found.whole_per_million(rate),
        found.at(rate, lambda m: m.megabytes),
    )
    return title(name), f"{rate:,}{' or more' if rate == highest else ''}", *map(short, figures)


def _columns(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    texts = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    return "\n".join([texts[0], "-" * len(texts[0]), *texts[1:]])


def _line(result: Result, workload: str, contestant: str) -> Sequence[str]:
    found = measured(result, workload, contestant)
    if not found:
        reason = result.missing.get(f"{workload}/{contestant}", "")
        return workload, title(contestant), "differ" if reason == DIFFERENT else "", reason, "", "", ""
    cost = start_up = None
    if tells(result, workload, found):
        is_whole = workload == "increments"
        cost = found.whole_per_million(found.sizes()[0]) if is_whole else found.per_million()
        start_up = None if is_whole or len(found.sizes()) == 1 else found.start_up()
    agree = "agree" if workload in COMPARED else ""
    told = short(cost) if cost is not None else _why(result, workload, found)
    figures = (start_up, found.megabytes(), found.rows_per_change() or None)
    return workload, title(contestant), agree, told, *map(short, figures)


def _why(result: Result, workload: str, found: Figures) -> str:
    """Return why there is no cost of a contestant that was measured."""
    is_whole = found.has(sizes(result.plan, workload, found.measures[0].contestant))
    return TOO_SMALL if is_whole else "not measured at all sizes yet"
