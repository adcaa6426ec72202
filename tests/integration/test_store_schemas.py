"""Positions and ranks of deleted keys belong to one schema; those of an earlier version are kept."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from franca.errors import DefinitionError
from franca.sinks.parking import Parking
from franca.sinks.postgres import PostgresSink
from franca.sinks.postgres_migration import alter, drop, planned
from franca.sinks.postgres_table import EntityTable
from franca.types import Batch, Partition, Positions, Tally
from tests.conftest import Database
from tests.individuals import SHAPE, event, record

pytestmark = pytest.mark.services

PLACE = Partition("individual", 0, "t")
OTHER = Partition("individual", 0, "of another cluster")
BEFORE = """
DROP SCHEMA franca CASCADE;
CREATE SCHEMA franca;
CREATE TABLE franca.positions (
    pipeline text, topic text, topic_id text, partition integer, next bigint NOT NULL,
    read bigint NOT NULL DEFAULT 0, written bigint NOT NULL DEFAULT 0, dead bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (pipeline, topic, topic_id, partition));
CREATE TABLE franca.deleted (
    entity text, subject text, sequence text COLLATE "C" NOT NULL, mapping bigint NOT NULL,
    PRIMARY KEY (entity, subject));
INSERT INTO franca.positions VALUES ('store', 'individual', 't', 0, 2, 2, 1, 1);
INSERT INTO franca.deleted VALUES ('individual', 'A', '0001.lsn.00000000000000000009.000', 1);
"""
"""What an earlier version made, with the position after two records and the rank of a delete."""


class Stores:
    """One database, whose sinks are of several schemas."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    def sink(self, schema: str, dsn: str = "") -> PostgresSink:
        """Return the sink of a schema."""
        parking = Parking(lambda _messages: None, "store", ["crm"])
        return PostgresSink(dsn or self.dsn, [SHAPE], parking, schema=schema)

    def put(self, schema: str, value: bytes, place: Partition = PLACE, first: int = 0) -> bool:
        """Store an event in a schema."""
        with closing(self.sink(schema)) as sink:
            return sink.write(Batch([record(value, first)], {place: first + 1}, {place: first}))

    def names(self, schema: str) -> list[str]:
        """Return the names of what a schema has."""
        query = sql.SQL("SELECT name FROM {} ORDER BY name").format(sql.Identifier(schema, "individual"))
        return [str(name) for (name,) in self.run(query)]

    def positions(self, schema: str) -> Positions:
        """Return how far a schema is."""
        with closing(self.sink(schema)) as sink:
            return sink.positions([PLACE])

    def run(self, query: sql.SQL | sql.Composed) -> list[tuple[object, ...]]:
        """Run a statement, and return its rows."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def earlier(self, *schemas: str) -> None:
        """Make what an earlier version has, with entities in some schemas."""
        for schema in schemas:
            with closing(self.sink(schema)) as sink:
                sink.open()
        self.run(sql.SQL(BEFORE if schemas else BEFORE.replace("DROP SCHEMA franca CASCADE;", "")))


@pytest.fixture
def stores(postgres: Database) -> Stores:
    """Give an empty database."""
    return Stores(postgres.dsn)


def test_a_delete_in_one_schema_is_none_in_another(stores: Stores) -> None:
    """Two projects may have the same keys in one database."""
    stores.put("north", event("A", 9, deleted=True))
    stores.put("south", event("A", 5, name="Ada"), OTHER)
    stores.put("north", event("A", 5, name="Ada"), first=1)
    assert (stores.names("north"), stores.names("south")) == ([], ["Ada"])


def test_another_schema_is_filled_from_the_beginning(stores: Stores) -> None:
    """Of the same topics; and neither's worker moves the other's position."""
    stores.put("north", event("A", name="Ada"))
    assert stores.sink("south").glance([PLACE]) == ({}, Tally())
    assert stores.positions("south") == {}
    assert stores.put("south", event("A", name="Ada"))
    assert stores.put("south", event("B", name="Bob"), first=1)
    assert (stores.positions("north"), stores.positions("south")) == ({PLACE: 1}, {PLACE: 2})
    assert (stores.names("north"), stores.names("south")) == (["Ada"], ["Ada", "Bob"])


def test_a_schema_whose_table_is_dropped_leaves_the_others_their_deletes(stores: Stores) -> None:
    """Only its own are forgotten."""
    for schema in ("north", "south"):
        stores.put(schema, event("A", 9, deleted=True))
    drop(stores.dsn, "north", "individual")
    assert stores.run(sql.SQL("SELECT schema FROM franca.deleted")) == [("south",)]


@pytest.mark.parametrize("schemas", [["Kept here"], ["north", "south"]])
def test_a_store_of_an_earlier_version_goes_on_where_it_was(stores: Stores, schemas: list[str]) -> None:
    """Positions, tallies and deletes, whoever comes first; a schema that is new begins anew."""
    stores.earlier(*schemas)
    for schema in schemas:
        assert stores.sink(schema).glance([PLACE]) == ({PLACE: 2}, Tally(2, 1, 1))
    assert stores.positions("anew") == {}
    for schema in schemas:
        assert stores.sink(schema).glance([PLACE]) == ({PLACE: 2}, Tally(2, 1, 1))
        assert not stores.put(schema, event("A", 5))
        assert stores.put(schema, event("A", 5), first=2)
        assert stores.names(schema) == []
    assert stores.put("anew", event("A", 5, name="Ada"))
    assert stores.names("anew") == ["Ada"]


@pytest.mark.parametrize(
    "done",
    [
        "ALTER TABLE franca.positions RENAME CONSTRAINT positions_pkey TO own",
        "ALTER TABLE franca.positions DROP CONSTRAINT positions_pkey",
    ],
)
def test_a_store_that_was_brought_from_elsewhere_goes_on_too(stores: Stores, done: str) -> None:
    """Copies of tables have other names for what belongs to them, or nothing of it."""
    stores.earlier("north")
    stores.run(sql.SQL(done))
    assert stores.positions("north") == {PLACE: 2}
    assert stores.put("north", event("B", 5, name="Bob"), first=2)


def test_what_keeps_a_store_of_an_earlier_version_from_going_on_is_told(stores: Stores) -> None:
    """In PostgreSQL's words, and nothing is changed."""
    stores.earlier("north")
    rows = "SELECT * FROM franca.positions GROUP BY pipeline, topic, topic_id, partition"
    stores.run(sql.SQL(f"CREATE VIEW north.own AS {rows}"))
    with pytest.raises(DefinitionError, match=r"^franca.positions: .* other objects depend on it; take that"):
        stores.positions("north")
    assert stores.sink("north").glance([PLACE]) == ({PLACE: 2}, Tally(2, 1, 1))


def test_positions_without_entities_are_of_whoever_comes_first(stores: Stores) -> None:
    """Nothing else says whose they are."""
    stores.earlier()
    assert stores.positions("south") == {PLACE: 2}


def test_several_that_come_first_upgrade_once(stores: Stores) -> None:
    """They wait for each other, and none fails."""
    stores.earlier("north", "south")
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(stores.positions, ["north", "south", "anew", "north"]))
    assert found == [{PLACE: 2}, {PLACE: 2}, {}, {PLACE: 2}]


def test_the_owner_upgrades_by_a_migration(stores: Stores) -> None:
    """It is planned, done once, and asked for by a worker that may only read and write."""
    stores.earlier("north")
    name = f"writer_{uuid4().hex}"
    role = sql.Identifier(name)
    stores.run(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'secret'").format(role))
    try:
        for schema in map(sql.Identifier, ("north", "franca")):
            stores.run(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, role))
            granted = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {} TO {}"
            stores.run(sql.SQL(granted).format(schema, role))
        dsn = make_conninfo(stores.dsn, user=name, password="secret")
        with pytest.raises(DefinitionError, match=r"franca.positions: .*run `franca migrate` as a role"):
            stores.sink("north", dsn).open()
        assert stores.sink("north", dsn).glance([PLACE]) == ({PLACE: 2}, Tally(2, 1, 1))
        table = EntityTable(SHAPE, "north")
        assert {place for place, _ in planned(stores.dsn, [table])} == {"franca.deleted", "franca.positions"}
        alter(stores.dsn, [table])
        assert planned(stores.dsn, [table]) == []
        with closing(stores.sink("north", dsn)) as sink:
            assert sink.positions([PLACE]) == {PLACE: 2}
    finally:
        stores.run(sql.SQL("DROP OWNED BY {}").format(role))
        stores.run(sql.SQL("DROP ROLE {}").format(role))
