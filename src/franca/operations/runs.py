"""The runs of a project on this machine: who runs what, and how one is asked to take up a changed project.

Each has three files in `.franca/runs/`: a lock that ends with its process, what it tells, what it is asked.
"""

import fcntl
import os
from itertools import count
from pathlib import Path
from typing import Literal

import msgspec

_NUMBERS = count(1)
"""A process may run a project several times, as tests and the demo do."""

State = Literal["", "reloading", "reloaded", "refused", "failed"]


class Change(msgspec.Struct, frozen=True):
    """What happened to one worker in a reload; `seconds` is how long nobody worked in its place."""

    worker: str
    what: str
    seconds: float = 0.0
    failure: str = ""


class Run(msgspec.Struct, frozen=True):
    """One run: its process, the contracts that it feeds, and how its last reload went.

    `request` is the name of that reload's request. A run that ends by itself is not reloaded.
    """

    name: str
    pid: int
    contracts: list[str] = []
    ends_by_itself: bool = False
    request: str = ""
    state: State = ""
    changes: list[Change] = []
    problems: list[str] = []


class RunFile:
    """This process's own run, as others see it while it lasts."""

    def __init__(self, state: Path, contracts: list[str], *, ends_by_itself: bool) -> None:
        self._name = f"{os.getpid()}-{next(_NUMBERS)}"
        self._folder = state / "runs"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._ask = str(self._path("ask"))
        self._lock = os.open(self._path("lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._path("ask").unlink(missing_ok=True)
        self.tell(Run(self._name, os.getpid(), contracts, ends_by_itself))

    def tell(self, run: Run) -> None:
        """Let others see it as it is now."""
        self.run = run
        scratch = self._path("tmp")
        scratch.write_bytes(msgspec.json.encode(run))
        scratch.replace(self._path("json"))

    def asked(self) -> str:
        """Return the name of a request to reload that has not been answered, empty where there is none."""
        if not os.access(self._ask, os.R_OK):  # nearly always: an idle run would use a tenth for opening it
            return ""
        try:
            name = Path(self._ask).read_text()
        except FileNotFoundError:
            return ""
        return "" if name == self.run.request else name

    def close(self) -> None:
        """Take it from the list. May be called twice."""
        lock, self._lock = self._lock, -1
        if lock >= 0:
            for kind in ("json", "ask", "lock"):
                self._path(kind).unlink(missing_ok=True)
            os.close(lock)

    def _path(self, kind: str) -> Path:
        return _path(self._folder, self._name, kind)


def live_runs(state: Path) -> list[Run]:
    """Return the runs whose processes live, in the order of their numbers."""
    found = [_read(path) for path in sorted((state / "runs").glob("*.json")) if _is_held(path)]
    return [run for run in found if run is not None]


def ask(state: Path, run: Run, name: str) -> None:
    """Ask a run to reload; its answer has the name of the request."""
    folder = state / "runs"
    scratch = folder / f"{name}.tmp"
    scratch.write_text(name)
    scratch.replace(_path(folder, run.name, "ask"))


def follow(state: Path, run: Run) -> Run | None:
    """Return a run as it is now, None where it has ended."""
    path = _path(state / "runs", run.name, "json")
    return _read(path) if _is_held(path) else None


def _path(folder: Path, name: str, kind: str) -> Path:
    return folder / f"{name}.{kind}"


def _read(path: Path) -> Run | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Run)
    except (OSError, msgspec.DecodeError):
        return None


def _is_held(path: Path) -> bool:
    try:
        with path.with_suffix(".lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False
