"""The queries of data tests: which rows each finds. The same cases run on DuckDB and on PostgreSQL."""

import re
from collections.abc import Iterator
from datetime import time
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import duckdb
import psycopg
import pytest
from psycopg.types.json import Jsonb

from franca.errors import DefinitionError
from franca.model.entity import Entity
from franca.model.markers import Key, Link
from franca.model.shape import shape_of
from franca.model.tests import Accepted, NotNull, Relationship, Unique, failing_rows
from franca.trust.checks import Check, checks_of, for_store
from tests.conftest import Database

TOKEN = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
OTHER = TOKEN.replace("6", "7")


class Colour(Enum):
    """Of a car."""

    RED = "Red"
    BLUE = "it's blue"


class Owner(Entity):
    """Who owns cars."""

    country: Key[str]
    number: Key[str]
    email: Annotated[str | None, Unique(where="country <> 'XX'")]


class Firm(Entity):
    """What owns cars."""

    id: Key[int]


class Garage(Entity):
    """Where nobody has put anything yet: no mapping gives it."""

    id: Key[str]


class Car(Entity):
    """A car."""

    plate: Key[str]
    colour: Colour | None
    doors: Annotated[int, Accepted(3, 5, severity="warn")]
    note: Annotated[str | None, NotNull(allow=0.5)]
    owner: Annotated[str | None, Link(Owner)]
    firm: Annotated[int | None, Link(Firm), Relationship(where="firm <> 99")]
    kind: str | None
    holder: Annotated[str | None, Link({"owner": Owner, "firm": "firm"}, by="kind")]
    garage: Annotated[str | None, Link(Garage)]


class Club(Entity):
    """Whose links are in lists."""

    id: Key[str]
    owners: list[Annotated[str, Link(Owner)]] | None
    firms: Annotated[list[int], Link(Firm)]
    kind: str
    members: list[Annotated[str, Link({"owner": Owner, "firm": "firm"}, by="kind")]]


class Visit(Entity):
    """At a time of day, which chooses whom."""

    id: Key[str]
    hour: Annotated[time | None, Accepted("10:00", "11:00:00.5")]
    token: Annotated[UUID | None, Accepted(TOKEN.upper())]
    host: Annotated[str | None, Link({time(10): Firm}, by="hour")]


SHAPES = [shape_of(cls) for cls in (Owner, Firm, Car, Club, Visit)]
CHECKS = {check.name: check for check in checks_of(SHAPES, [Owner, Firm, Garage, Car, Club], {})}
CASES: list[tuple[str, str, str, list[tuple[Any, ...]]]] = [
    ("a key twice", "owner.country+number.unique", "owner", [("CH", "1", 2)]),
    ("a null is not a value twice", "owner.email.unique", "owner", [("a@b", 2)]),
    ("a required field is null", "car.doors.not_null", "car", [("C4", None)]),
    ("a field that says so is null", "car.note.not_null", "car", [("C2", None), ("C3", None)]),
    ("a value that the enumeration lacks", "car.colour.accepted_values", "car", [("C3", "Green")]),
    ("a number that is not listed", "car.doors.accepted_values", "car", [("C3", 4)]),
    ("a key of two fields with a slash in one", "car.owner.relationship", "car", [("C3", "CH/9/9")]),
    ("a number that nobody has, but for those left out", "car.firm.relationship", "car", [("C2", 8)]),
    (
        "a target by kind: the wrong one, one of no kind, one of an unknown kind",
        "car.holder.relationship",
        "car",
        [("C2", "CH/1"), ("C3", "7"), ("C4", "7")],
    ),
    (
        "one of a list that nobody is, and none of an empty one or of none",
        "club.owners.relationship",
        "club",
        [("B", ["CH/1", "CH/9/9"])],
    ),
    ("one number of a list that nobody has", "club.firms.relationship", "club", [("B", [7, 8])]),
    (
        "of a list's targets by kind the wrong ones, and any of an unknown kind",
        "club.members.relationship",
        "club",
        [("B", ["CH/1"]), ("C", ["7"])],
    ),
    (
        "a target by a time of day",
        "visit.host.relationship",
        "visit",
        [("V2", "8"), ("V3", "7"), ("V4", "7")],
    ),
    ("a time that is not listed", "visit.hour.accepted_values", "visit", [("V4", "12:00:00.500000")]),
    ("an identifier that is not listed", "visit.token.accepted_values", "visit", [("V2", OTHER)]),
]
ROWS: dict[str, list[tuple[Any, ...]]] = {
    "owner": [
        ("CH", "1", "a@b"),
        ("CH", "1", "a@b"),
        ("CH", "9/9", None),
        ("XX", "3", "a@b"),
        ("DE", "4", None),
    ],
    "firm": [(7,), (70,)],
    "car": [
        ("C1", "Red", 3, "x", "CH/1", 7, "owner", "CH/9%2F9", None),
        ("C2", "it's blue", 5, None, "CH/9%2F9", 8, "firm", "CH/1", None),
        ("C3", "Green", 4, None, "CH/9/9", None, None, "7", None),
        ("C4", None, None, "x", None, 99, "flock", "7", None),
        ("C5", None, 5, "x", None, None, "firm", "7", None),
    ],
    "club": [
        ("A", ["CH/1", "CH/9%2F9"], [7, 70], "owner", ["CH/1"]),
        ("B", ["CH/1", "CH/9/9"], [7, 8], "firm", ["CH/1"]),
        ("C", None, [], "flock", ["7"]),
        ("D", [], [], "flock", []),
    ],
    "visit": [
        ("V1", "10:00:00.000000", TOKEN, "7"),
        ("V2", "10:00:00.000000", OTHER, "8"),
        ("V3", "11:00:00.500000", None, "7"),
        ("V4", "12:00:00.500000", None, "7"),
    ],
}
TABLES = (
    "CREATE TABLE owner (country varchar, number varchar, email varchar)",
    "CREATE TABLE firm (id bigint)",
    """CREATE TABLE car (plate varchar, colour varchar, doors bigint, note varchar, owner varchar,
        firm bigint, kind varchar, holder varchar, garage varchar)""",
    "CREATE TABLE club (id varchar, owners varchar[], firms bigint[], kind varchar, members varchar[])",
    "CREATE TABLE visit (id varchar, hour varchar, token varchar, host varchar)",
)


@pytest.fixture(scope="module")
def lake() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give the rows in DuckDB."""
    with duckdb.connect(":memory:") as connection:
        for statement in TABLES:
            connection.execute(statement)
        for name, rows in ROWS.items():
            for row in rows:
                connection.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", list(row))
        yield connection


def _sorted(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return rows in an order, with times and UUIDs as the texts that they are in the lake."""
    texts = [tuple(str(v) if isinstance(v, time | UUID) else v for v in row) for row in rows]
    return sorted(texts, key=repr)


@pytest.mark.parametrize(("title", "name", "entity", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_check_finds_the_failing_rows(
    lake: duckdb.DuckDBPyConnection, title: str, name: str, entity: str, expected: list[tuple[Any, ...]]
) -> None:
    """Each with its key and the field that is tested."""
    assert _sorted(lake.execute(CHECKS[name].sql).fetchall()) == _sorted(expected)


@pytest.mark.services
def test_the_store_finds_the_same_rows(postgres: Database) -> None:
    """The translation is the same question; lists are JSON there."""
    with psycopg.connect(postgres.dsn) as connection:
        for statement in TABLES:
            made = re.sub(r"\w+\[\]", "jsonb", statement)
            connection.execute(made.replace("hour varchar, token varchar", "hour time, token uuid").encode())
        for name, rows in ROWS.items():
            for row in rows:
                marks = ", ".join(["%s"] * len(row))
                values = [Jsonb(value) if isinstance(value, list) else value for value in row]
                connection.execute(f"INSERT INTO {name} VALUES ({marks})".encode(), values)
        for title, name, _, expected in CASES:
            found = connection.execute(for_store(CHECKS[name].sql).encode()).fetchall()
            assert _sorted(found) == _sorted(expected), title


def test_the_model_gives_its_tests_by_itself() -> None:
    """Keys, required fields, enumerations and links; what cannot be asked says why."""
    assert list(CHECKS) == [
        "owner.country+number.unique",
        "owner.country.not_null",
        "owner.number.not_null",
        "owner.email.unique",
        "firm.id.unique",
        "firm.id.not_null",
        "car.plate.unique",
        "car.plate.not_null",
        "car.colour.accepted_values",
        "car.doors.not_null",
        "car.doors.accepted_values",
        "car.note.not_null",
        "car.owner.relationship",
        "car.firm.relationship",
        "car.holder.relationship",
        "car.garage.relationship",
        "club.id.unique",
        "club.id.not_null",
        "club.owners.relationship",
        "club.firms.not_null",
        "club.firms.relationship",
        "club.kind.not_null",
        "club.members.not_null",
        "club.members.relationship",
        "visit.id.unique",
        "visit.id.not_null",
        "visit.hour.accepted_values",
        "visit.token.accepted_values",
        "visit.host.relationship",
    ]
    assert {name: check.missing for name, check in CHECKS.items() if check.missing} == {
        "car.garage.relationship": "no mapping gives garage"
    }


def test_limits_are_those_of_the_marker() -> None:
    """Where none is said, one failing row is an error."""
    told: dict[str, Check] = CHECKS
    assert (told["car.doors.accepted_values"].limits.severity, told["car.note.not_null"].limits.allow) == (
        "warn",
        0.5,
    )
    assert told["car.plate.unique"].limits.severity == "error"


@pytest.mark.parametrize("sql", ["select 1; drop table car", "select from where", ""])
def test_what_is_not_one_question_is_refused(sql: str) -> None:
    """Before the store is asked."""
    check = checks_of(SHAPES, [Owner, Firm, Garage, Car], {"own": failing_rows(sql)})[-1]
    with pytest.raises(DefinitionError):
        for_store(check.sql)
