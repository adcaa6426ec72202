"""The rows of a PostgreSQL table as a backfill copies them."""

from decimal import Decimal

import psycopg
import pytest
from psycopg import sql

from franca.catalog.rows import read_rows
from tests.conftest import Database

pytestmark = pytest.mark.services


def test_a_moment_that_python_lacks_is_a_text(postgres: Database) -> None:
    """Such a row is for the decoder to refuse; all others are read as ever, names in other letters too."""
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute('CREATE SCHEMA "Legacy"')
        connection.execute(
            'CREATE TABLE "Legacy"."Moments" ("NO" int PRIMARY KEY, born date, seen timestamptz)'
        )
        connection.execute(
            """INSERT INTO "Legacy"."Moments" VALUES
            (1, '2024-02-29', '2024-03-31 01:30:00.5+00'), (2, 'infinity', '-infinity'),
            (3, '0044-03-15 BC', '12000-01-01 00:00+00'), (4, NULL, NULL)"""
        )
    address = postgres.dsn.replace("postgres://", "postgresql://")
    rows = list(read_rows(address, "Legacy.Moments", ["no", "born", "seen"], ["no"]))

    assert [(row["no"], str(row["born"])) for row in rows] == [
        (1, "2024-02-29"),
        (2, "infinity"),
        (3, "0044-03-15 BC"),
        (4, "None"),
    ]
    assert [str(row["seen"])[:26] for row in rows][1:] == ["-infinity", "12000-01-01 00:00:00+00", "None"]


def test_a_time_that_python_lacks_is_a_text(postgres: Database) -> None:
    """The end of a day is the only one; alone or in a list it stops no other row."""
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE hours (no int PRIMARY KEY, opens time, shuts timetz, all_of time[])")
        connection.execute(
            """INSERT INTO hours VALUES (1, '08:30', '18:00:00.5+02', '{08:30}'),
            (2, '00:00', '24:00:00-08', '{08:30,24:00}'), (3, '24:00', NULL, '{}')"""
        )
    address = postgres.dsn.replace("postgres://", "postgresql://")
    columns = ["no", "opens", "shuts", "all_of"]
    rows = [list(map(str, row.values())) for row in read_rows(address, "hours", columns, ["no"])]

    assert [row[:3] for row in rows] == [
        ["1", "08:30:00", "18:00:00.500000+02:00"],
        ["2", "00:00:00", "24:00:00-08"],
        ["3", "24:00:00", "None"],
    ]
    assert [row[3] for row in rows][1:] == ["[datetime.time(8, 30), '24:00:00']", "[]"]


def test_what_captures_write_as_texts_and_numbers_is_read_so(postgres: Database) -> None:
    """Documents, spans and ranges are no objects of Python's, and money has no sign of a currency."""
    values = {
        "doc": ("json", '{"a":  [1.10]}'),
        "docb": ("jsonb", '{"a": [1.10]}'),
        "span": ("interval", "1 mon 2 days 03:04:05.6"),
        "days": ("daterange", "[2026-01-01,infinity)"),
        "several": ("int4multirange", "{[1,3),[5,8)}"),
    }
    names = ", ".join(f"{name} {kind}" for name, (kind, _) in values.items())
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE written (no int PRIMARY KEY, cash money, {names})".encode())
        cash = "(-1234567.5::numeric)::money"
        told = [value for _, value in values.values()]
        connection.execute(f"INSERT INTO written VALUES (1, {cash}, %s, %s, %s, %s, %s)".encode(), told)
        connection.execute("INSERT INTO written VALUES (2)")
    address = postgres.dsn.replace("postgres://", "postgresql://")

    first, second = read_rows(address, "written", ["no", "cash", *values], ["no"])

    assert first == {"no": 1, "cash": Decimal("-1234567.50")} | {n: value for n, (_, value) in values.items()}
    assert set(second.values()) == {2, None}


def test_the_rows_of_a_table_are_not_those_of_another(postgres: Database) -> None:
    """Unquoted, `a b` is the table `a`, `THING` the table `thing`, and `user` whoever is logged in."""
    names = ["a b", "THING", "user", "order", "my-table", "1st", "50%"]
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        for name in ("a", "thing", *names):
            table = sql.Identifier(name)
            connection.execute(sql.SQL('CREATE TABLE {} ("NO" text PRIMARY KEY)').format(table))
            connection.execute(sql.SQL("INSERT INTO {} VALUES ({})").format(table, sql.Literal(name)))
    address = postgres.dsn.replace("postgres://", "postgresql://")

    for name in names:
        assert list(read_rows(address, name, ["no"], ["no"])) == [{"no": name}]
        assert list(read_rows(address, f"public.{name}", ["no"], ["no"])) == [{"no": name}]
