"""The result as text in columns, for a terminal and for the page."""

from collections.abc import Sequence

from bench.proof.figures import of
from bench.proof.result import Result
from bench.proof.titles import TITLES
from bench.proof.workloads import WORKLOADS

HEADS = ("workload", "contestant", "CPU-s/M", "start-up", "MB", "rows/change")


def table(result: Result) -> str:
    """Return every contestant's main figures as text."""
    lines = [HEADS, *(_line(result, w, c) for w, contestants in WORKLOADS.items() for c in contestants)]
    shown = [line for line in lines if line[2]]
    widths = [max(len(line[column]) for line in shown) for column in range(len(HEADS))]
    texts = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in shown]
    return "\n".join([texts[0], "-" * len(texts[0]), *texts[1:]])


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


def _line(result: Result, workload: str, contestant: str) -> Sequence[str]:
    found = of(result, workload, contestant)
    title = TITLES.get(contestant, contestant)
    if not found:
        return workload, title, result.missing.get(f"{workload}/{contestant}", ""), "", "", ""
    figures = (found.per_million(), found.start_up(), found.megabytes(), found.rows_per_change())
    return workload, title, *map(short, figures)
