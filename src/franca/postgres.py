"""What a schema of PostgreSQL lacks of what franca keeps there. Opens no connection."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import psycopg
from psycopg import sql

Connection: TypeAlias = psycopg.Connection[tuple[object, ...]]
Statement: TypeAlias = sql.SQL | sql.Composed

OWN_SCHEMA = "franca"
"""Where franca keeps what is no entity's."""

LOCKED = "SELECT pg_advisory_xact_lock(hashtext('franca.prepare'))"
"""Lets one at a time make what is missing."""


def is_there(connection: Connection, name: sql.Identifier) -> bool:
    """Return whether there is a table, an index or a view of that name."""
    return connection.execute("SELECT to_regclass(%s)", [name.as_string(connection)]).fetchone() != (None,)


def lacking(connection: Connection, schema: str, parts: Mapping[str, Statement]) -> Iterator[Statement]:
    """Yield the statements that make what is missing: the schema, then its `parts`, given by their names.

    What is there is asked for first: `IF NOT EXISTS` wants the right to make even what it finds, and whoever
    may only read and write has no such right. Where something is missing others wait until the transaction
    ends, because `IF NOT EXISTS` fails where two make the same at once.
    """
    if next(_lacking(connection, schema, parts), None) is not None:
        connection.execute(LOCKED)
        yield from _lacking(connection, schema, parts)


def _lacking(connection: Connection, schema: str, parts: Mapping[str, Statement]) -> Iterator[Statement]:
    known = connection.execute("SELECT to_regnamespace(quote_ident(%s))", [schema]).fetchone()
    if known == (None,):
        yield sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema))
    for name, statement in parts.items():
        if not is_there(connection, sql.Identifier(schema, name)):
            yield statement
