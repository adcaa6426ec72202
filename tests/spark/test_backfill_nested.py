"""Lists and nested values by Spark's SQL: what DuckDB and the stream make of the same rows."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.spark.yard import Yard
from tests.unit.operations.nested import CASES, write_project

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


OF_FEW_ROWS = [("identifiers", "within", "chosen_list", "conditions"), ("short", "spelled", "floats")]
"""Cases that take few rows, with others that take the same ones."""

OTHERS = tuple(name for name in CASES if not any(name in some for some in OF_FEW_ROWS))


@pytest.mark.parametrize("names", [OTHERS, *OF_FEW_ROWS], ids=["most", *(some[0] for some in OF_FEW_ROWS)])
def test_they_are_what_duckdb_makes(spark: "SparkSession", tmp_path: Path, names: tuple[str, ...]) -> None:
    """Of the rows that all cases take; those that one of them refuses are left over."""
    write_project(tmp_path, *names)
    yard = Yard(tmp_path, "app.sample", tmp_path / "rows.parquet")
    done = yard.load(spark)
    taken = done.rows - done.left
    assert taken > 1
    assert done.events == {"probe": taken}
    assert yard.loaded("probe") == yard.expected("probe")
