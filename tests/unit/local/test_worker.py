"""A worker's talk with the process that started it."""

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
