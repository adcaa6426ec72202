"""A query whose names are told apart gives the rows of the query as it was written."""

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from franca.views.qualified import qualified

SCHEMA: dict[str, object] = {
    "a": {"k": "unknown", "l": "unknown", "x": "unknown"},
    "b": {"k": "unknown", "l": "unknown", "y": "unknown"},
    "c": {"k": "unknown", "l": "unknown", "z": "unknown"},
}
TABLES = """
    CREATE TABLE a AS FROM (VALUES (1, 1, 'a1'), (2, 1, 'a2'), (NULL, 9, 'a9')) AS t(k, l, x);
    CREATE TABLE b AS FROM (VALUES (2, 1, 'b2'), (3, 1, 'b3'), (4, 1, 'b4')) AS t(k, l, y);
    CREATE TABLE c AS FROM (VALUES (1, 1, 'c1'), (3, 1, 'c3'), (4, 2, 'c4'), (5, 1, 'c5')) AS t(k, l, z);
"""


def made(sql: str) -> str:
    """Return a query with its names told apart."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    assert isinstance(tree, exp.Query)
    return qualified(tree, SCHEMA).sql("duckdb")


def rows(sql: str) -> list[tuple[object, ...]]:
    """Return what DuckDB answers, in an order of its own."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(TABLES)
        return sorted(connection.execute(sql).fetchall(), key=repr)


@pytest.mark.parametrize("last", ["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "SEMI JOIN", "ANTI JOIN"])
@pytest.mark.parametrize("first", ["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
@pytest.mark.parametrize("keys", ["k", "k, l"])
def test_what_joins_merge_is_one_column(keys: str, first: str, last: str) -> None:
    """Which in outer joins comes from whatever side has it."""
    sql = f"SELECT {keys}, x, y FROM a {first} b USING ({keys}) {last} c USING ({keys})"
    assert rows(made(sql)) == rows(sql)


@pytest.mark.parametrize("last", ["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
@pytest.mark.parametrize("first", ["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
def test_natural_joins_merge_all_that_both_sides_have(first: str, last: str) -> None:
    """As joins with the names of these columns."""
    sql = f"SELECT * FROM c NATURAL {first} a NATURAL {last} b"
    assert rows(made(sql)) == rows(sql)


def test_a_join_after_three_merges_them_all() -> None:
    """Also behind one that keeps rows, and before one that says what it compares."""
    sql = (
        "SELECT k, a.x, y, c.z, d.l AS dl FROM a FULL JOIN b USING (k) SEMI JOIN (SELECT k FROM b) AS s "
        "USING (k) FULL JOIN c USING (k) LEFT JOIN c AS d USING (k) LEFT JOIN a AS e ON e.k = d.k"
    )
    assert rows(made(sql)) == rows(sql)


def test_a_join_after_one_that_only_filters_compares_what_is_there() -> None:
    """The other side of a semi join can't be named behind it."""
    sql = "SELECT k, l, a.x, c.z FROM a SEMI JOIN b USING (k, l) JOIN c USING (k, l)"
    assert rows(made(sql)) == rows(sql)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT {'Name': x} AS s FROM a", """SELECT {'Name': "a"."x"} AS "s" FROM "a" AS "a\""""),
        ("SELECT struct_pack(Nm := X) AS s FROM A", """SELECT {'Nm': "a"."x"} AS "s" FROM "a" AS "a\""""),
        ('SELECT x.Nm."Of It" AS y FROM a', 'SELECT "a"."x"."Nm"."Of It" AS "y" FROM "a" AS "a"'),
        ("SELECT T.X.Nm AS y FROM a AS T", 'SELECT "t"."x"."Nm" AS "y" FROM "a" AS "t"'),
        (
            "SELECT X::STRUCT(Nm INT) AS Y FROM a",
            'SELECT CAST("a"."x" AS STRUCT("Nm" INT)) AS "y" FROM "a" AS "a"',
        ),
        (
            "SELECT p.Nm AS y FROM (SELECT {'Nm': X} AS P FROM a) AS Q",
            """SELECT "q"."p"."Nm" AS "y" FROM (SELECT {'Nm': "a"."x"} AS "p" FROM "a" AS "a") AS "q\"""",
        ),
    ],
)
def test_fields_and_keys_stay_as_they_are_written(sql: str, said: str) -> None:
    """JSON knows them by their case; names of relations and columns are in lower case."""
    assert made(sql) == said
