"""The local PostgreSQL, started for real."""

from typing import Protocol

import psycopg
import pytest

pytestmark = pytest.mark.services


class Database(Protocol):
    """What the fixture gives."""

    dsn: str


def test_a_test_gets_an_empty_database(postgres: Database) -> None:
    """Every test that asks for PostgreSQL has a database without tables."""
    with psycopg.connect(postgres.dsn) as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert found == (0,)
