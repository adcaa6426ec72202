"""Loads a table's rows into the lake by Spark, for what one machine is too small for: no Python per row.

The events are those that `franca backfill` makes of the same file, with the same marks: whichever loads it,
the other finds it loaded.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from franca.config.endpoints import Endpoints
from franca.config.pipelines import names_of
from franca.errors import DefinitionError, UnavailableError
from franca.lake.columns import events_schema, ranged_columns, repeating_columns
from franca.lake.events_table import written
from franca.lake.location import events_url, open_store
from franca.lake.log import Action
from franca.lake.translation import translated
from franca.lake.united import in_order
from franca.model.shape import Shape
from franca.operations.backfill.destination import PIPELINE
from franca.operations.backfill.left_over import mark_of
from franca.operations.backfill.loading import Loading
from franca.operations.backfill.piece import NUMBER
from franca.operations.backfill.snapshot import Snapshot
from franca.operations.publication import require_published
from franca.sinks.delta import DeltaSink
from franca.sinks.letterbox import Letterbox
from franca.sinks.parking import Parking
from franca.spark.bulk import SparkBulk, exact, quoted
from franca.spark.lake_task import FILE_BYTES, FILE_ROWS
from franca.spark.outcome import SCHEMA, Outcome, heard, outcome, told
from franca.spark.portable import portable
from franca.spark.readable import columns_of
from franca.types import Batch, Partition, Tally

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession


class Loaded(NamedTuple):
    """What became of a snapshot: its rows, the events by topic, and how many rows were left over.

    `is_new` is false where it was loaded already: nothing was done then.
    """

    rows: int
    events: dict[str, int]
    left: int
    is_new: bool = True


def plain_path(path: Path) -> str:
    r"""Return the path of a file of this machine for Spark, which else takes some characters for a pattern.

    >>> plain_path(Path("/rows[1].parquet"))
    'file:///rows\\[1\\].parquet'
    """
    return "file://" + re.sub(r"([][{}*?\\])", r"\\\1", str(path.absolute()))


def numbered_parquet(
    session: "SparkSession", path: Path, told: Mapping[str, object] = MappingProxyType({})
) -> "DataFrame":
    """Return the rows of a Parquet file with their numbers in it, from 1, as `franca backfill` counts.

    `told` are further columns of one value each. Columns without values are void, which Spark 3.5 takes for
    integers. Moments in INT96 have no zone, and `franca backfill` takes them for local ones.
    """
    from pyspark.sql.functions import col, lit

    schema, local = columns_of(path)
    empty = {field.name for field in schema if pa.types.is_null(field.type)}

    def column(name: str) -> "Column":
        if name in empty:
            return lit(None).alias(name)
        found = col(quoted(name))
        return found.cast("timestamp_ntz").alias(name) if name in local else found

    further = [lit(value).alias(name) for name, value in told.items()]
    with exact(session):  # a cast takes the zone in which it was said
        frame = session.read.parquet(plain_path(path))
        number = (col("_metadata.row_index") + 1).alias(NUMBER)
        return frame.select(*map(column, frame.columns), *further, number)


def load(loading: Loading, snapshot: Snapshot, frame: "DataFrame", places: Endpoints, left: str) -> Loaded:
    """Load the rows of a snapshot into the lake, each event once, and write those left over as Parquet.

    `frame` holds its rows in the file's columns and a `_row` with the number of each, from 1, the same at
    each reading. What SQL can't decide or a mapping refuses goes to the folder `left`, and from there by
    `franca backfill` to lake or dead letters: it is empty, or replaced. Raises UnavailableError, and
    DefinitionError where a mapping or a column is not for Spark, or the model differs from what is published.
    """
    require_published(loading.project)
    mapping = loading.mapping(snapshot)
    bulk = SparkBulk(loading.application, loading.table, mapping.stamps, mapping.slots)
    mapping.close()
    shapes = loading.shapes
    applications = [application.name for application in loading.project.applications]
    parking = Parking(Letterbox(places.cluster).publish, PIPELINE, applications)
    sink = DeltaSink(places.lake_url, shapes, parking, PIPELINE, places.lake_options, names_of(shapes))
    sink.open()
    try:
        rows = frame.count()
        lacking = _lacking(sink, mapping.partitions, snapshot.name, rows + 1)
        if not lacking:
            return Loaded(rows, {}, 0, is_new=False)
        with exact(frame.sparkSession):
            made = bulk(frame)
            left_over = (
                _writable(made.left).sortWithinPartitions(NUMBER).withMetadata(NUMBER, mark_of(snapshot))
            )
            left_over.write.mode("overwrite").parquet(left)
            counts = {
                topic: _store(sink, places, bulk.shapes[topic], mapping.partitions[topic], events, rows)
                for topic, events in made.events.items()
                if topic in lacking
            }
            refused = made.bad.count()
            made.bad.unpersist()
            return Loaded(rows, counts, refused)
    finally:
        sink.close()


def _writable(frame: "DataFrame") -> "DataFrame":
    """Return rows whose void columns are texts, because Spark 3.5 writes no void ones."""
    kinds = {name: "CAST({} AS STRING) AS {}" if kind == "void" else "{}" for name, kind in frame.dtypes}
    return frame.selectExpr(*(kind.format(*[quoted(name)] * 2) for name, kind in kinds.items()))


def _lacking(sink: DeltaSink, partitions: Mapping[str, list[Partition]], name: str, end: int) -> set[str]:
    """Return the topics whose entities lack the snapshot. Raises DefinitionError where one has a part."""
    lacking = set()
    for topic, some in partitions.items():
        known = sink.positions(some)
        starts = {known.get(partition, 0) for partition in some}
        if starts != {0} and min(starts) < end:
            reason = f"is loaded up to row {min(starts)}, by `franca backfill`"
            raise DefinitionError.one(name, reason, "let that go on: what it began, it ends")
        if starts == {0}:
            lacking.add(topic)
    return lacking


def _store(
    sink: DeltaSink,
    places: Endpoints,
    shape: Shape,
    partitions: list[Partition],
    events: "DataFrame",
    rows: int,
) -> int:
    """Have executors write the files of one entity's events, and commit them with its marks."""
    url, options, carried = events_url(places.lake_url, shape.name), places.lake_options, portable(shape)
    reordered = dict(sink.reordered(partitions[0].topic))

    def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return told(_written(url, options, carried, reordered, batches))

    found = heard(Outcome(*row) for row in events.mapInArrow(work, SCHEMA).collect())
    files: list[Action] = [msgspec.json.decode(each.value) for each in found if each.kind == "file"]
    written = Counter({p.partition: 0 for p in partitions})
    for each in found:
        if each.kind == "place":
            written.update({each.number: msgspec.json.decode(each.value)})
    counts = {p: Tally(written[p.partition], written[p.partition], 0) for p in partitions}
    if not sink.adopt(Batch(files, dict.fromkeys(partitions, rows + 1), {}), counts):
        raise UnavailableError("lake", "another process loads the same file", "wait for it, or begin again")
    return written.total()


def _written(
    url: str,
    options: dict[str, str],
    shape: Shape,
    reordered: Mapping[str, pa.DataType],
    batches: Iterable[pa.RecordBatch],
) -> Iterator[Outcome]:
    """Write rows as files of their table's folder; yield what a commit tells of each, and its events."""
    schema, how = events_schema(shape), (repeating_columns(shape), ranged_columns(shape))
    held: list[pa.Table] = []

    def end() -> Iterator[Outcome]:
        if held:
            table = in_order(pa.concat_tables(held), reordered)
            with translated("lake"):
                add = written(open_store(url, options), table, *how)
            held.clear()
            yield outcome("file", shape.name, table.num_rows, add)
            for each in pc.value_counts(table["_partition"]).to_pylist():
                yield outcome("place", shape.name, each["values"], each["counts"])

    for batch in batches:
        if batch.num_rows:
            held.append(pa.Table.from_batches([batch]).select(schema.names).cast(schema))
        # `nbytes` reads the offsets of lists, which Spark leaves out where no list of a batch holds a list
        size = sum(t.get_total_buffer_size() for t in held)
        if sum(t.num_rows for t in held) >= FILE_ROWS or size >= FILE_BYTES:
            yield from end()
    yield from end()
