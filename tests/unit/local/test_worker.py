"""A worker's talk with the process that started it."""

import subprocess
import sys

from franca.config.endpoints import Endpoints
from franca.local.job import Job, line

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
