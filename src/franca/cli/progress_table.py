"""Progress of pipelines as a table: live on a terminal, and once at the end."""

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from franca.cli.output import cell, print_table
from franca.pipeline.progress import Progress

COLUMNS = ("pipeline", "state", "read", "written", "dead", "lag", "per s", "p50 ms", "p99 ms")


def progress_table(pictures: Sequence[Progress]) -> Group:
    """Return the table of all workers as of now, and below it a line for each that is in trouble."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for column in COLUMNS:
        table.add_column(column, justify="left" if column in ("pipeline", "state") else "right", no_wrap=True)
    for p in pictures:
        rates = (p.read_per_second, p.p50_milliseconds, p.p99_milliseconds)
        cells = (p.pipeline, p.state, p.read, p.written, p.dead, sum(p.lag.values()), *map(round, rates))
        table.add_row(*map(cell, cells))
    troubles = [(p.pipeline, p.last_error or p.paused or _killed(p)) for p in pictures]
    return Group(table, *(Text(cell(f"{name}: {trouble}")) for name, trouble in troubles if trouble))


def _killed(picture: Progress) -> str:
    return f"was killed, restarts: {picture.restarts}" if picture.restarts else ""


def summary(pictures: Sequence[Progress]) -> None:
    """Print what each pipeline has done in this run, all its workers together."""
    rows = []
    for name in dict.fromkeys(p.pipeline for p in pictures):
        own = [p for p in pictures if p.pipeline == name]
        rows.append((name, sum(p.read for p in own), sum(p.written for p in own), sum(p.dead for p in own)))
    print_table("", ("pipeline", "read", "written", "dead"), rows)
