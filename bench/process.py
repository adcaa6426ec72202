"""Runs a program to its end and tells what it cost: CPU of the whole process tree, time, and memory."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench.plan import tell

ROOT = Path(__file__).parent.parent
LOOK_SECONDS = 0.2
LOOK_TOGETHER_SECONDS = 1.0
LIMIT_SECONDS = 900.0
TELL_SECONDS = 60.0
PATIENCE_SECONDS = 30.0
BEFORE_PROGRAMS = (sys.executable, "-m", "bench.proof.reaper", "env")
"""What stands in a command before the program that somebody wrote."""


class MeasurementError(Exception):
    """A part can't be measured; the others can."""


class ProgramFailedError(MeasurementError):
    """A measured program did not end well; the message holds the end of what it said."""


class TooSlowError(MeasurementError):
    """A measured program was not done in time, and was ended."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run cost.

    `peak_megabytes` is that of the largest process of the tree; `together_megabytes` that of all of them, 0
    where it was not looked at.
    """

    cpu_seconds: float
    seconds: float
    peak_megabytes: float
    server_cpu_seconds: dict[str, float] = field(default_factory=dict)
    together_megabytes: float = 0.0


def module(name: str, *arguments: object) -> list[str]:
    """Return the command that runs a module with this interpreter."""
    return [sys.executable, "-m", name, *map(str, arguments)]


def run(command: Sequence[str], folder: Path = ROOT, limit_seconds: float = LIMIT_SECONDS) -> Cost:
    """Run a command to its end. Its processes are ended where this is interrupted, or takes too long."""
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = launch(command, folder, said.fileno())
        try:
            process.returncode, cost = _watched(process.pid, began, called(command), limit_seconds)
        except BaseException:
            end(process)
            raise
        if process.returncode:
            said.seek(0)
            text = said.read().decode(errors="replace")[-3000:].strip()
            told = f"and said:\n{text}" if text else "and said nothing"
            raise ProgramFailedError(f"{called(command)} gave {process.returncode}, {told}")
        return cost


def _watched(pid: int, began: float, name: str, limit_seconds: float) -> tuple[int, Cost]:
    """Wait for a program; return its exit code and what it cost. Raises TooSlowError."""
    peak = together = told = 0.0
    looked = -LOOK_TOGETHER_SECONDS
    while True:
        ended, status, used = os.wait4(pid, os.WNOHANG)
        spent = time.perf_counter() - began
        if ended:
            cost = Cost(used.ru_utime + used.ru_stime, spent, peak, together_megabytes=together)
            return os.waitstatus_to_exitcode(status), cost
        peak = max(peak, largest_megabytes(pid))
        if spent - looked > LOOK_TOGETHER_SECONDS:
            together, looked = max(together, together_megabytes(pid)), spent
        if spent > limit_seconds:
            raise TooSlowError(f"{name} was not done in {limit_seconds:.0f} s")
        if spent - told > TELL_SECONDS:
            told = spent
            tell(f"{name} has run for {spent:.0f} s; after {limit_seconds:.0f} it is ended")
        time.sleep(LOOK_SECONDS)


def called(command: Sequence[str]) -> str:
    """Return what to call a program by its command: the file of one in Python, else all that is said to it.

    >>> called([sys.executable, "-m", "bench.proof.reaper", "env", "A=b", "/bin/python", "/a/mine.py", "F"])
    'mine.py'
    >>> called([sys.executable, "-m", "franca", "run"])
    'franca run'
    """
    words = list(command)
    while len(words) > 1 and (words[0] in BEFORE_PROGRAMS or re.match(r"[A-Z_]+=", words[0])):
        del words[0]
    return next((Path(word).name for word in words if word.endswith(".py")), " ".join(words))


def launch(command: Sequence[str], folder: Path, output: int) -> "subprocess.Popen[bytes]":
    """Start a command whose modules are this checkout's."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
    )


def end(process: "subprocess.Popen[bytes]", patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Ask a program to end, and insist after a while, with all of its processes."""
    tree = _tree(process.pid)
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(patience_seconds)
    left = {*tree, *(_tree(process.pid) if process.returncode is None else ())}
    for each in left:
        with suppress(psutil.Error):
            each.kill()
    process.kill()
    process.wait()


def _tree(pid: int) -> list[psutil.Process]:
    """Return the processes below one."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


def largest_megabytes(pid: int) -> float:
    """Return the peak so far of the largest process of a tree, 0 where that can't be told."""
    try:
        process = psutil.Process(pid)
        return max(map(_peak_megabytes, [process, *process.children(recursive=True)]))
    except psutil.Error:
        return 0.0


def together_megabytes(pid: int) -> float:
    """Return what all processes of a tree have now, a shared page by shares; 0 where that can't be told."""
    try:
        process = psutil.Process(pid)
        return sum(map(_shared_out_megabytes, [process, *process.children(recursive=True)]))
    except psutil.Error:
        return 0.0


def tree_cpu_seconds(pid: int) -> float:
    """Return what a server has used so far, the ended processes of its tree included."""
    try:
        process = psutil.Process(pid)
        own = process.cpu_times()
        ended = getattr(own, "children_user", 0.0) + getattr(own, "children_system", 0.0)
        alive = [child.cpu_times() for child in process.children(recursive=True)]
        return float(ended + sum(used.user + used.system for used in (own, *alive)))
    except psutil.Error:
        return 0.0


def _peak_megabytes(process: psutil.Process) -> float:
    """The kernel's own mark where it keeps one for the program; else what the process has now."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii", errors="replace")
        marks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(marks[0]) / 1024 if marks else float(process.memory_info().rss) / 1_048_576
    except (OSError, psutil.Error):
        return 0.0


def _shared_out_megabytes(process: psutil.Process) -> float:
    """The kernel's sum of a process's pages, each by the share that it has in it; else all that are there."""
    try:
        told = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii", errors="replace")
        sums = [line.split()[1] for line in told.splitlines() if line.startswith("Pss:")]
        return int(sums[0]) / 1024 if sums else float(process.memory_info().rss) / 1_048_576
    except (OSError, psutil.Error):
        return 0.0
