"""Reads raw records from the archive, and what is not archived yet from their topics, as a source does.

An object that is damaged or missing is noted, read from the topic where that still has it, and passed over.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from franca.errors import DefinitionError
from franca.lake.archive import Link, Shelf
from franca.lake.translation import translated
from franca.sources.extract import stretch
from franca.topics.cluster import Cluster
from franca.types import Batch, Partition, Record, Stored

BATCH_RECORDS = 5_000


class Course(NamedTuple):
    """What is read of one partition: the objects of its chain, then its topic, up to the offset `last`.

    `on_topic` is the first offset that the topic still has, None where there is no such topic any more.
    """

    partition: Partition
    shelf: Shelf
    links: Sequence[Link]
    last: int
    on_topic: int | None


class Damage(NamedTuple):
    """Offsets from `first` up to `last`, that could not be read from the archive, and why.

    `is_lost` tells whether their topic has not got them either.
    """

    partition: Partition
    first: int
    last: int
    reason: str
    is_lost: bool


class ArchiveSource:
    """A source of archived records; see `Source` for the contract. Partitions come one after the other."""

    def __init__(
        self, cluster: Cluster, courses: Sequence[Course], batch_records: int = BATCH_RECORDS
    ) -> None:
        self._cluster = cluster
        self._courses = courses
        self._batch_records = batch_records
        self._interrupted = False
        self._batches: Iterator[Batch[Record]] = iter(())
        self._read: dict[Partition, int] = {}
        self.damages: list[Damage] = []

    def open(self, stored: Stored) -> None:
        """Begin where the sink ends."""
        self._stored = stored
        self.rewind()

    def read(self, drain: bool = False) -> Batch[Record]:  # noqa: ARG002 - the archive never waits
        """Return the next batch, an empty one at the end. Raises UnavailableError."""
        if self._interrupted:
            return Batch([])
        try:
            with translated("archive"):
                batch = next(self._batches, None)
        except BaseException:
            self._batches = self._going_on()  # a generator that failed has ended
            raise
        if batch is None:
            return Batch([])
        self._read.update(batch.positions)
        return batch

    def rewind(self) -> None:
        """Go on where the sink is."""
        partitions = [course.partition for course in self._courses]
        self._read = dict(self._stored(partitions))
        self._batches = self._going_on()

    def lag(self) -> dict[Partition, int]:
        """Return per partition how many offsets are left."""
        begins = {c.partition: c.links[0].start if c.links else c.on_topic or 0 for c in self._courses}
        return {
            c.partition: max(0, c.last - self._read.get(c.partition, begins[c.partition]))
            for c in self._courses
        }

    def trouble(self) -> str:
        """Return nothing: what is damaged is told in the end."""
        return ""

    def interrupt(self) -> None:
        """Make reads return at once."""
        self._interrupted = True

    def close(self) -> None:
        """Nothing is held open."""

    def _going_on(self) -> Iterator[Batch[Record]]:
        for course in self._courses:
            at = self._read.get(course.partition, 0)
            for start, records, end in self._pieces(course, at):
                yield from self._sliced(course.partition, start, records, end)

    def _sliced(
        self, partition: Partition, start: int, records: list[Record], end: int
    ) -> Iterator[Batch[Record]]:
        for at in range(0, len(records), self._batch_records):
            some = records[at : at + self._batch_records]
            stop = some[-1].offset + 1 if at + self._batch_records < len(records) else end
            yield Batch(some, {partition: stop}, {partition: start})
            start = stop
        if start < end and not records:
            yield Batch([], {partition: end}, {partition: start})

    def _pieces(self, course: Course, at: int) -> Iterator[tuple[int, list[Record], int]]:
        """Yield the start, records and end of each piece from offset `at` on, none overlapping."""
        first = course.links[0].start if course.links else course.on_topic or 0
        at = max(at, first)
        for number, link in enumerate(course.links):
            following = course.links[number + 1].start if number + 1 < len(course.links) else course.last
            if link.start >= course.last or (following <= at and number + 1 < len(course.links)):
                continue
            if link.start > at:
                yield from self._from_topic(course, at, link.start, "an object is missing")
                at = link.start
            try:
                records, end = course.shelf.load(link)
            except DefinitionError as error:
                stop = min(following, course.last)
                yield from self._from_topic(course, at, stop, f"{link.path}: {error.problems[0].reason}")
                at = max(at, stop)
                continue
            if end <= at:
                continue
            end = min(end, course.last)
            yield at, [record for record in records if at <= record.offset < end], end
            at = end
        if at < course.last:
            yield from self._from_topic(course, at, course.last, "")

    def _from_topic(
        self, course: Course, first: int, last: int, reason: str
    ) -> Iterator[tuple[int, list[Record], int]]:
        """Yield what the topic has of a stretch; note what is damaged and what is lost."""
        there = course.on_topic
        begin = last if there is None else min(max(first, there), last)
        if reason:
            self._note(Damage(course.partition, first, last, reason, begin > first))
        elif begin > first and there is not None:
            self._note(
                Damage(course.partition, first, begin, "neither archived nor on the topic", is_lost=True)
            )
        if begin > first:
            yield first, [], begin
        records: list[Record] = []
        for record in stretch(self._cluster, course.partition, begin, last) if begin < last else ():
            records.append(record)
            if len(records) == self._batch_records:
                yield begin, records, record.offset + 1
                begin, records = record.offset + 1, []
        if begin < last:
            yield begin, records, last

    def _note(self, damage: Damage) -> None:
        if damage not in self.damages:
            self.damages.append(damage)
