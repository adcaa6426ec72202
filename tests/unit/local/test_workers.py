"""Workers that are killed are put back, and nobody has to find out by chance."""

import time
from pathlib import Path

from franca.config.endpoints import Endpoints
from franca.local.job import Job
from franca.local.restarts import Restarts
from franca.local.workers import Workers

DIES = "import os, signal, sys\nif 'worker' in sys.argv[0]:\n    os.kill(os.getpid(), signal.SIGSEGV)\n"


def test_a_single_kill_is_put_back_at_once_and_many_with_growing_pauses() -> None:
    """A worker that dies of its data would otherwise keep the machine busy with starting it."""
    restarts = Restarts()

    assert [restarts.pause(lived_seconds=1.0) for _ in range(9)] == [0, 0.5, 1, 2, 4, 8, 15, 15, 15]


def test_a_minute_of_health_is_a_fresh_start() -> None:
    """What was long ago says nothing about now."""
    restarts = Restarts()
    for _ in range(5):
        restarts.pause(lived_seconds=1.0)

    assert [restarts.pause(lived_seconds=61.0), restarts.pause(lived_seconds=2.0)] == [0, 0.5]


def test_a_worker_that_dies_again_and_again_is_known_by_its_signal(tmp_path: Path) -> None:
    """It is counted, it names what ended it, and it is not started more often than its pauses allow."""
    (tmp_path / "franca.toml").write_text("")
    (tmp_path / "dies.py").write_text(DIES)
    team = Workers(tmp_path / "logs")
    began, deadline = time.monotonic(), time.monotonic() + 60
    team.start([Job(str(tmp_path), "", "lake", Endpoints("127.0.0.1:1", "", "", ""))])
    (worker,) = team.all
    while worker.restarts.count < 3 and time.monotonic() < deadline:
        team.watch()
        time.sleep(0.01)
    took = time.monotonic() - began
    team.stop()

    assert worker.restarts.ended_by == "SIGSEGV"
    assert team.restarts() == {"lake": 3}
    assert took >= 0.5 + 1.0
