"""The lake as Spark writes it: executors write the files, the driver commits them as the Python sink does."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

from franca.config.names import LAKE
from franca.lake.location import Options
from franca.lake.log import Action
from franca.model.shape import Shape
from franca.sinks.delta import DeltaSink
from franca.spark.destination import Asked, Done
from franca.spark.lake_task import LakeTask, Letters
from franca.spark.outcome import SCHEMA, Outcome, Reached, heard, told
from franca.spark.portable import portable
from franca.types import Batch, Partition, Positions, Record, Tally

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Lake:
    """A project's lake: its place, and the shapes of its entities by topic."""

    url: str
    options: Options
    shapes: Mapping[str, Shape]


class LakeDestination:
    """Stores into the `events` tables; see `Destination`. A commit is one entity's."""

    name = LAKE

    def __init__(self, lake: Lake, letters: Letters) -> None:
        self._lake = lake
        self._letters = letters
        self._shapes = {topic: portable(shape) for topic, shape in lake.shapes.items()}
        names = {topic: shape.name for topic, shape in lake.shapes.items()}
        parking = letters.parking(LAKE, None)
        self._sink = DeltaSink(lake.url, list(lake.shapes.values()), parking, LAKE, lake.options, names)

    def open(self) -> None:
        """Open each entity's table, made first where missing."""
        self._sink.open()

    def positions(self, partitions: Sequence[Partition]) -> Positions:
        """Return where the tables are."""
        return self._sink.positions(partitions)

    def store(self, frame: "DataFrame", asked: Asked) -> Done | None:
        """Have executors write the files, and commit them topic by topic."""
        lake, reordered = self._lake, {topic: dict(self._sink.reordered(topic)) for topic in asked.topics}
        task = LakeTask(lake.url, lake.options, self._shapes, asked.topics, reordered, self._letters)

        def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            return told(task.run(batches))

        outcomes = heard(Outcome(*row) for row in frame.mapInArrow(work, SCHEMA).collect())
        files: defaultdict[str, list[Action]] = defaultdict(list)
        for each in outcomes:
            if each.kind == "file":
                files[each.name].append(msgspec.json.decode(each.value))
        reached = reached_of(outcomes, asked.topics)
        asked.confirm()
        for topic in dict.fromkeys(partition.topic for partition in reached.positions):
            own = {p: to for p, to in reached.positions.items() if p.topic == topic}
            counts = {p: reached.counts[p] for p in own}
            if not self._sink.adopt(Batch(files[topic], own, dict(asked.starts)), counts):
                return None
        return reached

    def settle(self, positions: Positions, starts: Positions, *, lost: bool = False) -> bool:
        """Commit positions without rows."""
        batch: Batch[Record] = Batch([], dict(positions), dict(starts), lost=positions if lost else {})
        return not positions or self._sink.write(batch)

    def close(self) -> None:
        """Release the parsers."""
        self._sink.close()


def reached_of(outcomes: Iterable[Outcome], topics: Mapping[str, str]) -> Done:
    """Return up to where the tasks took each partition, several of them perhaps the same one."""
    positions: dict[Partition, int] = {}
    counts: dict[Partition, Tally] = {}
    for each in outcomes:
        if each.kind == "reached":
            place = Partition(each.name, each.number, topics[each.name])
            found = msgspec.json.decode(each.value, type=Reached)
            positions[place] = max(positions.get(place, 0), found.next)
            counts[place] = Tally(*map(sum, zip(counts.get(place, Tally()), found.tally, strict=True)))
    return Done(positions, counts)
