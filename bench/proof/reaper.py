"""Runs a program and waits for every process that it leaves behind, so that none of their time is lost.

`python -m bench.proof.reaper COMMAND …`: a Java that outlives the Python which started it becomes this
program's child. The exit code is that of the command.
"""

import ctypes
import os
import signal
import subprocess
import sys
from types import FrameType

BECOME_SUBREAPER = 36
"""PR_SET_CHILD_SUBREAPER of Linux; elsewhere orphans are not seen."""


def main(command: list[str]) -> int:
    """Run the command, wait for all of its tree."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(BECOME_SUBREAPER, 1, 0, 0, 0)
    process = subprocess.Popen(command)

    def forward(number: int, _frame: FrameType | None) -> None:
        process.send_signal(number)

    signal.signal(signal.SIGTERM, forward)
    code = process.wait()
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return code if code >= 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
