"""franca's commands for tests that are about what a command does, not about how its process begins or ends.

Each runs in a process of its own, forked from one that has imported what they all need: a fifth of the work.
"""

import atexit
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent


def forked(*arguments: str) -> list[str]:
    """Return the command as `subprocess` takes it: run to its end, with any folder, streams and environment.

    What the interpreter itself reads of the environment is as it was when the first command was asked for.
    """
    return [sys.executable, "-I", "-S", str(HERE / "command_client.py"), _address(), *arguments]


@cache
def _address() -> str:
    """Start the process that forks the commands, and return its socket; it ends with this one."""
    folder = tempfile.mkdtemp(prefix="franca-commands-")
    address = str(Path(folder, "socket"))
    server = subprocess.Popen(
        [sys.executable, "-P", str(HERE / "command_server.py"), address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    atexit.register(_end, server, folder)
    assert server.stdout
    assert server.stdout.readline() == b"ready\n"
    return address


def _end(server: "subprocess.Popen[bytes]", folder: str) -> None:
    server.communicate(timeout=30)
    shutil.rmtree(folder, ignore_errors=True)
