"""The rows of a PostgreSQL table as a backfill copies them."""

import psycopg
import pytest

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
