"""Server processes that outlive the command that started them: start, find again, watch, stop.

A process is known by its pid and by a mark in its command line, because pids are used again.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

LAUNCHER = Path(__file__).with_name("launcher.py")
POLL_SECONDS = 0.02
STOP_SECONDS = 30.0
EXEC_SECONDS = 0.5


def spawn(command: Sequence[str], log: Path, *, account: tuple[int, int] | None = None) -> int:
    """Start a server in a session of its own, writing to `log`; return its pid.

    `account` is the user and group to run as (only root may ask for one).
    """
    arguments = launched(command, account)
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    return os.posix_spawn(sys.executable, arguments, os.environ, file_actions=actions)


def run(command: Sequence[str], log: Path, *, account: tuple[int, int] | None = None) -> bool:
    """Run a program to its end as `spawn` does, and return whether it succeeded."""
    with log.open("ab") as output:
        finished = subprocess.run(  # noqa: S603 - programs of the wheels that we depend on
            launched(command, account), stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
        )
    return finished.returncode == 0


def launched(command: Sequence[str], account: tuple[int, int] | None) -> list[str]:
    """Return the command that starts `command` in a session of its own, as `account`."""
    uid, gid = account or (-1, -1)
    return [sys.executable, "-I", "-S", str(LAUNCHER), str(uid), str(gid), *command]


def alive(pid: int, mark: str) -> bool:
    """Return whether `pid` is a live process with `mark` among its arguments; reaps a dead child."""
    if pid <= 0:
        return False
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            _reap(pid)
            return False
        return mark in _arguments(process)
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


def stop(pid: int, mark: str, *signals: signal.Signals) -> None:
    """Ask `pid` to end by each signal in turn, with time to obey, then kill it; return when it is gone."""
    for number in (*signals, signal.SIGKILL):
        if not alive(pid, mark):
            return
        os.kill(pid, number)
        if wait_until(lambda: not alive(pid, mark), STOP_SECONDS):
            return


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Return True as soon as `condition()` holds, False when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _arguments(process: psutil.Process) -> list[str]:
    """Return a process's arguments; while it is replacing its program they are empty for a moment."""
    wait_until(lambda: bool(process.cmdline()), EXEC_SECONDS)
    return process.cmdline()


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
