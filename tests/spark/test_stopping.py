"""A stream that is to end: what it has in hand is stored, unless that takes too long."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from franca.local.kafka import LocalKafka
from franca.pipeline.control import NoControl
from franca.pipeline.stop import Stop
from franca.spark.destination import Asked, Done
from franca.spark.stream import EventStream, StreamSettings
from franca.topics.control import Pause
from franca.types import Partition, Positions, Tally
from tests.individuals import event
from tests.integration.crew import wait_for
from tests.spark.streams import Scene

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.services


class Slow:
    """Keeps positions in memory, and works on a micro-batch while `is_long` says so; see `Destination`."""

    name = "lake"

    def __init__(self, stop: Stop, is_long: Callable[[], bool]) -> None:
        self.stop, self._is_long = stop, is_long
        self.stored: dict[Partition, int] = {}

    def open(self) -> None:
        """Do nothing."""

    def positions(self, partitions: Sequence[Partition]) -> Positions:
        """Return what is stored."""
        return self.stored

    def store(self, frame: "DataFrame", query: Asked) -> Done | None:
        """Ask the stream to end, and go on with what is in hand."""
        self.stop.request()
        while self._is_long():
            frame.count()
        places = {Partition(row.topic, row.partition, query.topics[row.topic]) for row in frame.collect()}
        self.stored |= dict.fromkeys(places, 5)
        return Done(dict(self.stored), dict.fromkeys(places, Tally(5, 5, 0)))

    def settle(self, positions: Positions, starts: Positions, *, lost: bool = False) -> bool:
        """Note nothing."""
        return True

    def close(self) -> None:
        """Do nothing."""


def test_what_is_in_hand_is_stored_and_counted(
    spark: "SparkSession", kafka: LocalKafka, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Though it takes longer than a stream needs to see that it is to end; that is no trouble."""
    slow = Slow(Stop(), lasting(1))
    found = stopped(spark, Scene.make(kafka.bootstrap, tmp_path), slow, end_seconds=60)
    assert found == (Tally(5, 5, 0), [])
    assert list(slow.stored.values()) == [5]
    assert "Error" not in capfd.readouterr().err


def test_what_takes_too_long_is_given_up_in_silence(
    spark: "SparkSession", kafka: LocalKafka, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is stored next time: not a word of the error by which Spark ends it."""
    slow = Slow(Stop(), lasting(120))
    found = stopped(spark, Scene.make(kafka.bootstrap, tmp_path), slow, end_seconds=0.1)
    assert found == (Tally(), [])
    assert slow.stored == {}
    assert "Error" not in capfd.readouterr().err


class Fickle(NoControl):
    """Tells a pause the third time that it is asked, and never again: it is taken back at once."""

    def __init__(self) -> None:
        self._asked = 0

    def pause(self) -> Pause | None:
        """Return a pause, once."""
        self._asked += 1
        return Pause("one", datetime.now(UTC), "somebody") if self._asked == 3 else None


def test_what_a_pause_broke_off_is_not_taken_for_caught_up(
    spark: "SparkSession", kafka: LocalKafka, tmp_path: Path
) -> None:
    """It is taken back before anybody asks again: what was not read yet is read then."""
    scene = Scene.make(kafka.bootstrap, tmp_path)
    scene.send([event(f"k{n}", n + 1) for n in range(50)])

    assert scene.by_spark(spark, most_records=5, control=Fickle()) == Tally(50, 50, 0)

    assert [row["_offset"] for row in scene.rows()] == list(range(50))
    assert scene.at_end()


def test_what_somebody_else_broke_off_is_not_taken_for_caught_up(
    spark: "SparkSession", kafka: LocalKafka, tmp_path: Path
) -> None:
    """As a cluster does that shuts its session down: it looks like the end."""
    scene = Scene.make(kafka.bootstrap, tmp_path)
    scene.send([event(f"k{n}", n + 1) for n in range(50)])
    ender = Thread(target=_end_the_first_query, args=(spark,))
    ender.start()

    assert scene.by_spark(spark, most_records=5) == Tally(50, 50, 0)

    ender.join()
    assert [row["_offset"] for row in scene.rows()] == list(range(50))


def _end_the_first_query(spark: "SparkSession") -> None:
    wait_for(lambda: bool(spark.streams.active), "a query has begun")
    (query,) = spark.streams.active
    wait_for(lambda: query.lastProgress is not None, "it has stored a micro-batch")
    query.stop()


def lasting(seconds: float) -> Callable[[], bool]:
    """Return what is true for so long from the first time that it is asked."""
    ends: list[float] = []

    def is_long() -> bool:
        ends.append(time.monotonic() + seconds)
        return time.monotonic() < ends[0]

    return is_long


def stopped(spark: "SparkSession", scene: Scene, slow: Slow, end_seconds: float) -> tuple[Tally, list[str]]:
    """Return what a stream counts, and what troubles it, that is stopped with five events in hand."""
    scene.send([event(f"k{n}", n + 1) for n in range(5)])
    told: list[str] = []
    settings = StreamSettings(scene.cluster, (scene.topic,), end_seconds=end_seconds)
    stream = EventStream(spark, settings, slow, tell=lambda _, trouble: told.append(trouble))
    assert stream.run(slow.stop) == "stopped"
    return stream.tallies[scene.topic], [trouble for trouble in told if trouble]
