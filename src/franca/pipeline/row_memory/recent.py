"""Holds the newest rows in memory, before a store that gets them sorted, many at a time."""

import logging
import time
from collections.abc import Mapping, Sequence

from franca.pipeline.row_memory.store import RowStore

log = logging.getLogger("franca.rows")

ROOM_BYTES = 48 * 1024 * 1024
ROW_BYTES = 160
"""What Python adds to a row, about."""
WAIT_SECONDS = 60.0


class RecentRows:
    """A store before another one: what was put last is there without asking it, and is replaced for nothing.

    The other gets all of it in one `put` when the room is full, or a minute has passed: so much is read from
    the topics again after a crash. Rows that change often are thus written seldom, and others many at a time.
    """

    def __init__(self, store: RowStore, room: int = ROOM_BYTES) -> None:
        self._store = store
        self._room = room
        self._recent: dict[bytes, bytes | None] = {}
        self._size = 0
        self._written_at = time.monotonic()

    def get(self, keys: Sequence[bytes]) -> Sequence[bytes | None]:
        """Return the values of the keys."""
        recent = self._recent
        found = list(map(recent.get, keys))
        if None in found:
            places = [place for place, key in enumerate(keys) if found[place] is None and key not in recent]
            others = self._store.get([keys[place] for place in places])
            for place, value in zip(places, others, strict=True):
                found[place] = value
        return found

    def put(self, values: Mapping[bytes, bytes | None]) -> None:
        """Keep values; None forgets the key."""
        size = _size(values)
        if self._size + size > self._room:
            self._size = _size(self._recent)  # what was replaced had been counted
            if self._size + size > self._room * 3 // 4:
                self._write()
        elif time.monotonic() - self._written_at > WAIT_SECONDS:
            self._write()
        self._recent.update(values)
        self._size += size

    def forget(self, prefix: bytes) -> None:
        """Forget all keys that begin like this."""
        self._write()
        self._store.forget(prefix)

    def close(self) -> None:
        """Write what is in memory only, and close the store."""
        try:
            self._write()
        except OSError as error:
            log.info("closing: %s", error)  # it is read from the topics again
        finally:
            self._recent = {}
            self._store.close()

    def _write(self) -> None:
        """Hand over all there is. Raises OSError, and it is still there."""
        if self._recent:
            self._store.put(self._recent)
        self._recent, self._size, self._written_at = {}, 0, time.monotonic()


def _size(values: Mapping[bytes, bytes | None]) -> int:
    return sum(map(len, filter(None, values.values()))) + sum(map(len, values)) + ROW_BYTES * len(values)
