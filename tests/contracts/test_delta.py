"""The Delta sink keeps the contract."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from deltalake import DeltaTable

from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.sinks.sink import Sink
from franca.types import Record
from tests.contracts.sink_contract import FIRST, Shelf, SinkContract
from tests.individuals import SHAPE, event, record


class DeltaShelf:
    """A lake in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sink(self, worker: str) -> Sink[Record]:
        """Return a sink of the lake."""
        topics = {FIRST.topic: "individual"}
        parking = Parking(lambda messages: None, "lake", ["crm"])
        return DeltaSink(str(self._folder), [SHAPE], parking, topics=topics)

    def items(self, names: Sequence[str]) -> list[Record]:
        """Return events whose key is the name."""
        return [record(event(name), topic=FIRST.topic) for name in names]

    def names(self) -> list[str]:
        """Return the keys of all rows."""
        table = DeltaTable(self._folder / "individual" / "events")
        return [str(key) for key in table.to_pyarrow_table()["_subject"].to_pylist()]


class TestDeltaSink(SinkContract[Record]):
    @pytest.fixture
    def shelf(self, tmp_path: Path) -> Shelf[Record]:
        """Give an empty lake."""
        return DeltaShelf(tmp_path)
