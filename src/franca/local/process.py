"""Server processes that outlive the command that started them: start, find again, watch, stop.

A process is known by its pid and by a mark in its command line, because pids are used again.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

LAUNCHER = Path(__file__).with_name("launcher.py")
POLL_SECONDS = 0.02
STOP_SECONDS = 30.0
END_SECONDS = 2.0
BARE_SECONDS = 5.0
"""A process has no arguments for a moment while it replaces its program, and while it is ending."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program to run: its command (a full path first), its folder, its log, its account, its priority.

    `account` is the user and group to run as; only root may ask for one.
    """

    command: Sequence[str]
    folder: Path
    log: Path
    account: tuple[int, int] | None = None
    niceness: int = 0

    def spawn(self) -> int:
        """Start it in a session of its own, and return its pid."""
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(self.log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ]
        return os.posix_spawn(sys.executable, self._launched(), _environment(), file_actions=actions)

    def run(self, text: str = "") -> bool:
        """Run it to its end with `text` to read, and return whether it succeeded."""
        with self.log.open("ab") as log:
            finished = subprocess.run(  # noqa: S603 - programs of the packages we depend on, no shell
                self._launched(), input=text.encode(), stdout=log, stderr=log, env=_environment(), check=False
            )
        return finished.returncode == 0

    def _launched(self) -> list[str]:
        uid, gid = self.account or (-1, -1)
        arguments = [str(self.folder), str(self.niceness), str(uid), str(gid), *self.command]
        return [sys.executable, "-I", "-S", str(LAUNCHER), *arguments]


def alive(pid: int, mark: str) -> bool:
    """Return whether `pid` is a live process with `mark` among its arguments; reaps a dead child.

    One that is on its way out is in the system's list without arguments, or without a place to ask for them.
    """
    if pid <= 0:
        return False
    try:
        process = psutil.Process(pid)
        return mark in _awaited_arguments(process)
    except psutil.NoSuchProcess:
        return not _is_gone(pid)
    except psutil.Error:
        return False


def find(mark: str) -> int:
    """Return the pid of the oldest process with `mark` among its arguments, 0 where there is none."""
    found = [
        (process.create_time(), process.pid)
        for process in psutil.process_iter(["cmdline"])
        if mark in (process.info["cmdline"] or ()) and alive(process.pid, mark)
    ]
    return min(found)[1] if found else 0


def residents(folder: Path) -> list[psutil.Process]:
    """Return the live processes whose present folder is `folder`."""
    return [
        process
        for process in psutil.process_iter(["cwd", "status"])
        if process.info["cwd"] == str(folder) and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


def stop(pid: int, mark: str, *signals: signal.Signals) -> None:
    """Ask `pid` to end by each signal in turn, with time to obey, then kill it; return when it is gone."""
    for number in (*signals, signal.SIGKILL):
        if not alive(pid, mark):
            return
        os.kill(pid, number)
        if wait_until(lambda: not alive(pid, mark), STOP_SECONDS):
            return


def end(mark: str) -> None:
    """End the program with `mark` among its arguments and all that it started, where there is one."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        leader = find(mark)
        if not leader:
            return
        os.killpg(leader, number)
        wait_until(lambda: not find(mark), END_SECONDS)


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Return True as soon as `condition()` holds, False when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _environment() -> dict[str, str]:
    """Return the environment for servers: paths with any letters need a locale that has them."""
    return {**os.environ, "LC_ALL": "C.UTF-8"}


def _awaited_arguments(process: psutil.Process) -> list[str]:
    """Return the arguments that a process has, or has soon."""
    deadline = time.monotonic() + BARE_SECONDS
    while not (arguments := _arguments(process)) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return arguments


def _arguments(process: psutil.Process) -> list[str]:
    """Return the arguments of a process; one that has ended and waits to be noticed raises ZombieProcess."""
    if process.status() == psutil.STATUS_ZOMBIE:
        raise psutil.ZombieProcess(process.pid)
    return process.cmdline()


def _is_gone(pid: int) -> bool:
    """Return whether an ended process holds nothing any more; takes it off the system's list.

    A process whose first thread has ended looks ended too, though others still hold its files and locks.
    """
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        pass
    try:
        return psutil.Process(pid).num_threads() <= 1
    except (psutil.Error, IndexError):
        return True
