"""Server processes: started apart, found again, stopped."""

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from franca.local.process import Program, alive, end, find, residents, stop, wait_until

SLEEPER = "import time; print('ready', end='', flush=True); time.sleep(600)"


def test_a_server_has_a_session_a_folder_and_a_log_of_its_own(tmp_path: Path) -> None:
    """It survives the end of its starter's terminal, and says what it says to its log."""
    pid, mark = _started(tmp_path)
    try:
        assert os.getsid(pid) == pid
        assert psutil.Process(pid).cwd() == str(tmp_path)
        assert residents(tmp_path) == [psutil.Process(pid)]
    finally:
        stop(pid, mark)


def test_it_is_found_by_its_mark_and_only_by_it(tmp_path: Path) -> None:
    """A pid alone proves nothing."""
    pid, mark = _started(tmp_path)
    try:
        assert find(mark) == pid
        assert alive(pid, mark)
        assert not alive(pid, mark + "x")
    finally:
        stop(pid, mark)
    assert not alive(pid, mark)
    assert find(mark) == 0


def test_a_stop_obeyed_is_no_kill(tmp_path: Path) -> None:
    """The first signal is enough for a server that listens to it."""
    pid, mark = _started(tmp_path)
    stop(pid, mark, signal.SIGTERM)
    assert not psutil.pid_exists(pid)


def test_a_killed_server_leaves_no_zombie(tmp_path: Path) -> None:
    """Asking whether it lives takes it off the system's list."""
    pid, mark = _started(tmp_path)
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not alive(pid, mark), 10)
    assert not psutil.pid_exists(pid)


def test_a_program_ends_with_all_that_it_started(tmp_path: Path) -> None:
    """The end of a shell that waits for its child is the child's end."""
    mark = f"-mark={tmp_path}"
    shell = ["/bin/sh", "-c", '"$@"; true', "sh", sys.executable, "-c", "import time; time.sleep(600)", mark]
    pid = Program(shell, tmp_path, tmp_path / "log").spawn()
    assert wait_until(lambda: len(residents(tmp_path)) == 2, 10)
    end(mark)
    assert residents(tmp_path) == []
    assert not alive(pid, mark)


def test_a_strangers_pid_is_left_alone(tmp_path: Path) -> None:
    """Stopping a pid that was used again does nothing."""
    stop(os.getpid(), f"-mark={tmp_path}", signal.SIGKILL)
    assert psutil.pid_exists(os.getpid())


@pytest.mark.parametrize(("status", "succeeded"), [(0, True), (3, False)])
def test_a_program_that_is_run_to_its_end_tells_how_it_ended(
    status: int, succeeded: bool, tmp_path: Path
) -> None:
    """What it read and said is in the log."""
    code = f"import sys; print(sys.stdin.read()); sys.exit({status})"
    program = Program([sys.executable, "-c", code], tmp_path, tmp_path / "log")
    assert program.run("words") is succeeded
    assert (tmp_path / "log").read_text(encoding="utf-8") == "words\n"


def _started(folder: Path) -> tuple[int, str]:
    mark = f"-mark={folder}"
    log = folder / "log"
    pid = Program([sys.executable, "-c", SLEEPER, mark], folder, log).spawn()
    assert wait_until(lambda: log.exists() and log.read_text(encoding="utf-8") == "ready", 10)
    return pid, mark
