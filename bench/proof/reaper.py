"""Runs a program and waits for every process that it leaves behind, so that none of their time is lost.

`python -m bench.proof.reaper COMMAND …`: a Java that outlives the Python which started it becomes this
program's child. The exit code is that of the command, 127 where it can't be started; one that is told to end
has all of them end.
"""

import ctypes
import errno
import os
import signal
import subprocess
import sys
from contextlib import suppress
from types import FrameType

import psutil

BECOME_SUBREAPER = 36
"""PR_SET_CHILD_SUBREAPER of Linux; elsewhere orphans are not seen."""

NOT_STARTED = 127
"""The exit code, as a shell's, of a command that can't be started."""


def main(command: list[str]) -> int:
    """Run the command, wait for all of its tree."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(BECOME_SUBREAPER, 1, 0, 0, 0)

    def forward(number: int, _frame: FrameType | None) -> None:
        for each in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                each.send_signal(number)

    signal.signal(signal.SIGTERM, forward)
    try:
        process = subprocess.Popen(command)
    except OSError as error:
        print(f"can't be started: {_why(error)}", file=sys.stderr)
        return NOT_STARTED
    code = process.wait()
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return code if code >= 0 else 128 - code


def _why(error: OSError) -> str:
    """Return why a command was not started; a hint where the system says it of a script by its name alone."""
    told = (error.strerror or str(error)).lower()
    if error.errno in {errno.ENOEXEC, errno.ENOENT}:
        told += "; a script names in its first line what runs it, as #!/bin/sh does"
    return told


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
