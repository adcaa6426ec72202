"""Progress of long work on standard error: live on a terminal, now and then a line elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
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
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=out, transient=True) as progress:
        task = progress.add_task("", total=None)

        def tell(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total or None)

        yield tell


class _Lines:
    """Says every few seconds how far the work is."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._said >= SAY_SECONDS:
            self._said = now
            console(error=True).print(f"{what}: {done:,}" + (f" of {total:,}" if total else ""), markup=False)
