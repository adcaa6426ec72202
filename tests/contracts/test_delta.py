"""The Delta sink keeps the contract."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from deltalake import DeltaTable

from franca.lake.location import events_url
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.sinks.sink import Seekable
from franca.types import Batch, Record
from franca.views.lake import open_lake
from tests.conftest import Bucket
from tests.contracts.sink_contract import FIRST, SeekableContract, SeekableShelf, Shelf, SinkContract
from tests.individuals import SHAPE, event, record


class DeltaShelf:
    """A lake in a folder or a bucket."""

    def __init__(self, url: str, options: dict[str, str] | None = None) -> None:
        self._url = url
        self._options = options or {}

    def seekable(self) -> Seekable:
        """Return the same as another would open it."""
        return self.sink("seek")

    def sink(self, worker: str) -> DeltaSink:
        """Return a sink of the lake."""
        topics = {FIRST.topic: "individual"}
        parking = Parking(lambda messages: None, "lake", ["crm"])
        return DeltaSink(self._url, [SHAPE], parking, options=self._options, topics=topics)

    def items(self, names: Sequence[str]) -> list[Record]:
        """Return events whose key is the name."""
        return [record(event(name), topic=FIRST.topic) for name in names]

    def names(self) -> list[str]:
        """Return the keys of all rows."""
        table = DeltaTable(events_url(self._url, "individual"), storage_options=self._options)
        return [str(key) for key in table.to_pyarrow_table()["_subject"].to_pylist()]


class TestDeltaSink(SinkContract[Record]):
    @pytest.fixture
    def shelf(self, tmp_path: Path) -> Shelf[Record]:
        """Give an empty lake."""
        return DeltaShelf(str(tmp_path))


class TestDeltaSinkMoves(SeekableContract[Record]):
    @pytest.fixture
    def shelf(self, tmp_path: Path) -> SeekableShelf[Record]:
        """Give an empty lake."""
        return DeltaShelf(str(tmp_path))


class TestDeltaSinkInS3(SinkContract[Record]):
    @pytest.fixture
    def shelf(self, bucket: Bucket) -> Shelf[Record]:
        """Give an empty lake in a bucket."""
        return DeltaShelf(f"{bucket.url}/canonical", bucket.options)


def test_a_lake_in_a_bucket_answers_queries(bucket: Bucket) -> None:
    """What the sink stores in S3, the views read there."""
    shelf = DeltaShelf(f"{bucket.url}/canonical", bucket.options)
    sink = shelf.sink("one")
    sink.open()
    assert sink.write(Batch(shelf.items(["a", "b"]), {FIRST: 2}, {FIRST: 0}))
    sink.close()
    with open_lake(f"{bucket.url}/canonical", [SHAPE], bucket.options) as lake:
        assert list(lake.query("SELECT id FROM individual ORDER BY id").rows) == [("a",), ("b",)]
