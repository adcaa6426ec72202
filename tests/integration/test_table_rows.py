"""The rows of a PostgreSQL table as a backfill copies them."""

import psycopg
import pytest
from psycopg import sql

from franca.catalog.rows import read_rows
from franca.errors import UnavailableError, UsageError
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
        (3, "-0043-03-15"),
        (4, "None"),
    ]
    assert [row["seen"] for row in rows] == [
        "2024-03-31T01:30:00.500000Z",
        "-infinity",
        "+12000-01-01T00:00:00.000000Z",
        None,
    ]


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
        ["1", "08:30:00.000000", "16:00:00.5Z"],
        ["2", "00:00:00.000000", "24:00:00-08"],
        ["3", "24:00:00.000000", "None"],
    ]
    assert [row[3] for row in rows][1:] == ["['08:30:00.000000', '24:00:00.000000']", "[]"]


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

    assert first == {"no": 1, "cash": "-1234567.50"} | {n: value for n, (_, value) in values.items()}
    assert set(second.values()) == {2, None}


def test_values_are_those_that_a_capture_gives(postgres: Database) -> None:
    """Whatever sessions are set to: moments in UTC, all digits, lists of what the driver does not know."""
    values = {
        "seen": ("timestamptz", "1900-01-01 00:00+00", "1900-01-01T00:00:00.000000Z"),
        "last": ("timestamptz(3)", "9999-12-31 23:59:59+00", "9999-12-31T23:59:59.000Z"),
        "whole": ("timestamptz(0)[]", "{2020-01-01 00:00+00}", ["2020-01-01T00:00:00Z"]),
        "at": ("timestamp(2)", "2020-02-03 04:05:06.7", "2020-02-03T04:05:06.700"),
        "opens": ("timetz", "12:00:00+00:19:32", "11:40:28Z"),
        "born": ("date", "2020-02-03", "2020-02-03"),
        "span": ("interval", "1 day", "1 day"),
        "part": ("float8", str(0.1 + 0.2), 0.1 + 0.2),
        "tiny": ("numeric(30,10)[]", "{0,0.00000001}", ["0.0000000000", "0.0000000100"]),
        "one": ("bit", "1", True),
        "ones": ("bit(1)[]", "{1,0}", [True, False]),
        "moods": ("mood[]", "{sad,NULL}", ["sad", None]),
        "sums": ("amount[]", "{1.50}", ["1.50"]),
        "days": ("moment[]", "{2020-01-01 00:00}", ["2020-01-01T00:00:00.000000"]),
        "point": ("instant", "2020-01-01 00:00:00.5+02", "2019-12-31T22:00:00.500Z"),
        "points": ("instant[]", "{2020-01-01 00:00:00+00}", ["2020-01-01T00:00:00.000Z"]),
        "clock": ("hours", "08:30:00.5", "08:30:00.500"),
        "pairs": ("pair[]", '{"(1,x)"}', ["(1,x)"]),
        "cash": ("money[]", "{1.50}", ["1.50"]),
        "ip": ("inet", "::ffff:1.2.3.4", "::ffff:1.2.3.4"),
        "nets": ("cidr[]", "{::ffff:0:0/96}", ["::ffff:0.0.0.0/96"]),
    }
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute("CREATE TYPE mood AS ENUM ('sad'); CREATE TYPE pair AS (a int, b text)")
        connection.execute("CREATE DOMAIN amount AS numeric(9,2); CREATE DOMAIN moment AS timestamp")
        connection.execute("CREATE DOMAIN at AS timestamptz(3); CREATE DOMAIN instant AS at")
        connection.execute("CREATE DOMAIN hours AS time(3)")
        names = ", ".join(f"{name} {kind}" for name, (kind, _, _) in values.items())
        connection.execute(f"CREATE TABLE captured (no int PRIMARY KEY, {names})".encode())
        told = [text for _, text, _ in values.values()]
        marks = ", %s" * len(told)
        connection.execute(f"INSERT INTO captured VALUES (1 {marks}), (2 {marks})".encode(), [*told, *told])
        for setting in (
            "timezone = 'Europe/Amsterdam'",
            "datestyle = 'SQL, DMY'",
            "intervalstyle = 'iso_8601'",
            "extra_float_digits = 0",
        ):
            name = sql.Identifier(connection.info.dbname)
            connection.execute(sql.SQL("ALTER DATABASE {} SET " + setting).format(name))
    address = postgres.dsn.replace("postgres://", "postgresql://")

    first, second = read_rows(address, "captured", ["no", *values], ["no"])

    assert first == {"no": 1} | {name: wanted for name, (_, _, wanted) in values.items()}
    assert second == first | {"no": 2}


def test_a_table_without_key_is_read_whatever_has_no_order(postgres: Database) -> None:
    """Its text orders it; a query that the database can't run is no service that is away."""
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(
            'CREATE TABLE loose (doc json, at point, page path, act xid, docs json[], "AA" int, "Aa" int)'
        )
        connection.execute(
            """INSERT INTO loose VALUES ('{}', '(1,2)', '((2,2))', '7', '{1}', 1, 2),
            ('{}', '(1,2)', '((1,1))', '7', '{1}', 1, 3)"""
        )
        connection.execute(
            "CREATE VIEW wrong AS SELECT 1 / (CASE WHEN act = '7' THEN 0 ELSE 1 END) AS a FROM loose"
        )
    address = postgres.dsn.replace("postgres://", "postgresql://")
    columns = ["doc", "at", "page", "act", "docs", "Aa"]

    rows = [tuple(row.values()) for row in read_rows(address, "loose", columns, [])]
    assert rows == [
        ("{}", "(1,2)", "((1,1))", "7", ["1"], 3),
        ("{}", "(1,2)", "((2,2))", "7", ["1"], 2),
    ]
    with pytest.raises(UsageError, match="more than one in other letters: AA, Aa"):
        list(read_rows(address, "loose", ["aa"], []))
    with pytest.raises(UsageError, match="the database can't give its rows: division by zero"):
        list(read_rows(address, "wrong", ["a"], []))


def test_a_database_that_tells_no_encoding_is_read_as_utf_8(postgres: Database) -> None:
    """Its driver would give bytes; what is not UTF-8 there is told."""
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        old, new = connection.info.dbname, f"ascii_{connection.info.dbname}"
        connection.execute(
            f"CREATE DATABASE {new} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0".encode()
        )
    dsn = postgres.dsn.replace(old, new)
    address = dsn.replace("postgres://", "postgresql://")
    with psycopg.connect(dsn, autocommit=True, client_encoding="SQL_ASCII") as connection:
        connection.execute("CREATE TABLE names (name text PRIMARY KEY)")
        connection.execute(b"INSERT INTO names VALUES ('J\xc3\xbcrg')")
        assert list(read_rows(address, "names", ["name"], ["name"])) == [{"name": "Jürg"}]
        connection.execute(b"INSERT INTO names VALUES ('J\xfcrg')")
    with pytest.raises(UsageError, match="can't give its rows: invalid byte sequence"):
        list(read_rows(address, "names", ["name"], ["name"]))


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


def test_a_server_that_ends_the_reading_is_told_in_a_line(
    postgres: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    """With what to do: neither the address is wrong nor a right is missing. No trace comes before it."""
    fill = "CREATE TABLE many AS SELECT n, repeat('x', 2000) AS filler FROM generate_series(1, 50000) n"
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(fill)
        rows = read_rows(postgres.dsn.replace("postgres://", "postgresql://"), "many", ["n", "filler"], ["n"])
        next(rows)
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with pytest.raises(UnavailableError, match="begin again") as caught:
            list(rows)
    assert "check the address" not in str(caught.value)
    assert capfd.readouterr().err == ""
