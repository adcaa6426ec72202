"""The on-ramps that remember rows, each held against what its messages say, and again fed in batches."""

from collections import Counter

from franca.model.shape import shape_of
from franca.pipeline.onramp import OnRamp
from franca.pipeline.row_memory.memory import RowMemory
from franca.pipeline.row_memory.need import remembers
from franca.pipeline.row_memory.store import DictRows
from franca.types import Message, Record
from tests.fuzz.accounts import Accounted, require
from tests.fuzz.behind_registry import SCHEMAS
from tests.fuzz.keep import KEEP_OF, Keep
from tests.fuzz.rows import ROOM, TableRows


class Remembered:
    """All on-ramps of `keep.py`. `reached` counts what the messages brought about."""

    def __init__(self) -> None:
        self.reached: Counter[str] = Counter()
        self._towns: dict[str, _Town] = {}

    def take(self, record: Record) -> list[Message]:
        """Run a message by itself, and look at all that it leaves."""
        keep = KEEP_OF[record.topic]
        town = self._towns.get(keep.application.name)
        if town is None:
            town = self._towns[keep.application.name] = _Town(keep, self.reached)
        return town.take(record)

    def settle(self) -> None:
        """Run all messages since the last time at once: they must give the same, and leave the same rows."""
        for town in self._towns.values():
            town.settle()


class _Town:
    """One application with its memory."""

    def __init__(self, keep: Keep, reached: Counter[str]) -> None:
        self._store, self._other_store = _Kept(), _Kept()
        self._memory, self._other_memory = RowMemory(self._store), RowMemory(self._other_store)
        schemas = SCHEMAS if keep.is_registered else None
        single, batched = (
            OnRamp(keep.application, number=1, tables=keep.tables, memory=memory, room=ROOM, schemas=schemas)
            for memory in (self._memory, self._other_memory)
        )
        self._ramps = Accounted(single, batched)
        self._tables = [
            TableRows(keep, table, self._store, reached)
            for table in keep.application.tables
            if remembers(keep.application, table, keep.tables.captures.get(shape_of(table).name, "auto"))
        ]

    def take(self, record: Record) -> list[Message]:
        batch = self._ramps.take(record)
        expected = [table.expected(record, batch) for table in self._tables]
        self._memory.keep()
        for table, rows in zip(self._tables, expected, strict=True):
            table.look(record, rows, batch.items)
        return list(batch.items)

    def settle(self) -> None:
        self._ramps.settle()
        self._other_memory.keep()
        require(
            self._store.values == self._other_store.values, "a batch leaves other rows than its messages do"
        )


class _Kept(DictRows):
    @property
    def values(self) -> dict[bytes, bytes]:
        """All that is kept."""
        return self._values
