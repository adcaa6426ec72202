"""The protocol of sinks. A sink stores a batch and its positions in one step."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from franca.types import Batch, Partition, Positions

T = TypeVar("T")


class Sink(Protocol[T]):
    """Stores batches, each exactly once.

    Call order: `open` once, `positions` and `write` in any order, `close` once, all from one thread.
    """

    def open(self) -> None:
        """Connect, and create what is missing. Raises UnavailableError, DefinitionError."""

    def positions(self, partitions: Sequence[Partition]) -> Positions:
        """Return the next offset for each partition that was ever stored here."""

    def write(self, batch: Batch[T]) -> bool:
        """Store items and positions atomically; True when they are durable.

        False when the stored positions are not the batch's `starts`, or the batch's partitions belong to
        another worker by now: nothing was stored, and the caller rewinds its source. Raises
        UnavailableError when nothing was stored or it can't be known; the same batch may then be written
        again, and is not doubled.
        """

    def close(self) -> None:
        """Release everything. May be called twice."""


class Seekable(Protocol):
    """A store whose positions can be moved while its pipeline is paused."""

    def open(self) -> None:
        """See `Sink.open`."""

    def positions(self, partitions: Sequence[Partition]) -> Positions:
        """See `Sink.positions`."""

    def move(self, moves: Mapping[Partition, tuple[int | None, int]]) -> bool:
        """Move stored positions from the first number, None where there is none, to the second.

        False where one of them is not there any more; which of the others were moved, `positions` tells.
        Raises UnavailableError.
        """

    def close(self) -> None:
        """See `Sink.close`."""
