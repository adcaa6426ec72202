"""Progress of long work on standard error: live on a terminal, now and then a line elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from franca.cli.output import console
from franca.config.telling import Tell

SAY_SECONDS = 5.0


@contextmanager
def telling() -> Iterator[Tell]:
    """Give what is told of the progress while the block runs."""
    out = console(error=True)
    if not out.is_terminal:
        yield _Lines()
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[shown]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=out, transient=True) as progress:
        task, pace = progress.add_task("", total=None, shown=""), Pace()

        def tell(what: str, done: int, total: int) -> None:
            shown = pace.shown(what, done, total, time.monotonic())
            progress.update(task, description=what, completed=done, total=total or None, shown=shown)

        yield tell


class Pace:
    """How far some work is and how fast it goes, in words; each kind of work begins anew."""

    def __init__(self) -> None:
        self._what, self._first, self._began = "", 0, 0.0

    def shown(self, what: str, done: int, total: int, now: float) -> str:
        """Return it for a moment, in seconds.

        >>> pace = Pace()
        >>> pace.shown("rows", 1_000, 4_000, 7.0), pace.shown("rows", 3_000, 4_000, 8.0)
        ('1,000 of 4,000 (25 %)', '3,000 of 4,000 (75 %, 2,000 a second)')
        >>> pace.shown("letters", 7, 0, 9.0)
        '7'
        """
        if what != self._what:
            self._what, self._first, self._began = what, done, now
        told = [f"{min(done / total, 1):.0%}".replace("%", " %")] if total else []
        if now > self._began and done > self._first:
            told.append(f"{(done - self._first) / (now - self._began):,.0f} a second")
        notes = f" ({', '.join(told)})" if told else ""
        return f"{done:,}" + (f" of {total:,}" if total else "") + notes


class _Lines:
    """Says every few seconds how far the work is."""

    def __init__(self) -> None:
        self._said = time.monotonic()
        self._pace = Pace()

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        shown = self._pace.shown(what, done, total, now)
        if now - self._said >= SAY_SECONDS:
            self._said = now
            console(error=True).print(f"{what}: {shown}", markup=False)
