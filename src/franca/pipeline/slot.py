"""Numbered places for the workers of a pipeline on one machine, each held by a lock on a file.

The lock ends with its process, however that ends, so that a killed worker's place is free at once.
"""

import fcntl
import hashlib
import os
import socket
from pathlib import Path


class Slot:
    """The lowest free place of a pipeline. `name` is the same whenever this place is taken again."""

    def __init__(self, folder: Path, pipeline: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.number, self._file = _take(folder, pipeline)
        place = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:8]
        self.name = f"{socket.gethostname()}.{place}.{self.number}"

    def close(self) -> None:
        """Give the place back. May be called twice."""
        descriptor, self._file = self._file, -1
        if descriptor >= 0:
            os.close(descriptor)


def _take(folder: Path, pipeline: str) -> tuple[int, int]:
    number = 0
    while True:
        path = folder / f"{pipeline}.{number}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            number += 1
            continue
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        return number, descriptor
