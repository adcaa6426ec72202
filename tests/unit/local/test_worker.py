"""A worker's talk with the process that started it."""

import signal
import subprocess
import sys
from pathlib import Path

from franca.config.endpoints import Endpoints
from franca.local.job import Job, line
from tests.command import forked

PROGRAM = """
from franca.local.worker import Boss
import os, sys
boss = Boss()
print("noise of a module", flush=True)
os.system("echo noise of a child")
boss.tell(f"{boss.job.pipeline} read {sys.stdin.read()!r} {os.read(0, 9)!r}".encode())
os._exit(0)
"""


def test_what_a_projects_module_prints_or_reads_does_not_touch_the_pipes() -> None:
    """Prints go to the log, input is empty; targets and progress pass by."""
    job = Job("bank", "", "lake", Endpoints("127.0.0.1:1", "", "", ""))

    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(line(job))
        process.stdin.flush()
        said, log = process.stdout.read(), process.stderr.read()

    assert said == b"lake read '' b''"
    assert log.split(b"\n")[:2] == [b"noise of a module", b"noise of a child"]


STUCK = """
from franca.local import worker
from franca.pipeline.stop import Stop
import time
worker.STOP_SECONDS = 0.3
boss = worker.Boss()
boss.heed(Stop())
def hang():
    while True:
        time.sleep(60)
hang()
"""


def test_a_worker_that_hangs_is_ended_when_nobody_else_is_left_to_do_it() -> None:
    """It would keep its partitions for ever: its client's heartbeat goes on. The log says where it hung."""
    job = Job("bank", "", "lake", Endpoints("127.0.0.1:1", "", "", ""))

    done = subprocess.run(
        [sys.executable, "-c", STUCK], input=line(job), capture_output=True, check=False, timeout=60
    )

    assert done.returncode == 1
    assert b"Timeout" in done.stderr
    assert b" in hang\n" in done.stderr


def test_a_signal_has_a_worker_log_what_its_threads_are_doing(tmp_path: Path) -> None:
    """Names of functions and lines only, and it goes on."""
    subprocess.run(forked("new", "bank"), cwd=tmp_path, check=True, timeout=120)
    job = Job(str(tmp_path / "bank"), "", "crm.on-ramp", Endpoints("127.0.0.1:1", "", "", ""), standby=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "franca.local.worker"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(line(job))
        process.stdin.flush()
        assert b"standby" in process.stdout.readline()
        process.send_signal(signal.SIGUSR1)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=60)

    assert process.returncode == 0
    assert b"most recent call first" in log
    assert b" in main\n" in log


def test_a_worker_that_is_put_back_maps_as_the_run_was_started(tmp_path: Path) -> None:
    """A file that was edited meanwhile is not deployed by whatever killed a worker."""
    subprocess.run(forked("new", "bank"), cwd=tmp_path, check=True, timeout=120)
    folder = tmp_path / "bank"
    job = Job(str(folder), "", "lake", Endpoints("127.0.0.1:1", "", "", ""), mappings={"crm": "00000000"})

    done = subprocess.run(
        [sys.executable, "-m", "franca.local.worker"],
        input=line(job), capture_output=True, check=False, timeout=120,
    )  # fmt: skip

    assert done.returncode == 1
    assert b"changed while the run goes on" in done.stderr
