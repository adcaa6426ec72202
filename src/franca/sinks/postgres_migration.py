"""Alters the store's tables to a newer model: columns and indexes are added, in one transaction.

A table is locked for as long as it takes to note a column, and for writers to fill an index. Where others
keep it busy the transaction gives way after half a second and tries again, so that nobody queues behind it.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from franca.errors import DefinitionError, UnavailableError
from franca.postgres import LOCKED, Connection, Statement, is_there, lacking
from franca.sinks.postgres import translated
from franca.sinks.postgres_ledger import upgrade, upgrades
from franca.sinks.postgres_table import EntityTable

LOCK_MILLISECONDS = 500
PAUSE_SECONDS = 0.2
PATIENCE_SECONDS = 60.0

_CONNECTION: dict[str, Any] = {"connect_timeout": 10, "client_encoding": "utf8"}


def planned(dsn: str, tables: Sequence[EntityTable]) -> list[tuple[str, str]]:
    """Return the statements that bring the tables up to the model, each with its table. Nothing is changed.

    Those of franca's own tables come first, where they are of an earlier version.

    Raises DefinitionError where a table can't be brought there, UnavailableError.
    """
    with _connected(dsn) as connection:
        _check(connection, tables)
        due = [each for table in tables[:1] for each in upgrades(connection, table.schema)]
        due += [(table.place, each) for table in tables for each in _due(connection, table)]
        return [(place, each.as_string(connection)) for place, each in due]


def alter(dsn: str, tables: Sequence[EntityTable], patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Bring the tables up to the model, all or none. Raises DefinitionError, UnavailableError."""

    def all_at_once() -> None:
        with connection.transaction():
            connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(LOCK_MILLISECONDS))
            connection.execute(LOCKED)
            _check(connection, tables)
            for table in tables[:1]:
                upgrade(connection, table.schema)
            for table in tables:
                for statement in _due(connection, table):
                    connection.execute(statement)

    with _connected(dsn) as connection:
        _patiently(all_at_once, patience_seconds)


def is_table(dsn: str, schema: str, name: str) -> bool:
    """Return whether the store has a table. Raises UnavailableError."""
    with _connected(dsn) as connection:
        return is_there(connection, sql.Identifier(schema, name))


def drop(dsn: str, schema: str, name: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Drop an entity's table, where there is one, and what franca remembers of its deleted keys.

    Raises DefinitionError where a view reads it.
    """

    def all_at_once() -> None:
        with connection.transaction():
            connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(LOCK_MILLISECONDS))
            connection.execute(LOCKED)
            upgrade(connection, schema)
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(schema, name)))
            if connection.execute("SELECT to_regclass('franca.deleted')").fetchone() != (None,):
                forgotten = "DELETE FROM franca.deleted WHERE schema = %s AND entity = %s"
                connection.execute(forgotten, [schema, name])

    with _connected(dsn) as connection:
        try:
            _patiently(all_at_once, patience_seconds)
        except psycopg.errors.DependentObjectsStillExist as error:
            reason = f"is still read: {' '.join((error.diag.message_detail or '').split())}"
            remedy = "`franca views apply` drops franca's views of it; drop others yourself"
            raise DefinitionError.one(f"{schema}.{name}", reason, remedy) from error


def _patiently(action: Callable[[], None], patience_seconds: float) -> None:
    """Do it as soon as the locks are free; between the tries the others go on."""
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            action()
        except psycopg.errors.LockNotAvailable as error:
            if time.monotonic() >= deadline:
                reason = f"its tables were busy for {patience_seconds:.0f} s"
                remedy = "end the long transaction that holds them (pg_stat_activity), and try again"
                raise UnavailableError("store", reason, remedy) from error
            time.sleep(PAUSE_SECONDS)
        else:
            return


def _check(connection: Connection, tables: Sequence[EntityTable]) -> None:
    present = [table for table in tables if is_there(connection, table.name)]
    problems = [problem for table in present for problem in table.problems(connection)]
    if problems:
        raise DefinitionError(problems)


def _due(connection: Connection, table: EntityTable) -> Iterator[Statement]:
    """Yield the statements that a table still needs."""
    if is_there(connection, table.name):
        yield from table.added(connection)
    yield from lacking(connection, table.schema, {table.shape.name: table.create(), **table.indexes()})


@contextmanager
def _connected(dsn: str) -> Iterator[Connection]:
    """Give a connection; the client's errors are franca's outside, but that a lock is taken."""
    try:
        with psycopg.connect(dsn, autocommit=True, **_CONNECTION) as connection:
            yield connection
    except psycopg.Error as error:
        found = translated(error, is_lost=True)
        if found is None:
            raise
        raise found from error
