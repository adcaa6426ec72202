"""The protocol of sources. A source yields batches of records with the positions they cover."""

from typing import Protocol

from franca.types import Batch, Partition, Record, Stored


class Source(Protocol):
    """Reads records in order, per partition, from where the sink has stored up to.

    A source that is held (a paused pipeline's) gives empty batches and keeps its partitions; let go again, it
    asks `stored` anew, because positions may have been moved meanwhile.

    Call order: `open` once, `read` until done, `close` once. Only `interrupt` may be called from another
    thread or a signal handler.
    """

    def open(self, stored: Stored) -> None:
        """Start reading. `stored` is asked for each newly assigned partition, in `read` as well.

        A partition missing from its answer starts at its earliest record. Raises UnavailableError.
        """

    def read(self, drain: bool = False) -> Batch[Record]:
        """Return the next batch, possibly empty. Blocks a moment for a first record, then for the linger.

        With `drain` the linger ends where every assigned partition is at its end. Records of a partition
        that was taken away while the batch was gathered are left out: its new reader gets them. Raises
        UnavailableError; nothing is lost by calling again.
        """

    def rewind(self) -> None:
        """Ask `stored` again for every assigned partition and go on there: the last batch was not stored."""

    def lag(self) -> dict[Partition, int]:
        """Return per assigned partition how many records lie behind what was read, where that is known."""

    def trouble(self) -> str:
        """Return what keeps some records from being read though others may be, empty where nothing does."""

    def interrupt(self) -> None:
        """Make the running `read`, and all later ones, return at once with what they have."""

    def close(self) -> None:
        """Leave. May be called twice; the positions are the sink's, so nothing is stored here."""
