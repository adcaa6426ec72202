"""Texts laid aside on disk, each to be taken back by its place: what would not fit into memory."""

import tempfile
from typing import NamedTuple


class Place(NamedTuple):
    """Where a text lies."""

    start: int
    size: int


class Spool:
    """A file without a name, which is gone when it is closed or its process ends."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the spool is
        self._end = 0

    def add(self, text: bytes) -> Place:
        """Lay a text aside."""
        self._file.seek(self._end)
        self._file.write(text)
        place = Place(self._end, len(text))
        self._end += len(text)
        return place

    def take(self, place: Place) -> bytes:
        """Return a text; it stays."""
        self._file.seek(place.start)
        return self._file.read(place.size)

    def close(self) -> None:
        """Forget everything. May be called twice."""
        self._file.close()
