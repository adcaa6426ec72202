"""The in-memory ends keep the contracts."""

from collections.abc import Callable, Sequence

import pytest

from franca.sinks.sink import Sink
from franca.sources.rest import never
from franca.sources.source import Source
from franca.testing.memory import MemorySink, MemorySource, MemoryStore
from franca.types import Record
from tests.contracts.sink_contract import Shelf, SinkContract
from tests.contracts.source_contract import Log, SourceContract


class MemoryLog:
    """Records that every new source gets, and running ones too."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._sources: list[MemorySource] = []

    def append(self, partition: int, values: Sequence[bytes]) -> None:
        """Add records."""
        for value in values:
            offset = sum(record.partition == partition for record in self._records)
            record = Record("raw.crm.cust", partition, offset, -1, None, value)
            self._records.append(record)
            for source in self._sources:
                source.append(record)

    def source(self, is_held: Callable[[], bool] = never) -> Source:
        """Return a source of them."""
        self._sources.append(MemorySource(self._records, batch_records=7, is_held=is_held))
        return self._sources[-1]


class MemoryShelf:
    """Sinks that share a store."""

    def __init__(self) -> None:
        self._store: MemoryStore[str] = MemoryStore()

    def sink(self, worker: str) -> Sink[str]:
        """Return a sink of the store."""
        return MemorySink(self._store)

    def items(self, names: Sequence[str]) -> list[str]:
        """Items are their own names."""
        return list(names)

    def names(self) -> list[str]:
        """Return what is stored."""
        return self._store.items


class TestMemorySource(SourceContract):
    @pytest.fixture
    def log(self) -> Log:
        """Give an empty log."""
        return MemoryLog()


class TestMemorySink(SinkContract[str]):
    @pytest.fixture
    def shelf(self) -> Shelf[str]:
        """Give an empty shelf."""
        return MemoryShelf()
