"""The lake's upkeep beside a run: now and then a process looks what its tables need, does it, and ends.

As a program, `python -m franca.local.upkeep FOLDER PROFILE`, it gives way to whatever else wants the machine.
"""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from franca.config.endpoints import endpoints
from franca.config.pipelines import shapes
from franca.config.project import Project, load
from franca.errors import FrancaError
from franca.lake.large_pages import take_large_pages
from franca.model.shape import Shape
from franca.pipeline.visible import LineFormatter

SCRATCH = "lake-upkeep"
"""The folder, below the project's state, of what does not fit into memory."""

T = TypeVar("T")

STOP_SECONDS = 10.0
NICE = 10


class Upkeep:
    """Starts the process every some seconds, never two at once; 0 seconds is never. `close` it."""

    def __init__(self, folder: Path, profile: str, log: Path, seconds: float) -> None:
        self._command = [sys.executable, "-m", "franca.local.upkeep", str(folder), profile]
        self._log, self._seconds = log, seconds
        self._due = time.monotonic() + seconds
        self._process: subprocess.Popen[bytes] | None = None

    def look(self) -> bool:
        """Start the process where it is time; return whether one is at work."""
        if self._process is not None and self._process.poll() is None:
            return True
        if not self._seconds or time.monotonic() < self._due:
            return False
        self._due = time.monotonic() + self._seconds
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, franca's own module
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        return True

    def close(self) -> None:
        """Stop the process: whoever looks after the lake next goes on where it was. May be called twice."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def of_each(some: Iterable[Shape], work: Callable[[Shape], T]) -> tuple[dict[str, T], list[FrancaError]]:
    """Return by entity what some work gave, and its errors: what one is in the way of, others are not."""
    done: dict[str, T] = {}
    errors: list[FrancaError] = []
    for shape in some:
        try:
            done[shape.name] = work(shape)
        except FrancaError as error:
            errors.append(error)
    return done, errors


def tend(project: Project, folder: Path) -> tuple[dict[str, list[str]], list[FrancaError]]:
    """Do what the lake's tables need; return it in words, and what was in the way. Raises DefinitionError."""
    take_large_pages()
    from franca.lake import upkeep  # in an extra, and slow to load

    places, settings = endpoints(project, "", ""), project.settings.lake
    policy = upkeep.Policy(settings.fold_share, settings.keep_hours)
    return of_each(
        shapes(project),
        lambda shape: upkeep.tend(places.lake_url, shape, places.lake_options, folder, policy),
    )


def main() -> int:
    """Look after the lake of the project that the arguments name; 0 when all is well."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    log = logging.getLogger("franca")
    with suppress(OSError):
        os.nice(NICE)
    folder, profile = sys.argv[1:]
    try:
        project = load(Path(folder), profile)
        found, errors = tend(project, project.state / SCRATCH)
    except FrancaError as error:
        found, errors = {}, [error]
    for entity, done in found.items():
        for what in done:
            log.info("%s: %s", entity, what)
    for text in dict.fromkeys(map(str, errors)):
        log.error("%s", text)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
