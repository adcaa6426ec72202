"""One topic of individuals, written into a lake by Python or by Spark, and what the lake has then."""

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from confluent_kafka import Producer
from deltalake import DeltaTable

from franca.config.settings import RegistrySettings
from franca.lake.location import events_url
from franca.pipeline.control import Control
from franca.pipeline.runner import Pipeline, run
from franca.sinks.delta import DeltaSink
from franca.sinks.letterbox import Letterbox
from franca.sinks.parking import Parking
from franca.sources.extract import extract
from franca.sources.kafka import KafkaSource
from franca.sources.kafka_settings import KafkaSourceSettings
from franca.spark.lake_destination import Lake, LakeDestination
from franca.spark.lake_task import Letters
from franca.spark.stream import EventStream, StreamSettings
from franca.topics.admin import TopicPlan, committed_ends, ensure_topics
from franca.topics.cluster import Cluster
from franca.topics.names import dead_letter_topic
from franca.types import Batch, Record, Tally
from tests.individuals import SHAPE

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class Scene:
    """A topic and a lake of individuals; `application` takes the dead letters."""

    def __init__(self, bootstrap: str, topic: str, application: str, url: str) -> None:
        self.topic, self.application = topic, application
        self.cluster = Cluster(bootstrap)
        self.url = url

    @classmethod
    def make(cls, bootstrap: str, folder: Path) -> Self:
        """Make topics, the first of two partitions, for a lake in a folder."""
        name = uuid.uuid4().hex
        scene = cls(bootstrap, f"individual-{name}", f"crm-{name}", str(folder))
        plans = [TopicPlan(scene.topic, 2), TopicPlan(dead_letter_topic(scene.application), 1)]
        ensure_topics(scene.cluster.admin(), plans)
        return scene

    def send(self, values: Sequence[bytes | None], partition: int = 0, **options: Any) -> None:
        """Put messages onto a partition."""
        producer = Producer({"bootstrap.servers": self.cluster.bootstrap, **options})
        for value in values:
            producer.produce(self.topic, value, b"key", partition)
        assert producer.flush(30) == 0

    def by_spark(
        self,
        session: "SparkSession",
        most_records: int = 1_000_000,
        *,
        skip_lost: bool = False,
        control: Control | None = None,
    ) -> Tally:
        """Have Spark store what there is."""
        settings = StreamSettings(
            self.cluster,
            (self.topic,),
            most_records=most_records,
            until_caught_up=True,
            skip_lost=skip_lost,
        )
        stream = EventStream(session, settings, self.destination(), control)
        assert stream.run() == "caught up"
        return stream.tallies[self.topic]

    def destination(self) -> LakeDestination:
        """Return the lake as Spark writes it."""
        letters = Letters(self.cluster, (self.application,), RegistrySettings())
        return LakeDestination(Lake(self.url, {}, {self.topic: SHAPE}), letters)

    def by_python(self, url: str = "") -> Tally:
        """Have the Python sink store what there is, here or in another lake."""
        source = KafkaSource(KafkaSourceSettings(self.cluster, f"lake.{self.topic}.{url}", (self.topic,)))
        parking = Parking(Letterbox(self.cluster).publish, "lake", [self.application])
        sink = DeltaSink(url or self.url, [SHAPE], parking, topics={self.topic: SHAPE.name})
        pipeline = Pipeline("lake", source, _as_is, sink)
        done = run(pipeline, until=lambda: committed_ends(self.cluster.admin(), [self.topic]))
        return Tally(done.read, done.written, done.dead)

    def table(self, url: str = "") -> DeltaTable:
        """Return the table of events."""
        return DeltaTable(events_url(url or self.url, SHAPE.name))

    def rows(self, url: str = "") -> list[dict[str, Any]]:
        """Return the table's rows in the order of the topic."""
        found = self.table(url).to_pyarrow_table().to_pylist()
        return sorted(found, key=lambda row: (row["_partition"], row["_offset"]))

    def letters(self) -> set[bytes | None]:
        """Return the ids of the dead letters."""
        return {each.key for each in extract(self.cluster, [dead_letter_topic(self.application)])}

    def at_end(self) -> bool:
        """Tell whether the lake's marks stand at the end of all that is committed."""
        lake = self.destination()
        lake.open()
        ends = committed_ends(self.cluster.admin(), [self.topic])
        found = lake.positions(list(ends))
        lake.close()
        return {place: found.get(place, 0) for place in ends} == ends


def _as_is(batch: Batch[Record]) -> Batch[Record]:
    return batch
