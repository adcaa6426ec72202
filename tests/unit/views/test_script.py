"""The statements for engines over the lake: in the order of their needs, again and again, and back."""

from datetime import datetime
from typing import Annotated

import duckdb
import pyarrow as pa
import pytest

from franca.errors import UsageError
from franca.lake.columns import events_schema
from franca.model.entity import Entity, Value
from franca.model.markers import Key, Link, Pii
from franca.model.shape import shape_of
from franca.model.views import view
from franca.views.catalogue import Catalogue
from franca.views.plan import plan
from franca.views.render import create_sql
from franca.views.script import SCRIPTED, dropping, script


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
