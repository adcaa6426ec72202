"""Runs a program to its end and tells what it cost: CPU of the whole process tree, time, and memory."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent
LOOK_SECONDS = 0.2
LOOK_TOGETHER_SECONDS = 1.0
LIMIT_SECONDS = 900.0


class MeasurementError(Exception):
    """A part can't be measured; the others can."""


class ProgramFailedError(MeasurementError):
    """A measured program did not end well; the message holds the end of what it said."""


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


def run(command: Sequence[str], folder: Path = ROOT) -> Cost:
    """Run a command to its end. Its processes are ended where this is interrupted."""
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = launch(command, folder, said.fileno())
        peak = together = 0.0
        looked = -LOOK_TOGETHER_SECONDS
        try:
            while True:
                pid, status, used = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    break
                peak, spent = max(peak, largest_megabytes(process.pid)), time.perf_counter() - began
                if spent - looked > LOOK_TOGETHER_SECONDS:
                    together, looked = max(together, together_megabytes(process.pid)), spent
                if spent > LIMIT_SECONDS:
                    raise ProgramFailedError(f"{' '.join(command[2:])}: not done in {LIMIT_SECONDS:.0f} s")
                time.sleep(LOOK_SECONDS)
        except BaseException:
            end(process)
            raise
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            text = said.read().decode(errors="replace")[-3000:]
            raise ProgramFailedError(f"{' '.join(command[2:])} gave {process.returncode}\n{text}")
        spent = time.perf_counter() - began
        return Cost(used.ru_utime + used.ru_stime, spent, peak, together_megabytes=together)


def launch(command: Sequence[str], folder: Path, output: int) -> "subprocess.Popen[bytes]":
    """Start a command whose modules are this checkout's."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
    )


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ask a program to end, and insist after a while."""
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


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
