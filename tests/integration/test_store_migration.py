"""The store's tables are altered to a newer model, all or none, and nobody queues behind it."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from franca.errors import DefinitionError, UnavailableError
from franca.model.entity import Entity
from franca.model.shape import shape_of
from franca.sinks.postgres_migration import alter, drop, is_table, planned
from franca.sinks.postgres_table import EntityTable, prepare
from tests.conftest import Database

pytestmark = [pytest.mark.services]

BEFORE = """
from franca import *
class Person(Entity):
    id: Key[str]
class Firm(Entity):
    id: Key[str]
    owner: str
"""
AFTER = """
from franca import *
class Person(Entity):
    id: Key[str]
    mail: str | None = None
class Firm(Entity):
    id: Key[str]
    owner: Annotated[str, Link(Person)]
    size: int | None = None
"""


def tables(source: str) -> list[EntityTable]:
    """Return the tables of a model."""
    names: dict[str, type[Entity]] = {}
    exec("from typing import Annotated\n" + source, names)
    return [EntityTable(shape_of(names[name]), "public") for name in ("Person", "Firm")]


@pytest.fixture
def dsn(postgres: Database) -> str:
    """Give a database with the tables of the model before."""
    alter(postgres.dsn, tables(BEFORE))
    return postgres.dsn


def columns(dsn: str, name: str) -> list[str]:
    """Return the names of a table's columns of fields."""
    with psycopg.connect(dsn) as connection:
        cursor = connection.execute(f'SELECT * FROM "{name}"')
        return sorted(each.name for each in cursor.description or () if not each.name.startswith("_"))


def _open(dsn: str, wanted: list[EntityTable]) -> None:
    """Have the tables ready as a sink does."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        prepare(connection, wanted)


def test_columns_and_indexes_are_planned_then_added_then_there(dsn: str) -> None:
    """The plan is what is done; done again there is nothing to do."""
    statements = [statement for _, statement in planned(dsn, tables(AFTER))]
    assert statements == [
        'ALTER TABLE "public"."person" ADD COLUMN "mail" text',
        'ALTER TABLE "public"."firm" ADD COLUMN "size" numeric(38,0)',
        'CREATE INDEX IF NOT EXISTS "firm_owner_link" ON "public"."firm" ("owner")',
    ]
    assert columns(dsn, "person") == ["id"]

    alter(dsn, tables(AFTER))

    assert (columns(dsn, "person"), columns(dsn, "firm")) == (["id", "mail"], ["id", "owner", "size"])
    assert planned(dsn, tables(AFTER)) == []
    alter(dsn, tables(AFTER))


LONG = "a_name_that_is_as_long_as_names_may_be_in_postgresql_and_so_cut"
ALIKE = f"""
from franca import *
class One(Entity, name="{LONG[:-1]}1"):
    id: Key[str]
    a_link_with_a_long_name: Annotated[str | None, Link("{LONG[:-1]}2")]
    another_link: Annotated[str | None, Link("{LONG[:-1]}2")]
class Two(Entity, name="{LONG[:-1]}2"):
    id: Key[str]
"""


def test_names_that_only_their_ends_tell_apart_are_kept_apart(postgres: Database) -> None:
    """Temporary tables and indexes have longer names than entities, and PostgreSQL cuts what is too long."""
    names: dict[str, type[Entity]] = {}
    exec("from typing import Annotated\n" + ALIKE, names)
    alike = [EntityTable(shape_of(names[name]), "public") for name in ("One", "Two")]

    with psycopg.connect(postgres.dsn) as connection:
        prepare(connection, alike)
        staged = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relpersistence = 't' AND relkind = 'r'"
        )
        assert staged.fetchone() == (2,)
        indexes = connection.execute("SELECT count(*) FROM pg_indexes WHERE indexname LIKE '%_link'")
        assert indexes.fetchone() == (2,)
    assert planned(postgres.dsn, alike) == []


def test_all_tables_are_altered_or_none(dsn: str) -> None:
    """A table that can't be brought to the model keeps the others as they were."""
    with psycopg.connect(dsn) as connection:
        connection.execute("ALTER TABLE firm ALTER COLUMN owner TYPE integer USING 1")

    with pytest.raises(DefinitionError, match=r"firm\.owner: is integer in the table, text in the model"):
        alter(dsn, tables(AFTER))

    assert columns(dsn, "person") == ["id"]


@pytest.mark.parametrize("way", [alter, _open])
def test_a_view_in_a_tables_place_is_told(postgres: Database, way: Callable[..., None]) -> None:
    """Nothing can be stored in it, and whose it is the store does not say: it stays."""
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute("CREATE VIEW person AS SELECT 'a'::text AS id")
    with pytest.raises(DefinitionError) as caught:
        way(postgres.dsn, tables(BEFORE))
    (problem,) = caught.value.problems
    assert (problem.path, problem.reason) == ("public.person", "is a view in the store, not a table")
    assert "franca views apply" in problem.remedy
    assert columns(postgres.dsn, "person") == ["id"]


def test_a_busy_table_is_waited_for_and_its_readers_do_not_queue(dsn: str) -> None:
    """While one transaction holds the table, others read it with no more than the wait for one try."""
    with psycopg.connect(dsn) as holder:
        holder.execute("SELECT * FROM person")  # and no commit
        failure: list[UnavailableError] = []

        def migrate() -> None:
            try:
                alter(dsn, tables(AFTER), patience_seconds=2.0)
            except UnavailableError as error:
                failure.append(error)

        thread = threading.Thread(target=migrate)
        thread.start()
        slowest = 0.0
        while thread.is_alive():
            began = time.monotonic()
            columns(dsn, "person")
            slowest = max(slowest, time.monotonic() - began)
        thread.join()
    assert "were busy for 2 s" in failure[0].reason
    assert slowest < 1.5
    alter(dsn, tables(AFTER))
    assert columns(dsn, "person") == ["id", "mail"]


def test_a_table_is_dropped_with_what_is_remembered_of_its_deleted_keys(dsn: str) -> None:
    """A version that comes back begins with nothing; dropped again nothing happens."""
    assert is_table(dsn, "public", "firm")
    drop(dsn, "public", "firm")
    drop(dsn, "public", "firm")
    assert not is_table(dsn, "public", "firm")
    assert is_table(dsn, "public", "person")


def test_a_store_that_is_away_says_so(tmp_path: Path) -> None:
    """Nothing is planned on guesses."""
    with pytest.raises(UnavailableError, match="store is unavailable"):
        planned(f"host={tmp_path} dbname=none connect_timeout=2", tables(AFTER))
