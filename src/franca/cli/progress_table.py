"""Progress of pipelines as a table: live on a terminal, and once at the end."""

from collections.abc import Sequence

from rich.table import Table

from franca.cli.output import cell, print_table
from franca.pipeline.progress import Progress

COLUMNS = ("pipeline", "state", "read", "written", "dead", "lag", "per s", "p50 ms", "p99 ms", "trouble")


def progress_table(pictures: Sequence[Progress]) -> Table:
    """Return the table of all workers as of now."""
    table = Table(box=None, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column, justify="left" if column in ("pipeline", "state", "trouble") else "right")
    for p in pictures:
        rates = (p.read_per_second, p.p50_milliseconds, p.p99_milliseconds)
        cells = (p.pipeline, p.state, p.read, p.written, p.dead, sum(p.lag.values()), *map(round, rates))
        table.add_row(*(cell(value) for value in cells), cell(p.last_error or _killed(p)))
    return table


def _killed(picture: Progress) -> str:
    return f"was killed, restarts: {picture.restarts}" if picture.restarts else ""


def summary(pictures: Sequence[Progress]) -> None:
    """Print what each pipeline has done in this run, all its workers together."""
    rows = []
    for name in dict.fromkeys(p.pipeline for p in pictures):
        own = [p for p in pictures if p.pipeline == name]
        rows.append((name, sum(p.read for p in own), sum(p.written for p in own), sum(p.dead for p in own)))
    print_table("", ("pipeline", "read", "written", "dead"), rows)
