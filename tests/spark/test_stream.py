"""Events into the lake by Structured Streaming: the Python sink's rows, exactly once, and back again."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from franca.local.kafka import LocalKafka
from franca.types import Tally
from tests.individuals import FULL, event
from tests.spark.streams import Scene

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.services


def test_spark_writes_the_rows_of_the_python_sink(
    spark: "SparkSession", kafka: LocalKafka, tmp_path: Path
) -> None:
    """From the same topic both make the same table: rows, types, properties, dead letters, tallies."""
    scene = Scene(kafka.bootstrap, tmp_path / "spark")
    scene.send([event("A", 1, **FULL), b"{", None, event("B", 2, balance="1.001")])
    scene.send([event("C", 3), event("C", 4, deleted=True)], partition=1)

    assert scene.by_spark(spark) == Tally(5, 3, 2)
    letters = scene.letters()

    other = str(tmp_path / "python")
    assert scene.by_python(other) == Tally(5, 3, 2)
    assert scene.rows() == scene.rows(other)
    one, two = scene.table(), scene.table(other)
    assert one.schema() == two.schema()
    assert one.protocol() == two.protocol()
    assert one.metadata().configuration == two.metadata().configuration
    assert len(letters) == 2
    assert scene.letters() == letters


def test_a_table_passes_from_python_to_spark_and_back(
    spark: "SparkSession", kafka: LocalKafka, tmp_path: Path
) -> None:
    """Each goes on where the other was: no event is lost, none is there twice."""
    scene = Scene(kafka.bootstrap, tmp_path)
    for turn in range(4):
        scene.send([event(f"{turn}-{n}", n + 1) for n in range(5)], partition=turn % 2)
        done = scene.by_python() if turn % 2 == 0 else scene.by_spark(spark)
        assert done == Tally(5, 5, 0)
    assert [(row["_partition"], row["_offset"]) for row in scene.rows()] == [
        (partition, offset) for partition in (0, 1) for offset in range(10)
    ]
    assert scene.at_end()
