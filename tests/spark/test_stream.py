"""Events into the lake by Structured Streaming: the Python sink's rows, exactly once, and back again."""

import os
import random
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from confluent_kafka import Producer, TopicPartition

from franca.config.settings import RegistrySettings
from franca.errors import DefinitionError
from franca.lake.columns import events_schema
from franca.lake.events_table import EventsTable
from franca.lake.location import events_url, open_store
from franca.lake.marks import marks_of
from franca.lake.writers import Writers
from franca.local.kafka import LocalKafka
from franca.spark.lake_task import Letters
from franca.spark.store_destination import StoreDestination
from franca.spark.store_task import Store
from franca.spark.stream import EventStream, StreamSettings
from franca.topics.admin import committed_ends
from franca.types import Tally
from tests.conftest import Database
from tests.individuals import FULL, SHAPE, event
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
    """Each goes on where the other was: no event is lost, none is there twice; all files are of one form."""
    scene = Scene.make(kafka.bootstrap, tmp_path)
    schema = events_schema(SHAPE)
    at = schema.get_field_index("address")
    swapped = schema.field(at).with_type(pa.struct(reversed(list(schema.field(at).type))))
    EventsTable(events_url(scene.url, SHAPE.name), {}, schema.set(at, swapped), []).open()
    for turn in range(4):
        scene.send([event(f"{turn}-{n}", n + 1, **FULL) for n in range(5)], partition=turn % 2)
        done = scene.by_python() if turn % 2 == 0 else scene.by_spark(spark)
        assert done == Tally(5, 5, 0)
    assert [(row["_partition"], row["_offset"]) for row in scene.rows()] == [
        (partition, offset) for partition in (0, 1) for offset in range(10)
    ]
    assert {tuple(row["address"].items()) for row in scene.rows()} == {
        (("fee", Decimal("1.25")), ("street", "x"))
    }
    files = scene.table().file_uris()
    assert {pq.read_schema(file).field("address").type for file in files} == {swapped.type}
    assert scene.at_end()


def test_a_loss_that_is_accepted_is_marked_with_its_offsets(
    spark: "SparkSession", kafka: LocalKafka, tmp_path: Path
) -> None:
    """As the Python sink marks it, so that a verification tells it ever after; the stream goes on behind."""
    scene = Scene.make(kafka.bootstrap, tmp_path)
    admin = scene.cluster.admin()
    scene.send([event("A", n + 1) for n in range(4)])
    assert scene.by_python() == Tally(4, 4, 0)
    scene.send([event("B", n + 1) for n in range(3)])
    for future in admin.delete_records([TopicPartition(scene.topic, 0, 6)]).values():
        future.result(30)
    with pytest.raises(DefinitionError, match="position 4 is gone, the partition holds 6 to 7"):
        scene.by_spark(spark)
    assert scene.by_spark(spark, skip_lost=True) == Tally(1, 1, 0)
    (topic_id,) = {row["_topic_id"] for row in scene.rows()}
    marks = marks_of(scene.table(), open_store(events_url(scene.url, SHAPE.name), {}))
    assert Writers(marks).lost(topic_id, 0) == (2, range(4, 6))
    assert scene.at_end()


def test_what_is_not_committed_yet_is_waited_for(
    spark: "SparkSession", kafka: LocalKafka, tmp_path: Path
) -> None:
    """Events of an open transaction are stored once it is committed, those of an aborted one never."""
    scene = Scene.make(kafka.bootstrap, tmp_path)
    producer = Producer({"bootstrap.servers": kafka.bootstrap, "transactional.id": scene.topic})
    producer.init_transactions(30)
    for number, is_good in enumerate((False, True)):
        producer.begin_transaction()
        producer.produce(scene.topic, event(f"{number}", number + 1), b"key", 0)
        assert producer.flush(30) == 0
        if not is_good:
            producer.abort_transaction(30)
    assert scene.by_spark(spark) == Tally()
    producer.commit_transaction(30)
    assert scene.by_spark(spark) == Tally(1, 1, 0)
    assert [row["_subject"] for row in scene.rows()] == ["1"]
    assert scene.at_end()


def test_the_store_is_written_as_by_python(
    spark: "SparkSession", kafka: LocalKafka, postgres: Database, tmp_path: Path
) -> None:
    """Each event once, the newest of a key stays, and the Python sink finds nothing left to do."""
    scene = Scene.make(kafka.bootstrap, tmp_path)
    scene.send([event("A", 1), event("A", 2, name="Grace"), b"{", event("B", 3), event("B", 4, deleted=True)])
    letters = Letters(scene.cluster, (scene.application,), RegistrySettings())
    store = Store(postgres.dsn, "public", {scene.topic: SHAPE})
    settings = StreamSettings(scene.cluster, (scene.topic,), until_caught_up=True)
    stream = EventStream(spark, settings, StoreDestination(store, letters))
    assert stream.run() == "caught up"
    assert stream.tallies[scene.topic] == Tally(5, 4, 1)
    with psycopg.connect(postgres.dsn) as connection:
        assert connection.execute("SELECT id, name FROM individual").fetchall() == [("A", "Grace")]
    sink = store.sink(letters, None)
    sink.open()
    ends = committed_ends(scene.cluster.admin(), [scene.topic])
    assert {p: sink.positions([p]).get(p, 0) for p in ends} == ends
    sink.close()


KILLS = 2
DEADLINE_SECONDS = 300.0


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a_killed_driver_loses_and_doubles_nothing(kafka: LocalKafka, tmp_path: Path) -> None:
    """SIGKILL of Spark's driver and all that is its, anywhere in a stream, Python and Spark in turn."""
    scene = Scene.make(kafka.bootstrap, tmp_path)
    for partition in (0, 1):
        bad = [b"{" if n % 50 == 7 else event(f"{partition}-{n}", n + 1) for n in range(2000)]
        scene.send(bad, partition)
    chance = random.Random(5)
    stages = [chance.randrange(1, 10) for _ in range(KILLS)]
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
    scene.send([event(f"last-{n}", n + 1) for n in range(100)])
    subprocess.run(command, check=True, timeout=DEADLINE_SECONDS)
    offsets = [(row["_partition"], row["_offset"]) for row in scene.rows()]
    good = [n for n in range(2000) if n % 50 != 7]
    assert offsets == [*((0, n) for n in [*good, *range(2000, 2100)]), *((1, n) for n in good)]
    assert len(scene.letters()) == 80


def _commits(scene: Scene) -> int:
    return len(list(Path(scene.url).glob("individual/events/_delta_log/*.json")))
