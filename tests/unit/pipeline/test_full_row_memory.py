"""A row memory whose disk has no room, or whose rows are still being read, says so and forgets nothing."""

from collections.abc import Mapping, Sequence

import pytest

from franca.errors import UnavailableError
from franca.pipeline.row_memory.memory import RowMemory
from franca.pipeline.row_memory.store import DictRows, RowStore
from franca.types import Partition


class FullDisk(DictRows):
    """A store whose disk may be full."""

    is_full = False

    def put(self, values: Mapping[bytes, bytes | None]) -> None:
        """Keep values where there is room."""
        if self.is_full:
            raise OSError("no space left on device")
        super().put(values)


class Committed:
    """What stands on the topic behind a store, to be read in so many pieces."""

    def __init__(self, pieces: int = 1) -> None:
        self.rows: dict[bytes, bytes | None] = {}
        self._pieces, self._read = pieces, 0

    def restore(self, partitions: Sequence[Partition], store: RowStore) -> float:
        """Bring the store nearer to it."""
        self._read += 1
        if self._read >= self._pieces:
            store.put(self.rows)
        return min(1.0, self._read / self._pieces)

    def mark(self, store: RowStore) -> None:
        """Note nothing."""


def test_rows_that_a_full_disk_did_not_take_are_read_again_before_they_are_asked_for() -> None:
    """A pause may come between: what is committed counts, whatever the disk held before."""
    disk, topic = FullDisk(), Committed()
    memory = RowMemory(disk, topic)
    topic.rows = {b"1": b"new"}
    memory.remember({b"1": ("rows", b"1", 0, b"new")})
    disk.is_full = True
    with pytest.raises(UnavailableError, match="no space left"):
        memory.keep()

    memory.drop()
    with pytest.raises(UnavailableError, match="no space left"):
        memory.recall({b"1"})
    disk.is_full = False
    assert memory.recall({b"1"}) == {b"1": b"new"}


def test_rows_without_a_topic_behind_them_are_kept_as_soon_as_there_is_room() -> None:
    """A replay's memory has nothing to be filled from again: what is pending stays so."""
    disk = FullDisk()
    memory = RowMemory(disk)
    memory.remember({b"1": ("rows", b"1", 0, b"new")})
    disk.is_full = True
    for _ in range(2):
        with pytest.raises(UnavailableError, match="no space left"):
            memory.keep()

    disk.is_full = False
    memory.keep()
    assert memory.recall({b"1"}) == {b"1": b"new"}


def test_reading_what_is_remembered_tells_how_far_it_is_or_goes_on_to_its_end() -> None:
    """A worker shows its group a sign of life in between; who has time waits."""
    worker, reader = (RowMemory(DictRows(), topic) for topic in (Committed(4), Committed(4)))

    with pytest.raises(UnavailableError, match="25% of the rest"):
        worker.restore([])
    with pytest.raises(UnavailableError, match="50% of the rest"):
        worker.restore([])
    reader.restore_all([])


def test_a_reading_that_finds_no_room_does_not_go_on_for_ever() -> None:
    """It is told at once, to who waits as well."""
    disk, topic = FullDisk(), Committed(2)
    disk.is_full = True
    with pytest.raises(UnavailableError, match="make room on the disk"):
        RowMemory(disk, topic).restore_all([])
