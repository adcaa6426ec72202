"""Events into the lake by Structured Streaming: the Python sink's rows, exactly once, and back again."""

import os
import random
import signal
import subprocess
import sys
import time
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
    scene = Scene.make(kafka.bootstrap, tmp_path / "spark")
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
    scene = Scene.make(kafka.bootstrap, tmp_path)
    for turn in range(4):
        scene.send([event(f"{turn}-{n}", n + 1) for n in range(5)], partition=turn % 2)
        done = scene.by_python() if turn % 2 == 0 else scene.by_spark(spark)
        assert done == Tally(5, 5, 0)
    assert [(row["_partition"], row["_offset"]) for row in scene.rows()] == [
        (partition, offset) for partition in (0, 1) for offset in range(10)
    ]
    assert scene.at_end()


KILLS = 6
DEADLINE_SECONDS = 300.0


@pytest.mark.soak
def test_a_killed_driver_loses_and_doubles_nothing(kafka: LocalKafka, tmp_path: Path) -> None:
    """SIGKILL of Spark's driver and all that is its, anywhere in a stream, Python and Spark in turn."""
    scene = Scene.make(kafka.bootstrap, tmp_path)
    for partition in (0, 1):
        bad = [b"{" if n % 50 == 7 else event(f"{partition}-{n}", n + 1) for n in range(2000)]
        scene.send(bad, partition)
    chance = random.Random(5)
    stages = [chance.randrange(1, 30) for _ in range(KILLS)]
    command = [sys.executable, "-m", "tests.spark.driver", kafka.bootstrap, scene.topic, scene.application]
    command += [scene.url, str(tmp_path / "spare")]
    for stage in stages:
        driver = subprocess.Popen(command, start_new_session=True)
        wanted = _commits(scene) + stage
        deadline = time.monotonic() + DEADLINE_SECONDS
        while driver.poll() is None and _commits(scene) < wanted and time.monotonic() < deadline:
            time.sleep(0.01)
        os.killpg(driver.pid, signal.SIGKILL)
        driver.wait()
    assert 0 < len(scene.rows()) < 3920
    assert scene.by_python().read > 0
    subprocess.run(command, check=True, timeout=DEADLINE_SECONDS)
    offsets = [(row["_partition"], row["_offset"]) for row in scene.rows()]
    good = [n for n in range(2000) if n % 50 != 7]
    assert offsets == [(partition, n) for partition in (0, 1) for n in good]
    assert len(scene.letters()) == 80


def _commits(scene: Scene) -> int:
    return len(list(Path(scene.url).glob("individual/events/_delta_log/*.json")))
