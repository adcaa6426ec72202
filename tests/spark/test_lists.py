"""Lists in the views that a project declares are on Spark as they are in DuckDB."""

from typing import TYPE_CHECKING

import duckdb
import pytest

from franca.model.entity import Entity
from franca.model.markers import Key
from franca.model.shape import shape_of
from franca.model.views import view
from franca.views.plan import plan
from franca.views.render import query_sql

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROWS = "VALUES ('1', 'a', 'x'), ('2', NULL, 'x'), ('3', 'c', NULL), ('4', NULL, NULL), ('5', 'b', 'x')"


class Lodger(Entity):
    """Who lives at whose."""

    id: Key[str]
    name: str | None
    host: str | None


@pytest.mark.parametrize(
    "sql",
    [
        "host, list(name order by name desc) as l from lodger group by host order by 1",
        "list(id order by name nulls first, id) as l from lodger",
        "list(id order by name desc nulls first, id desc) filter (where id <> '1') as l from lodger",
        "list(name) filter (where id > '9') as l from lodger",
        "list(distinct name order by name) as l from lodger",
        "id, list(name) over (order by id desc) as l from lodger order by id",
        "id, list(name order by id desc) over (partition by host) as l from lodger order by id",
        "id, list(id) over (order by id rows between 2 preceding and 1 preceding) as l from lodger",
        "list(l order by l) as l from (select list(name order by id) as l from lodger group by host) as t",
    ],
)
def test_a_list_is_the_same_on_spark(spark: "SparkSession", sql: str) -> None:
    """In its order, with its nulls; of no rows there is none."""
    made = plan([shape_of(Lodger)], [Lodger], {"listed": view(f"select {sql}")}).view("listed")
    spark.sql(f"CREATE OR REPLACE TEMPORARY VIEW lodger AS SELECT * FROM {ROWS} AS t(id, name, host)")
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"CREATE TABLE lodger AS SELECT * FROM ({ROWS}) AS t(id, name, host)")
        expected = connection.sql(query_sql(made, "duckdb")).fetchall()
    assert [tuple(row) for row in spark.sql(query_sql(made, "spark")).collect()] == expected
