"""Spark reads what the Python sink wrote, folded and tidied up, and files of rows as they are."""

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import parquet

from franca.lake.location import table_url
from franca.operations.backfill.piece import NUMBER
from franca.spark.backfill import numbered_parquet
from tests.engines.rows import check, tables
from tests.spark.collected import collected

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@tables
def test_spark_reads_the_lake(spark: "SparkSession", lived: str, name: str) -> None:
    """Every type, late columns too, as the rows are that were written by hand."""
    check(name, collected(spark.read.format("delta").load(table_url(lived, "thing", name))))


def test_a_column_is_called_as_the_file_says(spark: "SparkSession", tmp_path: Path) -> None:
    """Whatever Spark takes for a variable, or for a part of a name."""
    file = tmp_path / "rows.parquet"
    parquet.write_table(pa.table({"${env:HOME}": ["a"], "b`.c": pa.nulls(1), "d.e": [1]}), file)
    frame = numbered_parquet(spark, file)
    assert [*map(tuple, frame.collect())] == [("a", None, 1, 1)]
    assert frame.columns == ["${env:HOME}", "b`.c", "d.e", NUMBER]
