"""Asks the operational store in SQL: PostgreSQL, each entity the table of its name, nothing is changed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from typing import Any

import psycopg
from psycopg import sql as quoted

from franca.errors import DefinitionError, UnavailableError
from franca.views.lake import Answer

_BATCH_ROWS = 5_000


class Store:
    """One transaction that sees the store as it was at its beginning; a context manager. See `open_store`."""

    def __init__(self, connection: "psycopg.Connection[tuple[Any, ...]]") -> None:
        self._connection = connection
        self._numbers = count()
        self._cursor: psycopg.ServerCursor[tuple[Any, ...]] | None = None

    def query(self, sql: str) -> Answer:
        """Return the answer to one query; the one before can't be read on.

        Values are as the lake gives them: numbers of columns without digits after the point are integers.
        Raises DefinitionError where the SQL is wrong, UnavailableError.
        """
        try:
            self._end()
            with self._connection.transaction():
                cursor = self._cursor = self._connection.cursor(f"franca_{next(self._numbers)}")
                cursor.execute(sql.encode())
                told = cursor.description or ()
                converts = [_whole if column.scale == 0 else _value for column in told]
                return Answer([each.name for each in told], _rows(cursor, converts) if told else iter(()))
        except psycopg.Error as error:
            raise counterpart(error) from error

    def close(self) -> None:
        """Release the connection. May be called twice."""
        with suppress(psycopg.Error):  # the connection may be gone
            self._end()
        self._connection.close()

    def _end(self) -> None:
        cursor, self._cursor = self._cursor, None
        if cursor is not None:
            cursor.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_store(dsn: str, schema: str) -> Store:
    """Return the store as it is now. Raises UnavailableError, DefinitionError."""
    try:
        connection = psycopg.connect(dsn, connect_timeout=10, client_encoding="utf8")
    except psycopg.Error as error:
        raise counterpart(error) from error
    try:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        path = quoted.SQL("SET search_path TO {}").format(quoted.Identifier(schema))
        connection.execute(path)
        connection.execute("SET TimeZone = 'UTC'")
    except psycopg.Error as error:
        connection.close()
        raise counterpart(error) from error
    return Store(connection)


def counterpart(error: psycopg.Error) -> DefinitionError | UnavailableError:
    """Return franca's error for one of PostgreSQL's: the SQL is wrong, or the store is away."""
    reason = " ".join((error.diag.message_primary or str(error)).split())[:500]
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return UnavailableError("store", reason, "check that PostgreSQL runs, and its address in [store]")
    if isinstance(error, psycopg.errors.UndefinedTable):
        return DefinitionError.one("query", reason, "`franca run store` makes the entities' tables")
    return DefinitionError.one("query", reason, "see the model for the entities' fields")


def _rows(
    cursor: "psycopg.ServerCursor[tuple[Any, ...]]", converts: Sequence[Callable[[Any], Any]]
) -> Iterator[tuple[Any, ...]]:
    try:
        while rows := cursor.fetchmany(_BATCH_ROWS):
            for row in rows:
                yield tuple(
                    None if value is None else convert(value)
                    for value, convert in zip(row, converts, strict=True)
                )
    except psycopg.Error as error:
        raise counterpart(error) from error


def _whole(value: Any) -> Any:
    """Return a number without digits after the point as an integer, NaN as it is."""
    return int(value) if value.is_finite() else value


def _value(value: Any) -> Any:
    """Return a value with its time in UTC."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    return value
