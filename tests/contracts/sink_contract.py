"""What every sink promises. A sink plugs in by a class that inherits these tests and gives `shelf`."""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

import pytest

from franca.sinks.sink import Seekable, Sink
from franca.types import Batch, Partition

T = TypeVar("T")

FIRST = Partition("raw.crm.contract", 0, "topic-a")
SECOND = Partition("raw.crm.contract", 1, "topic-a")


class Shelf(Protocol[T]):
    """A place where sinks store, and a look at what is stored there."""

    def sink(self, worker: str) -> Sink[T]:
        """Return a new sink of the same pipeline, as the named worker; it is not open yet."""

    def items(self, names: Sequence[str]) -> list[T]:
        """Return items that `names` recognises again by these names."""

    def names(self) -> list[str]:
        """Return the names of everything stored, as a reader of the place sees it."""


class SeekableShelf(Shelf[T], Protocol[T]):
    """A shelf whose positions can be moved."""

    def seekable(self) -> Seekable:
        """Return what moves the positions of the shelf's pipeline; it is not open yet."""


class SeekableContract(Generic[T]):
    """What is promised of positions that can be moved. `shelf` is the one thing to give."""

    @pytest.fixture
    def shelf(self) -> SeekableShelf[T]:
        """Give an empty shelf."""
        raise NotImplementedError

    def test_a_worker_goes_on_where_the_position_was_moved_to(self, shelf: SeekableShelf[T]) -> None:
        """Back as well as forward, and for a partition that was never stored; the others stay."""
        sink, seekable = shelf.sink("one"), shelf.seekable()
        sink.open()
        assert sink.write(Batch(shelf.items(["a", "b"]), {FIRST: 5, SECOND: 7}, {FIRST: 0, SECOND: 7}))
        seekable.open()
        assert seekable.move({FIRST: (5, 2)})
        assert sink.positions([FIRST, SECOND]) == {FIRST: 2, SECOND: 7}
        assert seekable.move({FIRST: (2, 9), SECOND: (7, 1)})
        seekable.close()
        assert sink.positions([FIRST, SECOND]) == {FIRST: 9, SECOND: 1}
        assert sink.write(Batch(shelf.items(["c"]), {FIRST: 10, SECOND: 2}, {FIRST: 9, SECOND: 1}))
        assert sink.positions([FIRST, SECOND]) == {FIRST: 10, SECOND: 2}
        sink.close()
        assert sorted(shelf.names()) == ["a", "b", "c"]

    def test_a_partition_never_stored_can_be_given_a_position(self, shelf: SeekableShelf[T]) -> None:
        """So a new pipeline can begin at the end."""
        seekable = shelf.seekable()
        seekable.open()
        assert seekable.move({FIRST: (None, 5)})
        assert seekable.positions([FIRST, SECOND]) == {FIRST: 5}
        assert not seekable.move({FIRST: (None, 6)})
        seekable.close()

    def test_a_position_that_was_moved_meanwhile_is_left_alone(self, shelf: SeekableShelf[T]) -> None:
        """Who planned on an older position is refused, and nothing is moved."""
        sink, seekable = shelf.sink("one"), shelf.seekable()
        sink.open()
        assert sink.write(Batch(shelf.items(["a"]), {FIRST: 5, SECOND: 3}, {FIRST: 0, SECOND: 0}))
        seekable.open()
        assert not seekable.move({SECOND: (3, 1), FIRST: (4, 2)})
        seekable.close()
        assert sink.positions([FIRST, SECOND]) == {FIRST: 5, SECOND: 3}
        sink.close()


class SinkContract(Generic[T]):
    """The tests. `shelf` is the one thing that a sink has to give."""

    @pytest.fixture
    def shelf(self) -> Shelf[T]:
        """Give an empty shelf."""
        raise NotImplementedError

    def test_a_partition_never_stored_is_missing_from_the_answer(self, shelf: Shelf[T]) -> None:
        """The source then starts at the earliest record."""
        sink = shelf.sink("one")
        sink.open()
        assert sink.positions([FIRST, SECOND]) == {}
        sink.close()

    def test_items_and_positions_are_stored_together(self, shelf: Shelf[T]) -> None:
        """What was written is there, once, and the position is behind it."""
        sink = shelf.sink("one")
        sink.open()
        batch = Batch(shelf.items(["a", "b"]), {FIRST: 2, SECOND: 7}, {FIRST: 0, SECOND: 7})
        assert sink.write(batch)
        assert sink.positions([FIRST, SECOND]) == {FIRST: 2, SECOND: 7}
        sink.close()
        assert sorted(shelf.names()) == ["a", "b"]

    def test_positions_outlive_the_worker(self, shelf: Shelf[T]) -> None:
        """A worker that starts again goes on where it was."""
        first = shelf.sink("one")
        first.open()
        assert first.write(Batch(shelf.items(["a"]), {FIRST: 1}, {FIRST: 0}))
        first.close()
        second = shelf.sink("one")
        second.open()
        assert second.positions([FIRST]) == {FIRST: 1}
        assert second.write(Batch(shelf.items(["b"]), {FIRST: 2}, {FIRST: 1}))
        second.close()
        assert sorted(shelf.names()) == ["a", "b"]

    def test_a_batch_that_was_stored_already_is_refused(self, shelf: Shelf[T]) -> None:
        """Writing a batch again answers False and doubles nothing."""
        sink = shelf.sink("one")
        sink.open()
        assert sink.write(Batch(shelf.items(["a"]), {FIRST: 1}, {FIRST: 0}))
        assert not sink.write(Batch(shelf.items(["a"]), {FIRST: 1}, {FIRST: 0}))
        assert sink.positions([FIRST]) == {FIRST: 1}
        sink.close()
        assert shelf.names() == ["a"]

    def test_a_worker_that_was_overtaken_is_refused_and_goes_on(self, shelf: Shelf[T]) -> None:
        """A worker that wakes up after another took its partition writes nothing until it asks anew."""
        sleeper, other = shelf.sink("one"), shelf.sink("two")
        sleeper.open()
        other.open()
        assert sleeper.write(Batch(shelf.items(["a"]), {FIRST: 1}, {FIRST: 0}))
        other.positions([FIRST])
        assert other.write(Batch(shelf.items(["b"]), {FIRST: 2}, {FIRST: 1}))
        assert not sleeper.write(Batch(shelf.items(["b"]), {FIRST: 2}, {FIRST: 1}))
        assert sleeper.positions([FIRST]) == {FIRST: 2}
        assert sleeper.write(Batch(shelf.items(["c"]), {FIRST: 3}, {FIRST: 2}))
        sleeper.close()
        other.close()
        assert sorted(shelf.names()) == ["a", "b", "c"]

    def test_a_refused_batch_stores_nothing_of_any_partition(self, shelf: Shelf[T]) -> None:
        """A batch over two partitions, one of which has moved on, is refused as a whole."""
        sink = shelf.sink("one")
        sink.open()
        assert sink.write(Batch(shelf.items(["a"]), {FIRST: 1}, {FIRST: 0}))
        assert not sink.write(Batch(shelf.items(["x"]), {FIRST: 1, SECOND: 1}, {FIRST: 0, SECOND: 0}))
        assert sink.positions([FIRST, SECOND]) == {FIRST: 1}
        sink.close()
        assert shelf.names() == ["a"]

    def test_a_batch_without_items_still_moves_on(self, shelf: Shelf[T]) -> None:
        """Records that make nothing, and control records, are behind the stored position too."""
        sink = shelf.sink("one")
        sink.open()
        assert sink.write(Batch(shelf.items(["a"]), {FIRST: 1}, {FIRST: 0}))
        assert sink.write(Batch(shelf.items([]), {FIRST: 9}, {FIRST: 1}))
        assert sink.positions([FIRST]) == {FIRST: 9}
        sink.close()
        assert shelf.names() == ["a"]

    def test_closing_twice_is_harmless(self, shelf: Shelf[T]) -> None:
        """Whoever cleans up need not know whether that was done already."""
        sink = shelf.sink("one")
        sink.open()
        sink.close()
        sink.close()
