"""What every source promises. A source plugs in by a class that inherits these tests and gives `log`."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import pytest

from franca.sources.rest import never
from franca.sources.source import Source
from franca.types import Batch, Partition, Positions, Record

DEADLINE_SECONDS = 60.0


class Log(Protocol):
    """Two partitions, 0 and 1, that a test fills, and readers of them."""

    def append(self, partition: int, values: Sequence[bytes]) -> None:
        """Add records with these values at the end of a partition."""

    def source(self, is_held: Callable[[], bool] = never) -> Source:
        """Return a new reader in the group that all readers of this log share."""


class Place:
    """What a sink would answer: where partitions go on."""

    def __init__(self) -> None:
        self.positions: dict[tuple[str, int], int] = {}
        self.asked: list[Partition] = []

    def stored(self, partitions: Sequence[Partition]) -> Positions:
        """Answer for those partitions that were stored."""
        self.asked += partitions
        return {p: self.positions[p[:2]] for p in partitions if p[:2] in self.positions}

    def store(self, batch: Batch[Record]) -> None:
        """Take a batch's positions over."""
        self.positions.update({p[:2]: position for p, position in batch.positions.items()})


def read_until(source: Source, enough: Callable[[list[Batch[Record]]], bool]) -> list[Batch[Record]]:
    """Read batches until there are enough, or the deadline passes."""
    batches: list[Batch[Record]] = []
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not enough(batches):
        assert time.monotonic() < deadline, f"the source gave only {values(batches)}"
        batches.append(source.read())
    return batches


def values(batches: Sequence[Batch[Record]], partition: int | None = None) -> list[bytes | None]:
    """Return the values in the batches, of one partition or of all."""
    return [r.value for b in batches for r in b.items if partition in {None, r.partition}]


def count(number: int) -> Callable[[list[Batch[Record]]], bool]:
    """Return a condition: so many records were read."""
    return lambda batches: len(values(batches)) >= number


def texts(start: int, stop: int) -> list[bytes]:
    """Return numbered values."""
    return [str(number).encode() for number in range(start, stop)]


class SourceContract:
    """The tests. `log` is the one thing that a source has to give."""

    @pytest.fixture
    def log(self) -> Log:
        """Give an empty log."""
        raise NotImplementedError

    def test_records_come_in_the_order_of_their_partition(self, log: Log) -> None:
        """Nothing is missing, nothing doubled, and each partition keeps its order."""
        log.append(0, texts(0, 50))
        log.append(1, texts(50, 80))
        source = log.source()
        source.open(Place().stored)
        batches = read_until(source, count(80))
        source.close()
        assert values(batches, 0) == texts(0, 50)
        assert values(batches, 1) == texts(50, 80)

    def test_positions_join_without_a_gap(self, log: Log) -> None:
        """A batch starts where the last one of that partition ended, and ends behind its last record."""
        log.append(0, texts(0, 30))
        source = log.source()
        source.open(Place().stored)
        batches = read_until(source, count(30))
        log.append(0, texts(30, 60))
        batches += read_until(source, count(30))
        source.close()
        reached: dict[Partition, int] = {}
        for batch in batches:
            assert batch.starts.keys() == batch.positions.keys()
            for partition, start in batch.starts.items():
                assert reached.get(partition, start) == start
                offsets = [r.offset for r in batch.items if r.partition == partition.partition]
                assert all(start <= offset < batch.positions[partition] for offset in offsets)
            reached.update(batch.positions)

    def test_reading_goes_on_where_the_sink_has_stored(self, log: Log) -> None:
        """The sink's word counts, and a partition that it does not know starts at its first record."""
        log.append(0, texts(0, 20))
        place = Place()
        first = log.source()
        first.open(place.stored)
        for batch in read_until(first, count(20)):
            place.store(batch)
        first.close()
        log.append(0, texts(20, 30))
        log.append(1, texts(30, 40))
        second = log.source()
        second.open(place.stored)
        batches = read_until(second, count(20))
        second.close()
        assert values(batches, 0) == texts(20, 30)
        assert values(batches, 1) == texts(30, 40)

    def test_rewinding_reads_again_what_was_not_stored(self, log: Log) -> None:
        """After a rewind the source asks anew, and everything behind the answer comes again."""
        log.append(0, texts(0, 25))
        place = Place()
        source = log.source()
        source.open(place.stored)
        read_until(source, count(25))
        source.rewind()
        again = read_until(source, count(25))
        source.close()
        assert values(again) == texts(0, 25)
        assert len(place.asked) >= 2

    def test_a_batch_is_empty_where_nothing_is_new(self, log: Log) -> None:
        """At the end, reading answers soon with nothing, and the lag is none."""
        log.append(0, texts(0, 5))
        source = log.source()
        source.open(Place().stored)
        read_until(source, count(5))
        read_until(source, lambda batches: bool(batches) and not batches[-1].positions)
        assert source.read(drain=True).items == []
        assert sum(source.lag().values()) == 0
        assert source.trouble() == ""
        source.close()

    def test_an_interrupted_source_still_gives_what_it_has_and_never_waits(self, log: Log) -> None:
        """A stop must not wait for a linger, and must not lose what was gathered."""
        log.append(0, texts(0, 5))
        source = log.source()
        source.open(Place().stored)
        read_until(source, count(5))
        source.interrupt()
        started = time.monotonic()
        source.read()
        assert time.monotonic() - started < 1.0
        source.close()

    def test_a_held_source_gives_nothing_and_then_goes_on_where_the_sink_is(self, log: Log) -> None:
        """A paused pipeline's positions may be moved: let go again, the source asks anew."""
        log.append(0, texts(0, 10))
        place, held = Place(), [False]
        source = log.source(lambda: held[0])
        source.open(place.stored)
        read_until(source, count(10))
        held[0] = True
        log.append(0, texts(10, 15))
        log.append(1, texts(15, 20))
        for _ in range(5):
            assert source.read() == Batch([])
        place.positions[place.asked[0].topic, 0] = 4
        held[0] = False
        batches = read_until(source, count(16))
        source.close()
        assert values(batches, 0) == texts(4, 15)
        assert values(batches, 1) == texts(15, 20)

    def test_closing_twice_is_harmless(self, log: Log) -> None:
        """Whoever cleans up need not know whether that was done already."""
        source = log.source()
        source.open(Place().stored)
        source.close()
        source.close()
