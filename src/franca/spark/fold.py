"""Folds an entity's new events into its `snapshot` by Spark: many ranges of keys at once, one commit.

The position and the tables are those of `franca.lake.fold`, so that either goes on after the other.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
from deltalake import DeltaTable

from franca.lake.fold import FILE_ROWS, Folded, Tell
from franca.lake.fold import fold as fold_here
from franca.lake.location import Options, open_store
from franca.lake.log import Action
from franca.lake.marks import marks_of
from franca.lake.position import Position, Reached, joined
from franca.lake.state_table import StateTable
from franca.lake.tables import Tables, deleted_of, events_of, open_tables, snapshot_of
from franca.lake.translation import translated
from franca.lake.unfolded import unfolded
from franca.lake.united import all_events, all_states
from franca.lake.writers import Writers
from franca.model.shape import Shape
from franca.spark.fold_task import RANGE, Folding, Reading, Seen
from franca.spark.outcome import SCHEMA, Outcome, heard, told
from franca.spark.portable import portable
from franca.spark.ranges import splits
from franca.spark.translation import translated_error

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class SparkFold:
    """Folds entities of one lake. `file_rows` is how many rows a file of a snapshot gets."""

    def __init__(
        self,
        session: "SparkSession",
        lake_url: str,
        options: Options,
        scratch: Path,
        file_rows: int = FILE_ROWS,
    ) -> None:
        self._session = session
        self._url, self._options = lake_url, options
        self._scratch = scratch
        self._file_rows = file_rows

    def run(self, shape: Shape, tell: Tell | None = None) -> Folded:
        """Fold all events that are there now. Raises UnavailableError, DefinitionError.

        Two folds at once do no harm: one of them counts. A snapshot with keys that are too long for the
        bounds of its files is folded on this machine. `tell` hears of the events when all are written.
        """
        snapshot, deleted = (of(self._url, shape, self._options) for of in (snapshot_of, deleted_of))
        events = events_of(self._url, shape, self._options)
        if events is None:
            open_tables(self._url, shape, self._options).require(self._options)
            return Folded(shape.name, 0, 0, ())
        snapshot.create()
        has_deleted = deleted.open_to_write()  # before the events, which hold all that it tells then
        with translated("lake"):
            events.update_incremental()
        Tables(snapshot, deleted, events).require(self._options)
        if not snapshot.is_ordered() or (has_deleted and not deleted.is_ordered()):
            return fold_here(self._url, shape, self._options, self._scratch, file_rows=self._file_rows)
        before = snapshot.position
        paths = [uri.rpartition("/")[2] for uri in unfolded(events, before)]
        reading = self._reading(shape, events, before)
        snapshot.widen(reading.states)
        seen, sample = self._look(reading, paths)
        position = joined(before, (Reached(*place, each.next, each.most) for place, each in seen))
        if position == before:
            return Folded(shape.name, 0, _count(snapshot), before)
        events_count = sum(each.events for _, each in seen)
        deletes = sum(each.deletes for _, each in seen)
        at = splits(snapshot.files(), sample, events_count, self._file_rows)
        folding = Folding(
            reading,
            at,
            self._numbers(len(at) + 1),
            snapshot.files(),
            snapshot.schema,
            deleted.files() if has_deleted else (),
            deletes > 0,
            self._file_rows,
        )
        found = self._fold(folding, paths)
        if tell:
            tell(events_count, events_count)
        if deletes and not _kept(deleted, _files(found, "deleted"), position):
            return Folded(shape.name, events_count, _count(snapshot), before, is_done=False)
        note = {"franca": f"fold by spark: {events_count} events"}
        until = deleted.position if deleted.table else ()
        is_done = snapshot.replace(_files(found, "snapshot"), position, note, until)
        return Folded(shape.name, events_count, _count(snapshot), snapshot.position, is_done)

    def _reading(self, shape: Shape, events: DeltaTable, position: Position) -> Reading:
        with translated("lake"):
            ends = Writers(marks_of(events, open_store(events.table_uri, self._options))).reread()
        every = all_events(events, shape)
        states = all_states(every, shape)
        return Reading(self._url, self._options, portable(shape), position, ends, every, states)

    def _look(
        self, reading: Reading, paths: list[str]
    ) -> tuple[list[tuple[tuple[str, int], Seen]], list[str]]:
        """Return what is new of each partition, file by file, and a sample of the keys."""
        if not paths:
            return [], []

        def look(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                for path in batch["path"].to_pylist():
                    yield from told(reading.look(path))

        seen: list[tuple[tuple[str, int], Seen]] = []
        sample: list[str] = []
        for each in _outcomes(self._paths(paths, ()).mapInArrow(look, SCHEMA)):
            if each.kind == "seen":
                seen.append(((each.name, each.number), msgspec.json.decode(each.value, type=Seen)))
            else:
                sample += msgspec.json.decode(each.value, type=list[str])
        return seen, sample

    def _fold(self, folding: Folding, paths: list[str]) -> list[Outcome]:
        """Deal the new events out by ranges, and fold each range."""
        from pyspark.sql.pandas.types import from_arrow_schema

        reading, at, numbers = folding.reading, folding.splits, folding.numbers

        def deal(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                for row in batch.to_pylist():
                    if row["path"]:
                        yield reading.deal(row["path"], at, numbers)
                    else:
                        yield reading.marker(row["number"])

        def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            return told(folding.run(batches))

        events = self._paths(paths, numbers).mapInArrow(deal, from_arrow_schema(reading.schema()))
        ranges = events.repartition(len(numbers), RANGE).sortWithinPartitions(RANGE)
        return _outcomes(ranges.mapInArrow(work, SCHEMA))

    def _paths(self, paths: list[str], numbers: Iterable[int]) -> "DataFrame":
        """Return files and numbers of ranges, spread over as many tasks as run at once, some files each."""
        rows = [*((path, 0) for path in paths), *(("", number) for number in numbers)]
        parts = min(len(paths) or 1, 4 * self._session.sparkContext.defaultParallelism)
        return self._session.createDataFrame(rows, "path string, number int").repartition(parts)

    def _numbers(self, count: int) -> list[int]:
        """Return numbers for so many ranges which Spark, dealing out by hash, gives to a task each."""
        found = self._session.range(64 * count).selectExpr("cast(id AS int) AS id")
        placed = (
            found.selectExpr("id", f"pmod(hash(id), {count}) AS place").groupBy("place").min("id").collect()
        )
        numbers = {row[0]: row[1] for row in placed}
        return [numbers.get(place, 64 * count + place) for place in range(count)]


def _outcomes(frame: "DataFrame") -> list[Outcome]:
    try:
        return heard(Outcome(*row) for row in frame.collect())
    except Exception as error:
        raise translated_error(error) from error


def _kept(deleted: StateTable, adds: Sequence[Action], position: Position) -> bool:
    """Store the ranks of deleted keys; False where another fold has stored some that these don't have."""
    if deleted.table is None:
        deleted.create()
        if deleted.position:
            return False
    return deleted.replace(adds, joined(deleted.position, position), {"franca": "fold by spark"})


def _files(found: Iterable[Outcome], kind: str) -> list[Action]:
    return [msgspec.json.decode(each.value) for each in found if each.kind == kind]


def _count(table: StateTable) -> int:
    return sum(file.rows for file in table.files())
