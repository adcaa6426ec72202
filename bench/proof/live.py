"""A program that runs all the time: what it uses meanwhile, the servers' part apart."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.process import (
    ROOT,
    MeasurementError,
    ProgramFailedError,
    end,
    largest_megabytes,
    launch,
    together_megabytes,
    tree_cpu_seconds,
)
from bench.stage import Stage

PATIENCE_SECONDS = 300.0
LOOK_SECONDS = 0.25


class NotDoneError(MeasurementError):
    """A program that runs did not come to what it should in time."""


@dataclass(frozen=True, slots=True)
class Used:
    """CPU-seconds up to a moment."""

    own: float
    servers: float

    def since(self, before: "Used") -> "Used":
        """Return what was used since another moment."""
        return Used(self.own - before.own, self.servers - before.servers)


@dataclass(frozen=True, slots=True)
class Live:
    """A running program."""

    process: "subprocess.Popen[bytes]"
    stage: Stage
    servers: tuple[str, ...]

    def used(self) -> Used:
        """Return what it and the servers used so far."""
        servers = sum(tree_cpu_seconds(self.stage.servers[name]) for name in self.servers)
        return Used(tree_cpu_seconds(self.process.pid), servers)

    def megabytes(self) -> float:
        """Return the peak so far of its largest process."""
        return largest_megabytes(self.process.pid)

    def together_megabytes(self) -> float:
        """Return what all of its processes have now."""
        return together_megabytes(self.process.pid)

    def wait(self, is_done: Callable[[], bool], what: str) -> None:
        """Wait until something is so. Raises NotDoneError, or ProgramFailedError where it ends before."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_done():
            if self.process.poll() is not None:
                raise ProgramFailedError(f"the program ended with {self.process.returncode} before {what}")
            if time.monotonic() > deadline:
                raise NotDoneError(f"no {what} in {PATIENCE_SECONDS:.0f} s")
            time.sleep(LOOK_SECONDS)


@contextmanager
def running(stage: Stage, command: list[str], *servers: str) -> Iterator[Live]:
    """Start a program, and end it after."""
    process = launch(command, ROOT, subprocess.DEVNULL)
    try:
        yield Live(process, stage, servers)
    finally:
        end(process)
