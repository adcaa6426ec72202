"""A file of values for as long as somebody needs them: written one behind the other, read by their places."""

import os
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

FAR = 1_048_576
PIECE = 500
"""So many values are written at once: where each write needs new memory, that costs more than the writing."""


class Place(NamedTuple):
    """Where in the file of a descriptor a value lies, in bytes."""

    file: int
    begin: int
    size: int

    def read(self) -> bytes:
        """Return the value. Raises OSError."""
        return os.pread(self.file, self.size, self.begin)


class ValueFile:
    """Values on disk. Methods raise OSError."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b", buffering=0)
        self._end = 0

    def write(self, values: Sequence[bytes]) -> tuple[list[int], list[int]]:
        """Write values, and return where each begins, and its size."""
        sizes = list(map(len, values))
        *begins, end = accumulate(sizes, initial=self._end)
        for first in range(0, len(values), PIECE):
            rest = memoryview(b"".join(values[first : first + PIECE]))
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
        self._end = end
        return begins, sizes

    def place(self, begin: int, size: int) -> Place:
        """Return a place in this file."""
        return Place(self._file.fileno(), begin, size)

    def read(self, begins: Sequence[int], sizes: Sequence[int]) -> list[bytes]:
        """Return the values at some places; those that lie close together are read at once."""
        if not begins:
            return []
        first, last = min(begins), max(map(int.__add__, begins, sizes))
        if last - first > FAR + 4 * sum(sizes):
            return [self.place(begin, size).read() for begin, size in zip(begins, sizes, strict=True)]
        part = os.pread(self._file.fileno(), last - first, first)
        return [part[at - first : at - first + size] for at, size in zip(begins, sizes, strict=True)]

    def close(self) -> None:
        """Close the file. May be called twice."""
        self._file.close()
