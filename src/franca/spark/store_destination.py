"""The store as Spark writes it: each executor's task stores its partitions, as a Python worker would."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from franca.config.names import STORE
from franca.spark.destination import Asked, Done
from franca.spark.lake_destination import reached_of
from franca.spark.lake_task import Letters
from franca.spark.outcome import SCHEMA, Outcome, heard, told
from franca.spark.portable import portable
from franca.spark.store_task import Store, StoreTask
from franca.types import Batch, Partition, Positions, Record

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class StoreDestination:
    """Stores into PostgreSQL; see `Destination`."""

    name = STORE

    def __init__(self, store: Store, letters: Letters) -> None:
        self._letters = letters
        self._sink = store.sink(letters, None)  # it is given none
        self._store = replace(store, shapes={topic: portable(shape) for topic, shape in store.shapes.items()})

    def open(self) -> None:
        """Open each entity's table, made first where missing."""
        self._sink.open()

    def positions(self, partitions: Sequence[Partition]) -> Positions:
        """Return where the store is."""
        return self._sink.positions(partitions)

    def store(self, frame: "DataFrame", asked: Asked) -> Done | None:
        """Have executors store the events."""
        asked.confirm()
        task = StoreTask(self._store, asked.topics, dict(asked.starts), self._letters)

        def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            return told(task.run(batches))

        outcomes = heard(Outcome(*row) for row in frame.mapInArrow(work, SCHEMA).collect())
        if any(each.kind == "moved" for each in outcomes):
            return None
        return reached_of(outcomes, asked.topics)

    def settle(self, positions: Positions, starts: Positions, *, lost: bool = False) -> bool:
        """Store positions without rows."""
        batch: Batch[Record] = Batch([], dict(positions), dict(starts), lost=positions if lost else {})
        return not positions or self._sink.write(batch)

    def close(self) -> None:
        """Release the connection."""
        self._sink.close()
