"""The rows of a table of whatever database SQLAlchemy reaches, read once from end to end."""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, NoSuchTableError, SAWarning
from sqlalchemy.inspection import inspect

from franca.catalog.database import away, engine_of, url_of
from franca.catalog.moments import read_as_text_where_odd
from franca.catalog.mysql_values import have_moments_in_utc, is_mysql, selected, value_of
from franca.catalog.own_names import column_named, own_name, table_named
from franca.catalog.postgres_values import number_of, read_as_written
from franca.catalog.sqlite_values import keep_bytes
from franca.errors import UsageError

_ROWS_AT_ONCE = 5_000


def read_rows(
    address: str, name: str, columns: Sequence[str], keys: Sequence[str]
) -> Iterator[dict[str, object]]:
    """Yield the rows of a table, given as `table` or `schema.table`, in the order of its key.

    Only the columns are read; one whose name is in other letters is found too. Bytes of SQLite's texts that
    are not UTF-8 are lone surrogates (`surrogateescape`). Raises UsageError for an address, a table or a
    column that there is not, UnavailableError where the database does not answer.
    """
    url = url_of(address)
    engine = engine_of(url)
    try:
        with warnings.catch_warnings(), engine.connect() as connection:
            warnings.simplefilter("ignore", SAWarning)
            if is_mysql(connection):
                have_moments_in_utc(connection)
            read_as_text_where_odd(connection)
            read_as_written(connection)
            keep_bytes(connection)
            yield from _rows(connection, name, columns, keys)
    except NoSuchTableError as error:
        raise UsageError.one(name, "the database has no such table", "name it as schema.table") from error
    except (DBAPIError, OSError) as error:
        raise away(url, error) from error
    finally:
        engine.dispose()


def _rows(
    connection: Connection, name: str, columns: Sequence[str], keys: Sequence[str]
) -> Iterator[dict[str, object]]:
    schema, _, bare = name.rpartition(".")
    dialect = connection.dialect
    found = inspect(connection).get_columns(bare, schema or None)
    there = {own_name(dialect, each["name"]): each["type"] for each in found}
    real = _found(name, list(there), columns)
    quoted = {each: column_named(real[each]) for each in columns}
    types = [there[real[each]] for each in columns]
    kinds = types if is_mysql(connection) else [None] * len(types)
    numbers = [number_of(each, kind) for each, kind in zip(quoted.values(), types, strict=True)]
    source = table_named(dialect, schema, bare)
    query = select(*_asked(numbers, kinds)).select_from(source)
    query = query.order_by(*(quoted[key] for key in keys or columns))
    options = {"stream_results": True, "yield_per": _ROWS_AT_ONCE}
    for row in connection.execute(query, execution_options=options):
        yield dict(zip(columns, map(value_of, row, kinds), strict=True))


def _asked(columns: Iterable[ColumnElement[Any]], kinds: Sequence[object]) -> Iterator[ColumnElement[Any]]:
    """Yield what is asked for each column, not by its name, which is that of what the rows are ordered by."""
    for number, (each, kind) in enumerate(zip(columns, kinds, strict=True)):
        yield selected(each, kind).label(f"_{number}")


def _found(name: str, there: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    """Return the real name of each column. Raises UsageError for those that the table lacks."""
    folded = {each.lower(): each for each in there}
    real = {each: each if each in there else folded.get(each.lower(), "") for each in columns}
    missing = [each for each, found in real.items() if not found]
    if missing:
        reason = f"has no column {', '.join(map(repr, missing))}; it has {', '.join(there)}"
        raise UsageError.one(name, reason, "compare them: `franca check --source`")
    return real
