"""Moments as Spark writes them by its defaults, INT96: what `franca backfill` makes of them."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyarrow import parquet

from franca.cli.row_pieces import pieces
from franca.cli.rows import RowFile
from franca.errors import DefinitionError
from franca.mapping.application import Application
from franca.model.entity import Entity, Table
from franca.model.markers import Key
from franca.operations.backfill.bulk import Bulk
from franca.operations.backfill.event_columns import Stamps
from franca.spark.backfill import numbered_parquet
from franca.spark.bulk import SparkBulk, exact
from franca.spark.readable import columns_of, unreadable
from tests.spark.collected import collected

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

STAMPS = Stamps("backfill", "head", 0, "app/log", "app", "1-0", "marks")
UTC = dt.UTC
MOMENTS = [
    dt.datetime(2024, 7, 1, 12, 0, 0, 123456, UTC),
    dt.datetime(1600, 1, 1, tzinfo=UTC),
    dt.datetime(9999, 12, 31, 23, 59, 59, 999999, UTC),
]


class Visit(Entity):
    """Who came when."""

    no: Key[str]
    seen: dt.datetime


class Log(Table):
    """What is told."""

    no: Key[str]
    seen: dt.datetime


@pytest.mark.parametrize("zone", ["UTC", "Europe/Zurich"])
def test_a_file_of_sparks_own_is_what_a_backfill_takes_it_for(
    spark: "SparkSession", tmp_path: Path, zone: str
) -> None:
    """Whatever the session's zone. They have no zone: beside UTC, only the stream can read them."""
    application, file = Application("app", timezone=zone), written(spark, tmp_path)

    @application.maps
    def visit(log: Log) -> Visit:
        return Visit(no=log.no, seen=log.seen)

    bulk = SparkBulk(application, Log, STAMPS, {"visit": 0})
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    try:
        frame = numbered_parquet(spark, file)
    finally:
        spark.conf.unset("spark.sql.session.timeZone")
    with exact(spark):
        if zone != "UTC":
            with pytest.raises(DefinitionError, match="seen: is of the type"):
                bulk(frame)
            return
        made = bulk(frame)
        (events,) = made.events.values()
        found = {each["no"]: each["seen"] for each in collected(events)}
        made.bad.unpersist()
    assert found == expected(application, file) == dict(zip("abc", MOMENTS, strict=True))


def test_only_sparks_own_are_known_to_have_no_nanoseconds(spark: "SparkSession", tmp_path: Path) -> None:
    """Others' may have some, which Spark would drop without a word."""
    file = written(spark, tmp_path)
    assert unreadable(file, columns_of(file)[0]) == ""
    other = tmp_path / "other.parquet"
    table = pa.table({"at": pa.array([1_001], pa.timestamp("ns"))})
    parquet.write_table(table, other, use_deprecated_int96_timestamps=True)
    assert "has a column 'at' of timestamp[ns]" in unreadable(other, columns_of(other)[0])


def written(spark: "SparkSession", folder: Path) -> Path:
    """Have Spark write a file of moments by its defaults."""
    parquet.write_table(
        pa.table({"no": ["a", "b", "c"], "seen": pa.array(MOMENTS, pa.timestamp("us", "UTC"))}),
        folder / "moments.parquet",
    )
    rows = spark.read.parquet(str(folder / "moments.parquet")).coalesce(1)
    rows.write.option("int96RebaseMode", "CORRECTED").parquet(str(folder / "rows"))
    (file,) = (folder / "rows").glob("part-*")
    return file


def expected(application: Application, file: Path) -> dict[str, dt.datetime]:
    """Return what DuckDB makes of the file."""
    bulk = Bulk(application, Log, STAMPS, {"visit": 0}, with_lines=False)
    (piece,) = pieces(RowFile(str(file)), Log, "auto")
    made = bulk(piece)
    bulk.close()
    assert made is not None
    (rows,) = made.events.values()
    return {row["no"]: row["seen"] for row in rows.to_pylist()}
