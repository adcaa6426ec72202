"""The columns of views in a real store: of the types that the tables have, and compared as the lake does."""

from collections.abc import Iterator
from datetime import time
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import psycopg
import pytest

from franca.model.entity import Entity
from franca.model.markers import Digits, Key, Link, Range
from franca.model.shape import shape_of
from franca.sinks.postgres_table import EntityTable, column_type, prepare
from franca.views.plan import plan
from franca.views.store import Store, open_store
from franca.views.store_views import apply_views
from tests.conftest import Database

pytestmark = pytest.mark.services

TOKEN = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


class Room(Entity, star="dimension"):
    """A room, with numbers of all kinds, and the one that it is behind."""

    id: Key[int]
    floor: Annotated[int, Range(-9, 99)]
    size: Annotated[Decimal | None, Digits(12, 2)]
    rent: Decimal | None
    behind: Annotated[int | None, Link("Room")]


class Visit(Entity, star="fact"):
    """To a room that the hour chooses, and one that a token does."""

    id: Key[int]
    hour: time | None
    early: Annotated[int | None, Link({time(8): Room, time(8, 30): Room}, by="hour")]
    token: UUID | None
    other: Annotated[int | None, Link({TOKEN.upper(): Room}, by="token")]


ENTITIES: list[type[Entity]] = [Room, Visit]
VIEWS = plan([shape_of(entity) for entity in ENTITIES], ENTITIES)


@pytest.fixture
def store(postgres: Database) -> Iterator[Store]:
    """Give a store of two rooms and two visits, with all views."""
    with psycopg.connect(postgres.dsn) as connection:
        prepare(connection, [EntityTable(shape_of(entity), "public") for entity in ENTITIES])
        connection.execute("INSERT INTO room VALUES (1, 3, 1.50, 0.5, NULL), (2, 3, NULL, NULL, 1)")
        statement = "INSERT INTO visit VALUES (1, '08:30', 1, %s, 2), (2, '09:00', 1, %s, 2)"
        connection.execute(statement, [TOKEN, TOKEN.replace("6", "7")])
    apply_views(postgres.dsn, "public", VIEWS, {})
    with open_store(postgres.dsn, "public") as opened:
        yield opened


def test_columns_have_the_types_of_the_tables_columns(store: Store) -> None:
    """With their digits, beside a dimension's unknown member too; whole numbers are then read as integers."""
    asked = (
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = '{}'::regclass"
    )
    made = [view for view in VIEWS if "store" in VIEWS.places(view)]
    assert {"current", "joined", "counts", "dimension", "fact"} <= {view.kind for view in made}
    for view in made:
        types = {str(name): kind for name, kind in store.query(asked.format(view.name)).rows}
        fields = {column.name: column.field for column in view.columns if column.field}
        wanted = {name: column_type(field) for name, field in fields.items()}
        assert {name: types[name] for name in fields} == wanted, view.name
    rows = list(store.query("SELECT id, floor, size, behind FROM dim_room WHERE id = 1").rows)
    assert rows == [(1, 3, Decimal("1.50"), None)]
    assert type(rows[0][0]) is int


def test_a_time_and_a_uuid_choose_among_a_links_targets(store: Store) -> None:
    """As in the lake, whose columns have them as texts."""
    joined = "SELECT id, early_id, other_id FROM visit_joined ORDER BY id"
    assert list(store.query(joined).rows) == [(1, 1, 2), (2, None, None)]
    counts = "SELECT id, visit_early_count, visit_other_count FROM room_with_counts ORDER BY id"
    assert list(store.query(counts).rows) == [(1, 1, 0), (2, 0, 1)]
