"""The archive keeps the contract."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from franca.lake.archive import Shelf as Place
from franca.lake.location import open_store
from franca.sinks.archive import ArchiveSink
from franca.sinks.sink import Sink
from franca.types import Partition, Record
from tests.conftest import Bucket
from tests.contracts.sink_contract import FIRST, SECOND, Shelf, SinkContract


class ArchiveShelf:
    """An archive in a folder or a bucket."""

    def __init__(self, url: str, options: dict[str, str] | None = None) -> None:
        self._url = url
        self._options = options or {}

    def sink(self, worker: str) -> Sink[Record]:
        """Return a sink of the archive."""
        return ArchiveSink(self._url, {"raw.crm.*": "crm/cust"}, self._options)

    def items(self, names: Sequence[str]) -> list[Record]:
        """Return records of the first partition whose value is the name; offsets go with the letters."""
        return [Record(FIRST.topic, 0, ord(name) - ord("a"), -1, None, name.encode()) for name in names]

    def names(self) -> list[str]:
        """Return all values."""
        place = Place(open_store(self._url, self._options), "crm", "cust")
        return [(record.value or b"").decode() for p in (FIRST, SECOND) for record in self._records(place, p)]

    def _records(self, place: Place, partition: Partition) -> list[Record]:
        return list(place.records(partition, 0, 1_000_000)) if place.end(partition) else []


class TestArchiveSink(SinkContract[Record]):
    @pytest.fixture
    def shelf(self, tmp_path: Path) -> Shelf[Record]:
        """Give an empty archive."""
        return ArchiveShelf(str(tmp_path))


class TestArchiveSinkInS3(SinkContract[Record]):
    @pytest.fixture
    def shelf(self, bucket: Bucket) -> Shelf[Record]:
        """Give an empty archive in a bucket."""
        return ArchiveShelf(f"{bucket.url}/raw", bucket.options)
