"""What the writers of an `events` table tell of each partition, in the marks of its log."""

import re
from collections.abc import Mapping

from franca.lake.position import Position, Reached

_WRITERS = ("lake", "backfill")
"""The pipelines that write events, each with marks of its own."""

AGAIN = ("again-from", "again-to")
"""The parts of a mark that tell between which offsets `franca seek` had events read again."""

LOST = ("lost-from", "lost-to")
"""The parts that tell between which offsets some were deleted before they were read, which was accepted."""

LOST_COUNT = "lost"
"""The part that tells how many these were."""

_NEXT = re.compile(rf"franca:(?:{'|'.join(_WRITERS)}):(.+):(\d+)")


class Writers:
    """The marks of a table, by topic id and partition."""

    def __init__(self, marks: Mapping[str, int]) -> None:
        self._marks = marks

    def places(self) -> set[tuple[str, int]]:
        """Return the topic ids and partitions that were written up to somewhere."""
        found = map(_NEXT.fullmatch, self._marks)
        return {(name[1], int(name[2])) for name in found if name}

    def next(self, topic_id: str, partition: int) -> int | None:
        """Return the offset at which a partition goes on, None where nobody wrote it."""
        return self._mark(f"{topic_id}:{partition}")

    def written(self, topic_id: str, partition: int) -> int:
        """Return how many events were counted as written: none is marked where there were none."""
        return self._mark(f"{topic_id}:{partition}:written") or 0

    def dead(self, topic_id: str, partition: int) -> int:
        """Return how many records were counted as refused."""
        return self._mark(f"{topic_id}:{partition}:dead") or 0

    def again(self, topic_id: str, partition: int) -> range:
        """Return the offsets of which events may stand there again, as `franca seek` had them read again."""
        return self._between(topic_id, partition, AGAIN)

    def reread(self) -> Position:
        """Return where those partitions go on that are being read again, as `franca seek` had it.

        What stands behind that may lack events that were refused the time before, and are still to come.
        """
        ends = (
            (topic_id, partition, self.next(topic_id, partition)) for topic_id, partition in self.places()
        )
        return tuple(
            Reached(topic_id, partition, following, "")
            for topic_id, partition, following in sorted(ends)
            if following is not None and following < self.again(topic_id, partition).stop
        )

    def lost(self, topic_id: str, partition: int) -> tuple[int, range]:
        """Return how many offsets were deleted before they were read, and between which they were."""
        count = self._mark(f"{topic_id}:{partition}:{LOST_COUNT}") or 0
        return count, self._between(topic_id, partition, LOST)

    def _between(self, topic_id: str, partition: int, parts: tuple[str, str]) -> range:
        first, end = (self._mark(f"{topic_id}:{partition}:{part}") for part in parts)
        return range(first or 0, end or 0)

    def _mark(self, name: str) -> int | None:
        found = (self._marks.get(f"franca:{writer}:{name}") for writer in _WRITERS)
        return next((value for value in found if value is not None), None)
