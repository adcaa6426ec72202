"""The statements for engines over the lake: in the order of their needs, again and again, and back."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import duckdb
import pyarrow as pa
import pytest
from sqlglot import exp

from franca.errors import DefinitionError, UsageError
from franca.lake.columns import events_schema
from franca.model.entity import Entity, Value
from franca.model.markers import Key, Link, Pii
from franca.model.shape import shape_of
from franca.model.views import metric, view
from franca.views.catalogue import Catalogue
from franca.views.plan import plan
from franca.views.render import DIALECTS, create_sql, query_sql
from franca.views.script import SCRIPTED, dropping, script
from franca.views.view import View


class Stay(Value):
    """From when, with how many rooms."""

    since: datetime | None = None
    rooms: int | None = None
    prices: list[Annotated[float, "Each."]] | None = None


class Guest(Entity, star="dimension"):
    """A guest."""

    id: Key[str]
    name: Annotated[Pii[str | None], "It's spoken so."] = None
    host_id: Annotated[str | None, Link("Guest")] = None
    stays: list[Stay] | None = None


def views() -> Catalogue:
    """Return the views of guests."""
    return plan([shape_of(Guest)], [Guest])


@pytest.mark.parametrize("dialect", SCRIPTED)
def test_what_is_made_is_dropped_the_other_way_round(dialect: str) -> None:
    """Each statement may be run again; nothing is dropped while a view reads it."""
    made = [each for each in script(views(), {}, "s3://b/lake", dialect, "p.d") if each.does != "remark"]
    dropped = list(dropping(views(), dialect, "p.d"))
    assert sorted(each.name for each in dropped) == sorted(each.name for each in made)
    assert all(each.sql.startswith("CREATE") for each in made)
    assert all("OR REPLACE" in each.sql or "IF NOT EXISTS" in each.sql for each in made)
    assert all(" IF EXISTS " in each.sql for each in dropped)
    order = [each.name for each in dropped]
    reads = {view.name: view.reads for view in views()}
    for name in order:
        assert all(order.index(name) < order.index(read) for read in reads.get(name, ()) if read in order)


def test_a_schema_stands_before_all_names_but_those_of_a_querys_parts() -> None:
    """BigQuery wants it, whose views know no dataset of their own."""
    (made,) = [each for each in script(views(), {}, "", "bigquery", "my-p.d") if each.name == "guest_history"]
    assert made.sql.startswith("CREATE OR REPLACE VIEW `my-p`.`d`.`guest_history`")
    assert "FROM `my-p`.`d`.`guest_events`" in made.sql
    assert "FROM `_events`" in made.sql
    with pytest.raises(UsageError, match=r"say it: --schema project\.dataset"):
        next(script(views(), {}, "", "bigquery"))
    with pytest.raises(UsageError, match="does not read the lake by itself"):
        next(dropping(views(), "postgres"))


def test_what_a_dialect_can_not_say_is_told_of_all_views() -> None:
    """Left out of the statement it would give other rows, or none."""
    parts = "from (select id, name from guest) pivot (count(*) for name in ('a'))"
    found = plan(
        [shape_of(Guest)],
        [Guest],
        {
            "lags": view("select id, lag(name ignore nulls) over (order by id) as before from guest"),
            "parts": view(f"select * {parts}"),
            "texts": view("select id from guest where name = E'a\\nb'"),
            "any": view("select id, any_value(name) as name from guest group by id"),
            "most": metric("lag(max(name) ignore nulls) over ()", over=Guest),
        },
    )
    with pytest.raises(DefinitionError) as caught:
        list(script(found, {}, "", "trino"))
    reasons = {each.path: each.reason for each in caught.value.problems}
    assert sorted(reasons) == ["parts", "texts"]
    with pytest.raises(DefinitionError, match=r"^parts: can't be said in athena's SQL: PIVOT unsupported"):
        create_sql(found.view("parts"), "athena")
    assert reasons["parts"] == "can't be said in trino's SQL: PIVOT unsupported"
    assert reasons["texts"] == "can't be said in trino's SQL: texts with escapes, E'…'"
    lag = r'^lags: .* IGNORE NULLS; write it as both engines take it, or declare .* places=\["lake"\]$'
    with pytest.raises(DefinitionError, match=lag):
        create_sql(found.view("lags"), "postgres")
    with pytest.raises(DefinitionError, match=r'or as a view for the lake alone: places=\["lake"\]$'):
        query_sql(found.view("most"), "postgres")
    assert 'ANY_VALUE("guest"."name") AS' in query_sql(found.view("any"), "postgres")
    assert 'ARBITRARY("guest"."name") AS' in query_sql(found.view("any"), "trino")
    assert "IGNORE NULLS" in query_sql(found.view("lags"), "trino")
    assert "PIVOT" in query_sql(found.view("parts"), "duckdb")


def test_a_sum_up_to_each_row_is_said_in_each_dialect() -> None:
    """Where nulls are sorted is no matter of keys, and every match is replaced in BigQuery as it is."""
    found = plan(
        [shape_of(Guest)],
        [Guest],
        {
            "sums": view("select id, count(*) over (order by id) as n from guest"),
            "plain": view("select id, regexp_replace(name, 'a', 'b', 'g') as name from guest"),
            "first": view("select id, regexp_replace(name, 'a', 'b', 'i') as name from guest"),
        },
    )
    for dialect in DIALECTS:
        assert query_sql(found.view("sums"), dialect)
    assert "REGEXP_REPLACE(`guest`.`name`, 'a', 'b') " in query_sql(found.view("plain"), "bigquery")
    with pytest.raises(DefinitionError, match=r"^first: can't be said in bigquery's SQL: .*modifiers"):
        query_sql(found.view("first"), "bigquery")


@pytest.mark.parametrize(
    ("sql", "name", "others"),
    [
        ("select id from guest order by all limit 3", "ORDER BY ALL", ["spark", "snowflake"]),
        ('select id from guest order by "id" limit 3', "", DIALECTS),
        ("select g.id from guest g asof join guest h on g.id >= h.id", "ASOF JOIN", []),
        ("select g.id from guest g positional join guest h", "POSITIONAL JOIN", []),
        ("select id from guest limit 10%", "LIMIT … %", []),
    ],
)
def test_what_duckdb_alone_has_is_told(sql: str, name: str, others: Sequence[str]) -> None:
    """The translation has no word of it, and the engine's own would be of a line nobody wrote."""
    made = plan([shape_of(Guest)], [Guest], {"own": view(sql)}).view("own")
    assert query_sql(made, "duckdb")
    for dialect in DIALECTS[1:]:
        if dialect in others:
            assert query_sql(made, dialect)
        else:
            with pytest.raises(DefinitionError, match=f"^own: can't be said in {dialect}'s SQL: {name}; "):
                query_sql(made, dialect)


WINDOWS = """select id, count(*) over w as n, sum(1) over (w rows between 1 preceding and current row) as few
    from guest window w as (partition by host_id order by name desc nulls first, id)"""


def test_named_windows_are_written_out_in_bigquery() -> None:
    """Which takes no order of nulls in one; each keeps its own frame."""
    found = plan([shape_of(Guest)], [Guest], {"runs": view(WINDOWS)}).view("runs")
    sql = query_sql(found, "bigquery").upper()
    assert "WINDOW" not in sql
    assert sql.count("OVER (PARTITION BY `GUEST`.`HOST_ID` ORDER BY ") == 2
    assert sql.count("ROWS BETWEEN 1 PRECEDING AND CURRENT ROW") == 1
    assert " WINDOW " in query_sql(found, "trino")
    framed = view("select sum(1) over w as n from guest window w as (order by id rows 1 preceding)")
    found = plan([shape_of(Guest)], [Guest], {"runs": framed}).view("runs")
    assert "ROWS BETWEEN 1 PRECEDING AND CURRENT ROW" in query_sql(found, "bigquery").upper()


FROM_THE_BEGINNING = "range between unbounded preceding and 1 following"


def test_nulls_that_bigquery_would_count_elsewhere_are_told() -> None:
    """Where there is room for one key alone; else they are where DuckDB has them."""
    mapped = f"sum(1) over (order by _mapping {FROM_THE_BEGINNING}) as n from guest"
    found = plan(
        [shape_of(Guest)],
        [Guest],
        {
            "some": view(f"select {mapped} where _mapping is not null"),
            "every": view(f"select {mapped}"),
            "names": metric("string_agg(id, ',' order by name)", over=Guest),
        },
    )
    assert "OVER (ORDER BY `guest`.`_mapping` " in query_sql(found.view("some"), "bigquery")
    assert "ORDER BY `guest`.`name` IS NULL, `guest`.`name`)" in query_sql(found.view("names"), "bigquery")
    with pytest.raises(DefinitionError, match=r"^every: can't be said in bigquery's SQL: 'NULLS LAST' "):
        query_sql(found.view("every"), "bigquery")
    assert query_sql(found.view("every"), "trino")


class Odd(exp.Expression):
    """What no dialect has a word for."""


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_can_not_be_written_is_a_problem_of_the_view(dialect: str) -> None:
    """Of one that users declare: in one that follows from the model it is a fault of ours."""
    made = view_of("declared")
    with pytest.raises(
        DefinitionError, match=f"^odd: can't be written in {dialect}'s SQL: .*Odd.*; write it"
    ):
        query_sql(made, dialect)
    with pytest.raises(ValueError, match="Odd"):
        query_sql(view_of("history"), dialect)


def view_of(kind: str) -> View:
    """Return a view of some kind with something odd in it."""
    return View("odd", kind, "", "", (), lambda: exp.select(exp.alias_(Odd(), "odd")))


NULLS = "nulls in array_agg, which FILTER (WHERE … IS NOT NULL) leaves out"


@pytest.mark.parametrize(
    ("sql", "refused"),
    [
        ("list(name) as l from guest", {"snowflake": NULLS}),
        ("list(name) as l from guest where name is not null", {}),
        (
            "list(distinct name order by name) filter (where id > '1' and name is not null) as l from guest",
            {},
        ),
        (
            "list(name order by id) filter (where id > '1') as l from guest",
            {"snowflake": NULLS, "bigquery": NULLS},
        ),
        ("list(1) filter (where id > '1') as l from guest", {}),
        (
            "list(id order by name, id desc) as l from guest where id is not null",
            {"spark": "ORDER BY within array_agg(…)"},
        ),
        (
            "first(name order by id) as f from guest",
            dict.fromkeys(("spark", "snowflake", "trino", "athena"), "ORDER BY within first(…)"),
        ),
        (
            "any_value(name order by id) as f from guest",
            dict.fromkeys(("spark", "snowflake"), "ORDER BY within any_value(…)"),
        ),
        ("string_agg(name, ',' order by id) as s from guest", {}),
        (
            "mine(name order by id) as s from guest",
            dict.fromkeys(("spark", "snowflake"), "ORDER BY within mine(…)"),
        ),
    ],
)
def test_no_list_loses_its_nulls_or_its_order(sql: str, refused: dict[str, str]) -> None:
    """Nor any other aggregate: what an engine would leave out, or take for a mistake, is told."""
    found = plan([shape_of(Guest)], [Guest], {"own": view(f"select {sql}")}).view("own")
    for dialect in DIALECTS:
        if dialect in refused:
            said = re.escape(f"can't be said in {dialect}'s SQL: {refused[dialect]}; ")
            with pytest.raises(DefinitionError, match=said):
                query_sql(found, dialect)
        else:
            assert query_sql(found, dialect)


LAKE = ("athena", "trino", "spark", "bigquery")
TEXT = "TRY_CAST of what is not known to be a text"


@pytest.mark.parametrize(
    ("sql", "made", "refused"),
    [
        ("try_cast(name as integer) as n from guest", 'TRY_CAST("guest"."name" AS INT)', ""),
        (
            "try_cast(n as date) as n from (select upper(name) as n from guest) as g",
            'TRY_CAST("g"."n" AS DATE)',
            "",
        ),
        ("try_cast('7' as integer) as n", "TRY_CAST('7' AS INT)", ""),
        ("try_cast(cast(_changed_at as text) as date) as n from guest", "TRY_CAST(CAST(", ""),
        ("try_cast(_changed_at as date) as n from guest", "", TEXT),
        ("try_cast(stays[1].rooms as varchar) as n from guest", "", TEXT),
        (
            "sum(try_cast(n as date) is null::int) as n from (select count(name) as n from guest) as g",
            "",
            TEXT,
        ),
    ],
)
def test_a_cast_that_may_fail_is_never_one_that_must_not(sql: str, made: str, refused: str) -> None:
    """PostgreSQL has none, and Snowflake one of texts alone: told where they are none, or nobody knows."""
    found = plan([shape_of(Guest)], [Guest], {"tried": view(f"select {sql}")}).view("tried")
    for dialect in LAKE:
        assert ("SAFE_CAST(" if dialect == "bigquery" else "TRY_CAST(") in query_sql(found, dialect)
    with pytest.raises(DefinitionError, match=r"can't be said in postgres's SQL: TRY_CAST; .* for the lake"):
        query_sql(found, "postgres")
    if refused:
        with pytest.raises(DefinitionError, match=f"can't be said in snowflake's SQL: {refused}; "):
            query_sql(found, "snowflake")
    else:
        assert made in query_sql(found, "snowflake")


def test_a_schema_stands_before_what_a_part_of_the_same_name_reads() -> None:
    """And a view's own tree stays as it is, for other engines."""
    shadowed = {"best": view("with guest as (select * from guest) select id from guest")}
    found = plan([shape_of(Guest)], [Guest], shadowed)
    (made,) = [each for each in script(found, {}, "", "bigquery", "p.d") if each.name == "best"]
    assert made.sql.count("FROM `p`.`d`.`guest`") == 1
    assert made.sql.count("FROM `guest`") == 1
    (best,) = [each for each in found if each.name == "best"]
    assert '"d"' not in create_sql(best, "duckdb")


def test_bigquery_says_what_columns_mean_in_options() -> None:
    """In its own way, and the view's meaning too."""
    sql = create_sql(views().view("guest_joined"), "bigquery", origins={})
    assert "`name` OPTIONS (description='It\\'s spoken so. Personal data.')" in sql
    assert ") OPTIONS (description='guest with what its links lead to" in sql


def test_a_moment_within_a_value_has_no_zone_in_athena() -> None:
    """All of the column is cast, as its catalogue keeps no zones; where there is no moment nothing is."""
    sql = create_sql(views().view("guest"), "athena")
    kind = 'ARRAY(ROW("since" TIMESTAMP(3), "rooms" DECIMAL(38, 0), "prices" ARRAY(DOUBLE)))'
    assert f'SELECT "id", "name", "host_id", CAST("stays" AS {kind}) AS "stays", "_sequence"' in sql
    assert 'CAST("_changed_at" AS TIMESTAMP(3)) AS "_changed_at"' in sql
    assert "CAST('0001-01-01 00:00:00' AS TIMESTAMP(3))" in create_sql(
        views().view("dim_guest_history"), "athena"
    )
    assert "CAST(" not in create_sql(views().view("guest_joined"), "athena")


def test_duckdb_takes_its_script_twice_and_back() -> None:
    """Its tables apart, which its extension for Delta gives; functions for a moment are among them."""
    with duckdb.connect(":memory:") as connection:
        connection.register("guest_events", pa.Table.from_pylist([], events_schema(shape_of(Guest))))
        made = [each.sql for each in script(views(), {}, "it's", "duckdb") if each.does != "table"]
        for sql in made * 2:
            connection.execute(sql)
        told = "SELECT comment FROM duckdb_columns() WHERE table_name = 'guest' AND column_name = 'name'"
        assert connection.sql(told).fetchall() == [("It's spoken so. Personal data.",)]
        assert connection.sql("SELECT * FROM guest_as_of(now())").fetchall() == []
        (table,) = [each.sql for each in script(views(), {}, "it's", "duckdb") if each.does == "table"]
        assert table == (
            "CREATE OR REPLACE VIEW \"guest_events\" AS SELECT * FROM DELTA_SCAN('it''s/guest/events')"
        )
        for each in dropping(views(), "duckdb"):
            if each.name != "guest_events":
                connection.execute(each.sql)
        left = "SELECT view_name FROM duckdb_views() WHERE view_name LIKE '%guest%'"
        assert connection.sql(left).fetchall() in ([], [("guest_events",)])
