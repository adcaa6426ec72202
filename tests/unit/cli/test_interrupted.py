"""What Ctrl-C does to a command."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

CPU_SECONDS = 5
"""By then the command has begun to ask."""


@pytest.mark.skipif(signal.getsignal(signal.SIGINT) is signal.SIG_IGN, reason="the interrupt is ignored here")
def test_ctrl_c_ends_a_question_without_a_trace(tmp_path: Path) -> None:
    """Whatever DuckDB is busy with: it hears of it late or never, and makes an error of its own of it."""
    franca = [sys.executable, "-m", "franca"]
    subprocess.run([*franca, "new", "bank"], cwd=tmp_path, check=True, capture_output=True)
    question = [*franca, "query", "select count(*) from range(100000000000000) t(n) where n % 7 = 3"]
    with subprocess.Popen(question, cwd=tmp_path / "bank", stderr=subprocess.PIPE) as program:
        deadline, times = time.monotonic() + 60, psutil.Process(program.pid).cpu_times
        while times().user < CPU_SECONDS and time.monotonic() < deadline:
            time.sleep(0.05)
        program.send_signal(signal.SIGINT)
        try:
            _, said = program.communicate(timeout=60)
        finally:
            program.kill()
    assert program.returncode in {-signal.SIGINT, 130}
    assert said == b""
