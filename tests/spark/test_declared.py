"""What a table says of its columns holds on Spark as it does for the stream."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pyarrow as pa
from pyarrow import parquet

from franca.cli.row_pieces import pieces
from franca.cli.rows import RowFile
from franca.mapping.application import Application
from franca.model.entity import Entity, Table
from franca.model.markers import Column, Key, Length
from franca.operations.backfill.bulk import Bulk
from franca.operations.backfill.event_columns import Stamps
from franca.operations.backfill.piece import NUMBER
from franca.spark.backfill import numbered_parquet
from franca.spark.bulk import SparkBulk, exact
from tests.spark.collected import collected

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

STAMPS = Stamps("backfill", "head", 0, "app/paper", "app", "1-0", "marks")


class Sheet(Entity):
    """What is filed."""

    no: Key[str]
    scan: bytes | None
    code: str | None
    title: str | None
    day: dt.date | None


class Paper(Table, trim=True, date_style="DMY"):
    """How it is filed."""

    no: Key[str]
    scan: bytes | None
    code: Annotated[str | None, Column(width=3)]
    title: Annotated[str | None, Length(max=1)]
    day: dt.date | None


def test_columns_of_their_type_are_read_whatever_is_declared(spark: "SparkSession", tmp_path: Path) -> None:
    """Blanks at a text's end are no part of it, and some bytes stand for others."""
    application = Application("app")

    @application.maps
    def sheet(paper: Paper) -> Sheet:
        return Sheet(no=paper.no, scan=paper.scan, code=paper.code, title=paper.title, day=paper.day)

    texts = ["abcd  ", "", "   ", None, "x ", "__debezium_unavailable_value"]
    columns: dict[str, Any] = {"no": [*"abcde", "f "], "code": texts, "title": texts}
    columns["scan"] = [b"", b"\0\xff", None, b"__debezium_unavailable_value", b"a", b"b"]
    columns["day"] = pa.array([dt.date(2024, 3, 2), dt.date(1, 1, 1), None, None, None, None])
    parquet.write_table(pa.table(columns), tmp_path / "rows.parquet")

    bulk = SparkBulk(application, Paper, STAMPS, {"sheet": 0})
    with exact(spark):
        made = bulk(numbered_parquet(spark, tmp_path / "rows.parquet"))
        (events,) = made.events.values()
        found, left = collected(events), {each[NUMBER] for each in made.bad.collect()}
        made.bad.unpersist()
    ours = Bulk(application, Paper, STAMPS, {"sheet": 0}, with_lines=False)
    (piece,) = pieces(RowFile(str(tmp_path / "rows.parquet")), Paper, "auto")
    expected = ours(piece)
    ours.close()
    assert expected is not None
    names = ("no", "scan", "code", "title", "day")
    rows = expected.events["sheet"].to_pylist()
    assert left == expected.left == {4, 6}
    assert told(found, names) == told(rows, names)


def told(rows: list[dict[str, Any]], names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """Return the values of rows under some names, in the order of the first."""
    return sorted(tuple(row[name] for name in names) for row in rows)
