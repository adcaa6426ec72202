"""The rows that one on-ramp worker remembers: what a batch changed is pending until the batch is stored."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from franca.errors import UnavailableError
from franca.pipeline.row_memory.store import RowStore
from franca.types import Partition, Placed


class Changelog(Protocol):
    """The topics behind the store."""

    def restore(self, partitions: Sequence[Partition], store: RowStore) -> float:
        """Bring the store up to what is committed of the rows of these raw partitions.

        Returns the share that is there, less than 1 where that takes long: calling again goes on. Raises
        UnavailableError, and OSError where the store has no room.
        """

    def mark(self, store: RowStore) -> None:
        """Note how far the store has come, now and then. Everything of this worker is committed and kept."""


class RowMemory:
    """Recalls and remembers rows; used by the steps of one on-ramp and by its runner, from one thread.

    Keys are `<table>/<raw partition>/` and the key on the topic. A step asks and remembers, the sink writes
    `placed` in the batch's transaction, and the runner then calls `keep`, or `drop` where nothing was stored.
    """

    def __init__(self, store: RowStore, changelog: Changelog | None = None) -> None:
        self._store = store
        self._changelog = changelog
        self._pending: dict[bytes, Placed] = {}
        self._partitions: Sequence[Partition] = ()
        self._is_behind = False

    def recall(self, keys: Collection[bytes]) -> dict[bytes, bytes | None]:
        """Return what is remembered under the keys, None where that is nothing. Raises UnavailableError."""
        if self._is_behind:  # since the last batch, in which nothing is pending any more
            self.restore(self._partitions)
        pending = self._pending
        if pending:
            found = {key: pending[key][3] for key in keys if key in pending}
            keys = [key for key in keys if key not in found] if found else list(keys)
        else:
            found, keys = {}, list(keys)
        found.update(zip(keys, self._store.get(keys), strict=True))
        return found

    def remember(self, rows: Mapping[bytes, Placed]) -> None:
        """Note the new states of rows, as they are to stand on their topics."""
        self._pending.update(rows)

    def placed(self) -> list[Placed]:
        """Return the messages that make the batch's changes of rows last."""
        return list(self._pending.values())

    def keep(self) -> None:
        """Take over what is pending: it is committed. Raises UnavailableError; calling again mends it.

        Where nobody calls again, what the store lacks is read from the topics before it is asked for.
        """
        if self._is_behind:
            self.restore(self._partitions)
        elif self._pending:
            try:
                self._store.put({key: placed[3] for key, placed in self._pending.items()})
            except OSError as error:
                self._is_behind = self._changelog is not None
                raise UnavailableError("row memory", str(error), "make room on the disk") from error
        self._pending = {}
        if self._changelog is not None:
            self._changelog.mark(self._store)

    def drop(self) -> None:
        """Forget what is pending: it was not stored, or nobody knows."""
        self._pending = {}

    def restore(self, partitions: Sequence[Partition]) -> None:
        """Bring the store up to date for the raw partitions assigned from now on.

        Raises UnavailableError, also where that takes long: calling again goes on.
        """
        share = self._restored(partitions)
        if share < 1:
            reason = f"still reading what its topics hold, {share:.0%} of the rest"
            raise UnavailableError("row memory", reason, "wait")

    def restore_all(self, partitions: Sequence[Partition]) -> None:
        """Do the same, however long it takes. Raises UnavailableError."""
        while self._restored(partitions) < 1:
            pass

    def _restored(self, partitions: Sequence[Partition]) -> float:
        self.drop()
        self._partitions, self._is_behind = partitions, True
        try:
            share = 1.0 if self._changelog is None else self._changelog.restore(partitions, self._store)
        except OSError as error:
            raise UnavailableError("row memory", str(error), "make room on the disk") from error
        self._is_behind = share < 1
        return share

    def close(self) -> None:
        """Release the store. May be called twice."""
        self._store.close()
