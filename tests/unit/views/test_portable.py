"""What only DuckDB has is written so that other engines take it, and gives the same rows."""

import duckdb
import pytest
import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError

from franca.views.portable import calls_in_front, unions_by_place

COLUMNS = {"a": ("id", "kind"), "b": ("name", "id", "n")}
SCHEMA: dict[str, object] = {name: dict.fromkeys(columns, "unknown") for name, columns in COLUMNS.items()}
DATA = """CREATE TABLE a AS SELECT * FROM (VALUES (1, 'x'), (2, 'y')) AS t(id, kind);
    CREATE TABLE b AS SELECT * FROM (VALUES ('x', 1, 7), ('z', 3, NULL)) AS t(name, id, n)"""

NESTED = """WITH
    c AS (SELECT id AS k, 1 AS one FROM a UNION BY NAME SELECT n, id AS k FROM b),
    d(p, q, r) AS (FROM c)
    SELECT p, z FROM (SELECT r AS z, p FROM d UNION ALL BY NAME SELECT one AS p FROM c)"""
CORRELATED = """SELECT id, (
    SELECT max(x) FROM (SELECT a.id AS x, 1 AS y UNION BY NAME SELECT n AS x FROM b)) AS most FROM a"""


def query(sql: str) -> exp.Query:
    """Return the tree of a query."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    assert isinstance(tree, exp.Query)
    return tree


def rows(sql: str) -> tuple[list[str], list[str]]:
    """Return the columns of DuckDB's answer, and its rows as texts in an order of their own."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(DATA)
        answer = connection.sql(sql)
        return answer.columns, sorted(map(repr, answer.fetchall()))


@pytest.mark.parametrize(
    ("sql", "made"),
    [
        ("SELECT a.upper() FROM t", "SELECT UPPER(a) FROM t"),
        ("SELECT t.a.upper() FROM t", "SELECT UPPER(t.a) FROM t"),
        ("SELECT a.b.c.trim().concat(a.lower()) FROM t", "SELECT CONCAT(TRIM(a.b.c), LOWER(a)) FROM t"),
        ("SELECT pg_catalog.lower(a) FROM t", "SELECT LOWER(a) FROM t"),
        ("SELECT a.max() OVER (ORDER BY b) FROM t", "SELECT MAX(a) OVER (ORDER BY b) FROM t"),
        ("SELECT a.max() FILTER(WHERE b) FROM t", "SELECT MAX(a) FILTER(WHERE b) FROM t"),
        ("SELECT t.a.max() FILTER(WHERE b) FROM t", "SELECT MAX(t.a) FILTER(WHERE b) FROM t"),
        ("SELECT a.list(ORDER BY b DESC) FROM t", "SELECT ARRAY_AGG(a ORDER BY b DESC) FROM t"),
        ("SELECT a.b, 'x.upper()' FROM t", "SELECT a.b, 'x.upper()' FROM t"),
    ],
)
def test_functions_stand_before_what_they_are_called_on(sql: str, made: str) -> None:
    """Within each other too."""
    assert calls_in_front(query(sql)).sql("duckdb") == made


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id, kind FROM a UNION BY NAME SELECT id, name AS kind FROM b",
        "SELECT kind, id FROM a UNION ALL BY NAME SELECT id, name AS kind FROM b",
        "SELECT * FROM a UNION BY NAME SELECT * FROM b",
        "FROM a UNION ALL BY NAME SELECT 1 AS z, * EXCLUDE (n) FROM b UNION BY NAME SELECT 'w' AS y",
        "(SELECT * FROM a ORDER BY id LIMIT 1) UNION ALL BY NAME (SELECT id AS other FROM b) ORDER BY other",
        "SELECT max(n) AS n FROM (SELECT * FROM a UNION BY NAME FROM b) GROUP BY kind",
        NESTED,
        CORRELATED,
        "SELECT DISTINCT kind FROM a UNION ALL BY NAME SELECT count(*) AS n, kind FROM a GROUP BY ALL",
        'SELECT 1 AS "One" UNION BY NAME SELECT 3 AS two, 2 AS one',
    ],
)
def test_unions_by_name_are_unions_by_place(sql: str) -> None:
    """Of the same rows, with nulls for what a side lacks."""
    made = unions_by_place(query(sql), SCHEMA)
    assert "BY NAME" not in made.sql("duckdb")
    columns, answer = rows(sql)
    names, found = rows(made.sql("duckdb"))
    assert ([name.lower() for name in names], found) == ([name.lower() for name in columns], answer)


def test_a_union_by_name_whose_columns_nobody_tells_is_refused() -> None:
    """As that of a recursive query with itself."""
    sql = "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL BY NAME SELECT * FROM r WHERE n < 3) SELECT n FROM r"
    with pytest.raises(OptimizeError, match="a side of UNION BY NAME has a star"):
        unions_by_place(query(sql), SCHEMA)
