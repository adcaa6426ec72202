"""A stream whose service is away: told once in franca's own words, and waited for."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from franca.errors import UnavailableError
from franca.local.kafka import LocalKafka
from franca.spark.destination import Asked, Done
from franca.spark.stream import EventStream, StreamSettings
from franca.types import Partition, Positions, Tally
from tests.individuals import event
from tests.spark.streams import Scene

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class Failing:
    """Fails the first time that it is to store, and keeps positions in memory after; see `Destination`."""

    name = "lake"

    def __init__(self, error: Exception) -> None:
        self._errors = [error]
        self.stored: dict[Partition, int] = {}

    def open(self) -> None:
        """Do nothing."""

    def positions(self, partitions: Sequence[Partition]) -> Positions:
        """Return what is stored."""
        return self.stored

    def store(self, frame: "DataFrame", query: Asked) -> Done | None:
        """Fail, or count what there is."""
        if self._errors:
            raise self._errors.pop()
        counts: dict[Partition, Tally] = {}
        for row in frame.collect():
            place = Partition(row.topic, row.partition, query.topics[row.topic])
            read = counts.get(place, Tally()).read + 1
            counts[place] = Tally(read, read, 0)
            self.stored[place] = row.offset + 1
        return Done(dict(self.stored), counts)

    def settle(self, positions: Positions, starts: Positions, *, lost: bool = False) -> bool:
        """Note nothing."""
        return True

    def close(self) -> None:
        """Do nothing."""


@pytest.mark.services
def test_what_is_waited_for_ends_no_query_by_an_error(
    spark: "SparkSession", kafka: LocalKafka, tmp_path: Path
) -> None:
    """Spark would write a trace of it beside franca's own line; what was not stored is read again."""
    spark.streams.resetTerminated()
    told, tally = streamed(
        spark, Scene.make(kafka.bootstrap, tmp_path), UnavailableError("store", "it sleeps")
    )
    assert [each for each in told if each] == ["store is unavailable: it sleeps"]
    assert tally == Tally(6, 6, 0)
    assert spark.streams.awaitAnyTermination(60)  # raises what ended any of them


@pytest.mark.services
def test_a_bug_ends_the_query_and_the_stream(
    spark: "SparkSession", kafka: LocalKafka, tmp_path: Path
) -> None:
    """Both Spark and franca have its trace."""
    from pyspark.errors import StreamingQueryException

    scene = Scene.make(kafka.bootstrap, tmp_path)
    spark.streams.resetTerminated()
    with pytest.raises(ZeroDivisionError):
        streamed(spark, scene, ZeroDivisionError())
    with pytest.raises(StreamingQueryException, match="ZeroDivisionError"):
        spark.streams.awaitAnyTermination(60)
    spark.streams.resetTerminated()


@pytest.mark.parametrize("is_thrown", [True, False])
def test_an_error_in_sparks_log_ends_with_its_line(spark: "SparkSession", *, is_thrown: bool) -> None:
    """What is said next begins a line of its own; of an exception there are the first lines, once."""
    java = spark._jvm
    assert java is not None
    logging = java.org.apache.logging.log4j
    words = logging.message.SimpleMessage("terminated")
    said = logging.core.impl.Log4jLogEvent.newBuilder().setLoggerName("a.Batch").setMessage(words)
    if is_thrown:
        said = said.setThrown(java.java.lang.IllegalStateException("why"))
    layout = logging.LogManager.getContext(False).getConfiguration().getAppender("stderr").getLayout()
    text = str(layout.toSerializable(said.build()))
    assert text.endswith("\n")
    assert [line.split(" ")[-1] for line in text.splitlines()][:2] == ["terminated", "why"][: 1 + is_thrown]
    assert len(text.splitlines()) == (4 if is_thrown else 1)


def streamed(session: "SparkSession", scene: Scene, error: Exception) -> tuple[list[str], Tally]:
    """Return what troubles a stream of two micro-batches that fails at first, and what it counts."""
    scene.send([event(f"k{n}", n + 1) for n in range(6)])
    told: list[str] = []
    settings = StreamSettings(scene.cluster, (scene.topic,), most_records=3, until_caught_up=True)
    stream = EventStream(session, settings, Failing(error), tell=lambda _, trouble: told.append(trouble))
    assert stream.run() == "caught up"
    return told, stream.tallies[scene.topic]
