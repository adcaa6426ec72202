"""The store asks for no more rights than what it does takes."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Annotated

import psycopg
import pytest
from psycopg import sql

from franca.config.endpoints import Endpoints
from franca.errors import DefinitionError
from franca.model.entity import Entity
from franca.model.markers import Key, Link
from franca.model.shape import shape_of
from franca.operations.failures import keep_failures
from franca.sinks.parking import Parking
from franca.sinks.postgres import PostgresSink
from franca.sinks.postgres_migration import alter
from franca.sinks.postgres_table import EntityTable
from franca.types import Batch, Partition
from franca.views.plan import plan
from franca.views.store_views import apply_views
from tests.conftest import Database
from tests.individuals import SHAPE, event, record

pytestmark = pytest.mark.services

SCHEMA = "Kept here"
PLACE = Partition("individual", 0, "t")


class Owner(Entity):
    """Who owns."""

    id: Key[str]


class Thing(Entity):
    """What is owned: the link wants an index."""

    id: Key[str]
    owner: Annotated[str, Link(Owner)]


SHAPES = [SHAPE, shape_of(Owner), shape_of(Thing)]


@dataclass(frozen=True)
class Server:
    """A database as its administrator has it, and a role that may do nothing in it yet."""

    admin: str
    role: str

    @property
    def dsn(self) -> str:
        """Its address for the role."""
        return f"{self.admin}?user={self.role}&password=secret"

    def run(self, *statements: str) -> None:
        """Run statements as the administrator, the role and the schema for `{}`."""
        with psycopg.connect(self.admin, autocommit=True) as connection:
            for statement in statements:
                names = {"role": sql.Identifier(self.role), "schema": sql.Identifier(SCHEMA)}
                connection.execute(sql.SQL(statement).format(**names))

    def store(self, first: int) -> None:
        """Store a change and a delete as the role."""
        with closing(sink_of(self.dsn)) as sink:
            sink.open()
            items = [record(event("A", 1), first), record(event("B", 2, deleted=True), first + 1)]
            assert sink.write(Batch(items, {PLACE: first + 2}, {PLACE: first} if first else {}))


def sink_of(dsn: str) -> PostgresSink:
    """Return the sink of whoever the address names."""
    return PostgresSink(dsn, SHAPES, Parking(lambda _messages: None, "store", []), schema=SCHEMA)


@pytest.fixture
def server(postgres: Database) -> Iterator[Server]:
    """Give a database and a role."""
    found = Server(postgres.dsn, f"writer_{uuid.uuid4().hex}")
    found.run("CREATE ROLE {role} LOGIN PASSWORD 'secret'")
    yield found
    found.run("DROP OWNED BY {role} CASCADE", "DROP ROLE {role}")


def test_whoever_owns_the_schemas_needs_no_rights_on_the_database(server: Server) -> None:
    """To make a schema takes more than the schemas that an administrator has made."""
    server.run(*(f"CREATE SCHEMA {name} AUTHORIZATION {{role}}" for name in ("{schema}", "franca")))

    server.store(0)
    alter(server.dsn, [EntityTable(shape, SCHEMA) for shape in SHAPES])
    assert apply_views(server.dsn, SCHEMA, plan(SHAPES[1:], [Owner, Thing]), {})
    keep_failures(Endpoints("", server.dsn, "", ""), {}, ["some"], store=True)


def test_whoever_may_read_and_write_what_is_there_can_fill_it(server: Server) -> None:
    """Where the tables were made by another role, this one makes nothing."""
    with closing(sink_of(server.admin)) as sink:
        sink.open()
    keep_failures(Endpoints("", server.admin, "", ""), {}, ["some"], store=True)
    for schema in ("{schema}", "franca"):
        server.run(
            f"GRANT USAGE ON SCHEMA {schema} TO {{role}}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {{role}}",
        )

    server.store(0)
    server.store(2)
    alter(server.dsn, [EntityTable(shape, SCHEMA) for shape in SHAPES])
    keep_failures(Endpoints("", server.dsn, "", ""), {}, ["some"], store=True)


def test_what_is_missing_and_may_not_be_made_is_told(server: Server) -> None:
    """An entity that is new in the model has no table yet."""
    server.run("CREATE SCHEMA franca AUTHORIZATION {role}", "CREATE SCHEMA {schema}")

    with closing(sink_of(server.dsn)) as sink, pytest.raises(DefinitionError, match="permission denied"):
        sink.open()


def test_several_that_come_first_wait_for_each_other(server: Server) -> None:
    """A worker and the data tests make the same schema; none fails because another one was quicker."""

    def opened() -> None:
        with closing(sink_of(server.admin)) as sink:
            sink.open()

    def kept() -> None:
        keep_failures(Endpoints("", server.admin, "", ""), {}, ["some"], store=True)

    for _ in range(3):
        server.run("DROP SCHEMA IF EXISTS franca CASCADE", "DROP SCHEMA IF EXISTS {schema} CASCADE")
        with ThreadPoolExecutor(6) as pool:
            for done in [pool.submit(each) for each in (kept, opened, kept, opened, kept, kept)]:
                done.result()
