"""What is done to a view's tree for engines that lack something."""

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from franca.views.passes.group_all import group_all
from franca.views.passes.key_text import key_text
from franca.views.passes.long_text import MOST, long_text
from franca.views.passes.moment_cut import moment_cut
from franca.views.passes.no_variables import no_variables
from franca.views.passes.null_key import null_key
from franca.views.passes.qualify_within import qualify_within
from franca.views.passes.rounded_decimal import rounded_decimal
from franca.views.passes.row_name import row_name
from franca.views.passes.whole_list import whole_list
from franca.views.qualified import qualified
from franca.views.trees import parsed


@pytest.mark.parametrize("count", [2, MOST, MOST + 1, 250])
def test_no_call_puts_too_many_texts_together(count: int) -> None:
    """Whatever the number; their order stays."""
    tree = long_text(parsed(" || ".join(f"'{number}'" for number in range(count))), "trino")
    assert all(len(call.expressions) <= MOST for call in tree.find_all(exp.Concat))
    texts = [each.name for each in tree.find_all(exp.Literal, bfs=False)]
    assert texts == [str(number) for number in range(count)]


@pytest.mark.parametrize("count", [2, MOST, MOST + 1, 1_500, MOST * MOST + 1])
def test_no_chain_of_texts_is_deep(count: int) -> None:
    """DuckDB's own bound is 1,000; a short one stays as it is."""
    texts = [f"'{number:05}'" for number in range(count)]
    made = long_text(parsed(" || ".join(texts)), "duckdb").sql("duckdb")
    assert (made == " || ".join(texts)) == (count <= MOST)
    with duckdb.connect(":memory:") as connection:
        assert connection.execute(f"SELECT {made}").fetchall() == [("".join(texts).replace("'", ""),)]


@pytest.mark.parametrize(
    ("sql", "made"),
    [
        (
            "SELECT a, b + 1 AS c, SUM(d) FROM t GROUP BY ALL",
            "SELECT a, b + 1 AS c, SUM(d) FROM t GROUP BY a, b + 1",
        ),
        ("SELECT SUM(d) FROM t GROUP BY ALL", "SELECT SUM(d) FROM t"),
        ("SELECT a FROM t GROUP BY a", "SELECT a FROM t GROUP BY a"),
        (
            "SELECT a, COUNT(*) + MAX(b) FROM (SELECT a, b FROM t GROUP BY ALL) AS s GROUP BY ALL",
            "SELECT a, COUNT(*) + MAX(b) FROM (SELECT a, b FROM t GROUP BY a, b) AS s GROUP BY a",
        ),
    ],
)
def test_what_is_grouped_by_is_named(sql: str, made: str) -> None:
    """All that is selected and aggregates nothing, in subqueries too."""
    assert group_all(sqlglot.parse_one(sql, dialect="duckdb"), "trino").sql("duckdb") == made
    assert group_all(sqlglot.parse_one(sql, dialect="duckdb"), "snowflake").sql("duckdb") == sql


MOMENT = "STRFTIME(\"a\" AT TIME ZONE 'UTC', '%H:%M:%S.%f')"
YEAR = "STRFTIME(\"a\" AT TIME ZONE 'UTC', '%Y-%m-%d')"
DAY = 'CAST(CAST("a" AS DATE) AS VARCHAR)'
DECIMAL = 'CAST(CAST("a" AS DECIMAL(10, 2)) AS VARCHAR)'


@pytest.mark.parametrize(
    ("dialect", "sql", "made"),
    [
        ("duckdb", MOMENT, MOMENT),
        ("postgres", MOMENT, "TO_CHAR(\"a\" AT TIME ZONE 'UTC', 'HH24:MI:SS.US')"),
        ("spark", MOMENT, "DATE_FORMAT(TO_UTC_TIMESTAMP(`a`, CURRENT_TIMEZONE()), 'HH:mm:ss.SSSSSS')"),
        ("bigquery", MOMENT, "FORMAT_TIMESTAMP('%H:%M:%E6S', `a`, 'UTC')"),
        ("bigquery", YEAR, "FORMAT_TIMESTAMP('%E4Y-%m-%d', `a`, 'UTC')"),
        ("postgres", DAY, "TO_CHAR(\"a\", 'YYYY-MM-DD')"),
        ("spark", DAY, "CAST(CAST(`a` AS DATE) AS STRING)"),
        ("bigquery", DECIMAL, "FORMAT('%.2f', `a`)"),
        ("spark", DECIMAL, "REPLACE(FORMAT_NUMBER(CAST(`a` AS DECIMAL(10, 2)), 2), ',', '')"),
        ("bigquery", 'CAST("a" AS VARCHAR)', "CAST(`a` AS STRING)"),
        ("snowflake", DECIMAL, 'CAST(CAST("a" AS DECIMAL(10, 2)) AS VARCHAR)'),
    ],
)
def test_keys_are_the_texts_that_events_have(dialect: str, sql: str, made: str) -> None:
    """Moments in UTC whatever the session's time zone, decimals with all their digits."""
    assert key_text(parsed(sql), dialect).sql(dialect) == made


@pytest.mark.parametrize(
    ("sql", "made"),
    [
        ('CAST("a" / 3 AS DECIMAL(12, 2))', "ROUND(CAST(`a` / 3 AS NUMERIC), 2)"),
        ('CAST("a" AS DECIMAL(38, 9))', "ROUND(CAST(`a` AS NUMERIC), 9)"),
        ('CAST("a" AS DECIMAL(38, 0))', "ROUND(CAST(`a` AS BIGNUMERIC), 0)"),
        ('CAST("a" AS DECIMAL(20, 10))', "ROUND(CAST(`a` AS BIGNUMERIC), 10)"),
        ('CAST("a" AS DECIMAL(5))', "ROUND(CAST(`a` AS NUMERIC), 0)"),
        ('CAST("a" AS DECIMAL)', "ROUND(CAST(`a` AS NUMERIC), 3)"),
        ('CAST("a" AS BIGINT)', "CAST(`a` AS INT64)"),
    ],
)
def test_a_cast_to_a_decimal_rounds_in_bigquery_too(sql: str, made: str) -> None:
    """Whose casts take neither precision nor scale; a decimal with more digits has the wider type."""
    assert rounded_decimal(parsed(sql), "bigquery").sql("bigquery") == made
    assert rounded_decimal(parsed(sql), "snowflake") == parsed(sql)


BY_DISTANCE = "SUM(x) OVER (ORDER BY y RANGE BETWEEN 1 PRECEDING AND 2 FOLLOWING)"
TO_A_DISTANCE = "SUM(x) OVER (ORDER BY y RANGE BETWEEN UNBOUNDED PRECEDING AND 2 FOLLOWING)"


@pytest.mark.parametrize(
    ("sql", "made"),
    [
        ("SUM(x) OVER (ORDER BY y, z)", "SUM(x) OVER (ORDER BY y IS NULL, y, z IS NULL, z)"),
        ("SUM(x) OVER (ORDER BY y DESC)", "SUM(x) OVER (ORDER BY y DESC)"),
        ("SUM(x) OVER (ORDER BY y NULLS FIRST)", "SUM(x) OVER (ORDER BY y)"),
        ("RANK() OVER (ORDER BY y DESC NULLS FIRST)", "RANK() OVER (ORDER BY y IS NULL DESC, y DESC)"),
        ("SUM(x) OVER (ORDER BY y ROWS 1 PRECEDING)", "ORDER BY y IS NULL, y ROWS BETWEEN 1 PRECEDING AND"),
        (BY_DISTANCE, BY_DISTANCE),
        (f"{TO_A_DISTANCE} FROM t WHERE y IS NOT NULL", f"{TO_A_DISTANCE} FROM t WHERE NOT y IS NULL"),
        ("SUM(x) OVER (ORDER BY y) FROM t WHERE y IS NOT NULL OR z", "(ORDER BY y IS NULL, y)"),
        ("ROW_NUMBER() OVER (ORDER BY COUNT(*)) FROM t", "ROW_NUMBER() OVER (ORDER BY COUNT(*)) FROM t"),
        ("STRING_AGG(x, ',' ORDER BY y)", "STRING_AGG(x, ',' ORDER BY y IS NULL, y)"),
        ("STRING_AGG(x, ',' ORDER BY x)", "STRING_AGG(x, ',' ORDER BY x)"),
        ("STRING_AGG(DISTINCT x, ',' ORDER BY x)", "STRING_AGG(DISTINCT x, ',' ORDER BY x)"),
        ("ARRAY_AGG(x ORDER BY x)", "ARRAY_AGG(x ORDER BY x IS NULL, x)"),
        ("x FROM t ORDER BY y", "x FROM t ORDER BY y NULLS LAST"),
    ],
)
def test_nulls_come_where_they_are_wanted_in_bigquery_too(sql: str, made: str) -> None:
    """Whose windows and aggregates have them first, or last where all else goes down."""
    tree = sqlglot.parse_one(f"SELECT {sql}", dialect="duckdb")
    assert made in null_key(tree, "bigquery").sql("bigquery", unsupported_level=sqlglot.ErrorLevel.RAISE)
    assert null_key(tree, "spark") is tree


def test_a_frame_from_the_beginning_to_a_distance_keeps_its_key() -> None:
    """It has no other, and nulls at its beginning would be counted: it is told."""
    tree = sqlglot.parse_one(f"SELECT {TO_A_DISTANCE}", dialect="duckdb")
    assert null_key(tree, "bigquery") == tree


LIST = "COLLECT_LIST(STRUCT(`x` AS _value))"
ALL = f"TRANSFORM({LIST}, _each -> _each._value)"
SORTED = "SORT_ARRAY(COLLECT_LIST(STRUCT(`y` IS NULL AS _key_0, `y` AS _key_1, `x` AS _value)), TRUE)"
DOWN = (
    "SORT_ARRAY(COLLECT_LIST(STRUCT(NOT `y` IS NULL AS _key_0, `y` AS _key_1, "
    "`x` IS NULL AS _key_2, `x` AS _key_3, `x` AS _value)), FALSE)"
)
SOME = f"{LIST} FILTER(WHERE `y` > 2) OVER (PARTITION BY `z`)"


@pytest.mark.parametrize(
    ("sql", "made"),
    [
        ('SELECT LIST("x") AS l FROM t GROUP BY "z"', f"SELECT {ALL} AS l FROM t GROUP BY `z`"),
        ('SELECT LIST("x") AS l FROM t', f"SELECT CASE WHEN SIZE({LIST}) > 0 THEN {ALL} END AS l FROM t"),
        (
            'SELECT LIST("x" ORDER BY "y") AS l FROM t GROUP BY "z"',
            f"SELECT TRANSFORM({SORTED}, _each -> _each._value) AS l FROM t GROUP BY `z`",
        ),
        (
            'SELECT LIST("x" ORDER BY "y" DESC, "x" DESC NULLS FIRST) AS l FROM t GROUP BY "z"',
            f"SELECT TRANSFORM({DOWN}, _each -> _each._value) AS l FROM t GROUP BY `z`",
        ),
        (
            'SELECT LIST("x") FILTER(WHERE "y" > 2) OVER (PARTITION BY "z") AS l FROM t',
            f"SELECT CASE WHEN SIZE({SOME}) > 0 THEN {ALL.replace(LIST, SOME)} END AS l FROM t",
        ),
        (
            'SELECT LIST(DISTINCT "x") AS l FROM t GROUP BY "z"',
            f"SELECT {ALL.replace('STRUCT', 'DISTINCT STRUCT')} AS l FROM t GROUP BY `z`",
        ),
    ],
)
def test_a_list_has_its_nulls_and_its_order_in_spark_too(sql: str, made: str) -> None:
    """Which sorts structures, of which none is null; of no rows there is no list."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    assert whole_list(tree, "spark").sql("spark") == made
    assert whole_list(tree, "trino") is tree


def test_a_list_of_no_rows_is_none_in_snowflake_too() -> None:
    """Where there may be no rows: not in a group."""
    alone, grouped = (
        sqlglot.parse_one(f"SELECT LIST(x) FROM t{end}", dialect="duckdb") for end in ("", " GROUP BY z")
    )
    some = "CASE WHEN ARRAY_SIZE(ARRAY_AGG(x)) > 0 THEN ARRAY_AGG(x) END"
    assert whole_list(alone, "snowflake").sql("snowflake") == f"SELECT {some} FROM t"
    assert whole_list(grouped, "snowflake").sql("snowflake") == "SELECT ARRAY_AGG(x) FROM t GROUP BY z"


@pytest.mark.parametrize("order", ["y, x DESC", "ALL"])
def test_an_order_that_no_list_has_stays(order: str) -> None:
    """Partly up and partly down, or by all that there is: it is told later."""
    tree = sqlglot.parse_one(f"SELECT LIST(x ORDER BY {order}) FROM t", dialect="duckdb")
    assert whole_list(tree, "spark") == tree


def test_what_spark_takes_for_a_variable_is_written_in_two_parts() -> None:
    """Before it reads a statement it would put its own or the machine's values there."""
    sql = "CASE WHEN \"a\" = '${env:HOME} and ${b}' THEN '$c' END"
    assert no_variables(parsed(sql), "spark").sql("spark") == (
        "CASE WHEN `a` = ('$' || '{env:HOME} and $' || '{b}') THEN '$c' END"
    )
    assert no_variables(parsed(sql), "trino") == parsed(sql)


def test_what_is_read_is_called_as_no_field_is_in_bigquery() -> None:
    """Where `a` is the row of a relation `a`, and no column of it."""
    tree = sqlglot.parse_one(
        'WITH "b" AS (SELECT "a" FROM "a") SELECT "a" FROM "b" AS "_0"', dialect="duckdb"
    )
    made = row_name(tree, "bigquery").sql("bigquery")
    assert made == "WITH `b` AS (SELECT `a` FROM `a` AS `_row`) SELECT `a` FROM `b` AS `_0`"
    assert row_name(tree, "spark").sql("spark") == tree.sql("spark")


def test_days_are_cut_as_moments_are_in_bigquery() -> None:
    """Which has a function for each, while DuckDB has one for both."""
    sql = "DATE_TRUNC('month', \"a\")"
    made = moment_cut(parsed(sql), "bigquery").sql("bigquery")
    assert made == "TIMESTAMP_TRUNC(CAST(`a` AS TIMESTAMP), MONTH)"
    assert moment_cut(parsed(sql), "trino") == parsed(sql)


@pytest.mark.parametrize(
    ("sql", "made"),
    [
        ("DATE_TRUNC('week', \"a\")", "TIMESTAMP_TRUNC(CAST(`a` AS TIMESTAMP), ISOWEEK)"),
        ("DATE_TRUNC('week', CAST(\"a\" AS DATE))", "DATE_TRUNC(CAST(`a` AS DATE), ISOWEEK)"),
        ('DATE_DIFF(\'week\', "a", "b")', "DATE_DIFF(`b`, `a`, ISOWEEK)"),
        ('DATE_DIFF(\'day\', "a", "b")', "DATE_DIFF(`b`, `a`, DAY)"),
    ],
)
def test_weeks_begin_on_a_monday_in_bigquery_too(sql: str, made: str) -> None:
    """As those of ISO 8601, which DuckDB's are."""
    assert moment_cut(parsed(sql), "bigquery").sql("bigquery") == made


ACCOUNTS = """
    CREATE TABLE t AS FROM (
        VALUES (1, 'A', 'a', 5), (2, 'A', 'b', 7), (3, 'B', 'a', -1), (4, NULL, NULL, NULL), (5, 'Q', 'b', 3)
    ) AS t(id, owner, kind, amount);
"""
FIRST = "row_number() OVER (PARTITION BY kind ORDER BY id)"


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT owner AS id, kind FROM t QUALIFY {FIRST.replace('id', 'id DESC')} = 1 ORDER BY 1, 2",
        f"SELECT id, kind FROM t QUALIFY {FIRST} = 1 AND amount > 3 ORDER BY id",
        "SELECT DISTINCT kind FROM t QUALIFY count(*) OVER (PARTITION BY owner ORDER BY id) = 1 ORDER BY 1",
        f"SELECT id, kind FROM t QUALIFY {FIRST} = 1 ORDER BY id DESC LIMIT 1",
        f"SELECT kind FROM t QUALIFY {FIRST} = 1 ORDER BY amount + 1 DESC NULLS LAST, id LIMIT 1 OFFSET 1",
        "SELECT kind, sum(amount) AS s FROM t GROUP BY kind QUALIFY s > 3 AND rank() OVER (ORDER BY s) = 1",
        f"SELECT id, {FIRST} AS _value FROM t QUALIFY _value = 1 ORDER BY id",
        """SELECT a.id, b.id AS other FROM t AS a JOIN t AS b USING (kind)
        QUALIFY row_number() OVER (PARTITION BY a.id ORDER BY b.id DESC) = 1 AND a.id < b.id ORDER BY a.id""",
        "SELECT DISTINCT ON (kind) kind, id FROM t QUALIFY count(*) OVER () > 2 ORDER BY kind, id DESC",
        f"WITH p AS (SELECT * FROM t QUALIFY {FIRST} = 1 ORDER BY id LIMIT 2) SELECT count(*) AS n FROM p",
        """WITH p AS (SELECT * FROM t) SELECT max(id) AS m
        FROM (SELECT * FROM p QUALIFY amount < avg(amount) OVER ()) QUALIFY count(*) OVER () = 1""",
        f"SELECT id FROM t QUALIFY {FIRST} = 1 UNION ALL SELECT 99 ORDER BY id",
        """SELECT id FROM t WHERE id IN
        (SELECT id FROM t AS u WHERE u.kind = t.kind QUALIFY count(*) OVER (ORDER BY id) = 1) ORDER BY id""",
    ],
)
def test_a_filter_by_windows_stands_outside_where_there_is_no_qualify(sql: str) -> None:
    """Before what comes after it: the rows that count, their order and their number."""
    schema: dict[str, object] = {"t": dict.fromkeys(("id", "owner", "kind", "amount"), "unknown")}
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    assert isinstance(tree, exp.Query)
    tree = qualified(tree, schema)
    before = tree.sql("duckdb")
    assert qualify_within(tree, "snowflake") is tree
    for dialect in ("postgres", "trino", "athena", "spark"):
        made = qualify_within(tree, dialect)
        assert "QUALIFY" not in made.sql("duckdb")
        with duckdb.connect(":memory:") as connection:
            connection.execute(ACCOUNTS)
            answer = connection.sql(sql)
            found = connection.sql(made.sql("duckdb"))
            assert (found.columns, found.fetchall()) == (answer.columns, answer.fetchall())
    assert tree.sql("duckdb") == before


def test_what_is_filtered_and_sorted_by_has_columns_of_its_own() -> None:
    """And is not among what the query shows."""
    sql = 'SELECT "t"."a" AS "b" FROM "t" QUALIFY COUNT(*) OVER () = 1 ORDER BY "b", "t"."c" LIMIT 1'
    assert qualify_within(parsed(sql), "postgres").sql("duckdb") == (
        'SELECT "_qualified"."b" AS "b" FROM '
        '(SELECT "t"."a" AS "b", COUNT(*) OVER () = 1 AS "_value", "t"."c" AS "_value_2" FROM "t") '
        'AS "_qualified" WHERE "_qualified"."_value" ORDER BY "b", "_qualified"."_value_2" LIMIT 1'
    )


def test_a_query_of_unknown_columns_keeps_its_qualify() -> None:
    """What is added to them would be among them."""
    tree = sqlglot.parse_one("SELECT * FROM t QUALIFY count(*) OVER () = 1", dialect="duckdb")
    assert qualify_within(tree, "trino") == tree
