"""Where remembered rows are kept on one machine: bytes by key, and what is known of the topic behind them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol


class RowStore(Protocol):
    """A cache of what stands on topics; whatever it loses is read from there again.

    What one `put` holds is kept together or not at all, and never without what was put before it.
    """

    def get(self, keys: Sequence[bytes]) -> Sequence[bytes | None]:
        """Return the values of the keys, in their order, None where there is none."""

    def put(self, values: Mapping[bytes, bytes | None]) -> None:
        """Keep values; None forgets the key. Raises OSError where they can't be kept."""

    def forget(self, prefix: bytes) -> None:
        """Forget all keys that begin like this. Raises OSError."""

    def close(self) -> None:
        """Release everything. May be called twice."""


class DictRows:
    """Keeps rows in this process's memory: for one run over a file, and for tests."""

    def __init__(self) -> None:
        self._values: dict[bytes, bytes] = {}

    def get(self, keys: Sequence[bytes]) -> Sequence[bytes | None]:
        """Return the values of the keys."""
        return [self._values.get(key) for key in keys]

    def put(self, values: Mapping[bytes, bytes | None]) -> None:
        """Keep values; None forgets the key."""
        self._values |= {key: value for key, value in values.items() if value is not None}
        self._drop(key for key, value in values.items() if value is None)

    def forget(self, prefix: bytes) -> None:
        """Forget all keys that begin like this."""
        self._drop([key for key in self._values if key.startswith(prefix)])

    def close(self) -> None:
        """Keep nothing open."""

    def _drop(self, keys: Iterable[bytes]) -> None:
        for key in keys:
            self._values.pop(key, None)
