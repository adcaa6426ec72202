"""Spark reads what the Python sink wrote, folded and tidied up."""

from typing import TYPE_CHECKING

from franca.lake.location import table_url
from tests.engines.rows import check, tables
from tests.spark.collected import collected

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@tables
def test_spark_reads_the_lake(spark: "SparkSession", lived: str, name: str) -> None:
    """Every type, late columns too, as the rows are that were written by hand."""
    check(name, collected(spark.read.format("delta").load(table_url(lived, "thing", name))))
