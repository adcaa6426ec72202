"""Columns of PostgreSQL as the texts and numbers that captures write: documents, spans, ranges, money."""

from typing import Any

from sqlalchemy import ColumnElement, Numeric, cast
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

_RANGES = ("int4", "int8", "num", "date", "ts", "tstz")
_TEXTS = (
    "json",
    "jsonb",
    "interval",
    *(f"{name}{kind}" for name in _RANGES for kind in ("range", "multirange")),
)


def adapters_of(connection: Connection) -> Any | None:
    """Return what psycopg reads values with on a connection, None of another database or driver."""
    if connection.dialect.name != "postgresql" or connection.dialect.driver != "psycopg":
        return None
    raw: Any = connection.connection.driver_connection
    return raw.adapters


def read_as_written(connection: Connection) -> None:
    """Have a connection give as the database writes it what the driver would make an object of Python's.

    Other databases than PostgreSQL, and other drivers than psycopg, are left as they are.
    """
    adapters = adapters_of(connection)
    if adapters is None:
        return
    from psycopg.types.string import TextLoader

    for name in _TEXTS:
        adapters.register_loader(adapters.types[name].oid, TextLoader)


def number_of(column: ColumnElement[Any], kind: object) -> ColumnElement[Any]:
    """Return what to ask for a column of a type: money without signs of a currency and of thousands.

    >>> from sqlalchemy import column
    >>> str(number_of(column("c"), postgresql.MONEY()))
    'CAST(c AS NUMERIC)'
    """
    return cast(column, Numeric) if isinstance(kind, postgresql.MONEY) else column
