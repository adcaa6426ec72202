"""The views in Spark SQL: the rows that DuckDB gives."""

import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.engines import trade
from tests.engines.views import Engine, answers_alike, reads_what_is_folded
from tests.spark.collected import collected

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class Spark(Engine):
    """Spark, with a database of its own for each test."""

    dialect = "spark"

    def __init__(self, session: "SparkSession", folder: Path) -> None:
        self._session, self.folder = session, folder

    def register(self, name: str, path: Path) -> None:
        """Have a Delta table at hand."""
        self.run(f"CREATE TABLE IF NOT EXISTS `{name}` USING DELTA LOCATION '{path}'")

    def run(self, sql: str) -> None:
        """Carry out a statement."""
        self._session.sql(sql)

    def rows(self, name: str, columns: Sequence[str]) -> list[dict[str, Any]]:
        """Return the rows of a relation."""
        return collected(self._session.table(f"`{name}`").select(*columns))


@pytest.fixture
def engine(spark: "SparkSession", tmp_path: Path) -> Iterator[Spark]:
    """Give Spark with an empty database."""
    name = f"views_{uuid.uuid4().hex}"
    spark.sql(f"CREATE DATABASE {name}")
    spark.sql(f"USE {name}")
    yield Spark(spark, tmp_path)
    spark.sql("USE default")
    spark.sql(f"DROP DATABASE {name} CASCADE")


@pytest.mark.engines
def test_the_views_of_an_entity_answer_as_duckdb_does(engine: Spark, spark: "SparkSession") -> None:
    """With a link to itself, late and repeated events, deletes; remarks stand beside the columns."""
    answers_alike(engine, [trade.Client])
    (told,) = [row for row in spark.sql("DESCRIBE client_joined").collect() if row.col_name == "name"]
    assert told.comment == "As it is spoken. Personal data. From crm.cust.FIRST'S, crm.cust.LAST."


@pytest.mark.engines
@pytest.mark.timeout(1_200)
def test_all_views_answer_as_duckdb_does(engine: Spark) -> None:
    """Cycles, self-links, many to many, chosen and missing targets; declared views and metrics."""
    answers_alike(engine, trade.ENTITIES, trade.DECLARED)


def test_the_current_state_is_read_from_the_snapshot(engine: Spark) -> None:
    """With the position of the fold before in the view's SQL."""
    reads_what_is_folded(engine)
