"""A run has the lake looked after, in a process of its own."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from franca.local.upkeep import Upkeep

EXAMPLE = Path(__file__).parents[3] / "examples" / "bank"
DEADLINE_SECONDS = 60.0


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """Return the folder of a project of which nothing was run yet."""
    return shutil.copytree(EXAMPLE, tmp_path / "bank", ignore=shutil.ignore_patterns(".franca"))


def test_the_process_does_what_is_due_and_ends(bank: Path) -> None:
    """Where nothing is due it says nothing; what keeps it from looking is said, and no trace."""
    command = [sys.executable, "-m", "franca.local.upkeep", str(bank), ""]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")

    events = bank / ".franca/lake/customer/events/_delta_log"
    events.mkdir(parents=True)
    (events / f"{0:020d}.json").write_text("{")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "lake" in done.stderr
    assert "Traceback" not in done.stderr


def test_one_process_at_a_time_is_started_when_it_is_due(bank: Path, tmp_path: Path) -> None:
    """And none is left when the run ends."""
    log = tmp_path / "logs" / "upkeep.log"
    never, now = (Upkeep(bank, "", log, seconds) for seconds in (0.0, 0.001))
    assert not never.look()
    until = time.monotonic() + DEADLINE_SECONDS
    while not now.look():
        assert time.monotonic() < until
    assert now.look()
    assert log.exists()
    now.close()
    now.close()
