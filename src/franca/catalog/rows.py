"""The rows of a table of whatever database SQLAlchemy reaches, read once from end to end."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from sqlalchemy import Select, select
from sqlalchemy.engine import Connection, CursorResult, Row
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    NoSuchTableError,
    NotSupportedError,
    ProgrammingError,
    SAWarning,
)

from franca.catalog.database import away, broken_off, engine_of, refused, url_of
from franca.catalog.mysql_values import MySqlValues
from franca.catalog.own_names import column_named, table_named
from franca.catalog.postgres_values import PostgresValues
from franca.catalog.sqlite_values import SqliteValues
from franca.catalog.values import Values
from franca.errors import UsageError

_VALUES = {
    "mariadb": MySqlValues,
    "mysql": MySqlValues,
    "postgresql": PostgresValues,
    "sqlite": SqliteValues,
}
Readers: TypeAlias = Mapping[str, Callable[[Any], Any]]
_FIRST_ROWS, _MOST_ROWS = 100, 5_000
_MOST_BYTES = 16 * 1_048_576
_NARROW = {type(None), bool, int, float, Decimal, date, datetime}


def read_rows(
    address: str, name: str, columns: Sequence[str], keys: Sequence[str]
) -> Iterator[dict[str, object]]:
    """Yield the rows of a table, given as `table` or `schema.table`, in the order of its key.

    Only the columns are read; one whose name is in other letters is found too. Bytes of SQLite's texts that
    are not UTF-8 are lone surrogates (`surrogateescape`). Raises UsageError for an address, a table or a
    column that there is not, UnavailableError where the database does not answer.
    """
    url = url_of(address)
    engine, is_asked = engine_of(url), False
    try:
        with warnings.catch_warnings(), engine.connect() as connection:
            warnings.simplefilter("ignore", SAWarning)
            values = _VALUES.get(connection.dialect.name, Values)(connection)
            query, readers = _asked(connection, values, name, columns, keys)
            is_asked = True
            with connection.execute(query, execution_options={"stream_results": True}) as result:
                for row in _fetched(result, values):
                    found = dict(zip(columns, row, strict=True))
                    for each, read in readers.items():
                        found[each] = read(found[each])
                    yield found
    except NoSuchTableError as error:
        raise UsageError.one(name, "the database has no such table", "name it as schema.table") from error
    except (ProgrammingError, NotSupportedError, DataError) as error:
        raise refused(url, name, error) from error
    except (DBAPIError, OSError) as error:
        raise (broken_off if is_asked else away)(url, error) from error
    finally:
        engine.dispose()


def _asked(
    connection: Connection, values: Values, name: str, columns: Sequence[str], keys: Sequence[str]
) -> tuple[Select[Any], Readers]:
    """Return the query of a table's rows, and what makes the values of some columns of what it gives."""
    values.prepare()
    schema, bare, there = _there(values, name)
    real = _found(name, list(there), columns)
    named = {each: column_named(real[each]) for each in columns}
    kinds = {each: there[real[each]] for each in columns}
    # not by its name, which is that of what the rows are ordered by
    asked = (values.asked(named[each], kinds[each]).label(f"_{at}") for at, each in enumerate(columns))
    order = (values.ordered(named[each], kinds[each]) for each in keys or columns)
    query = select(*asked).select_from(table_named(connection.dialect, schema, bare)).order_by(*order)
    return query, {each: read for each, kind in kinds.items() if (read := values.reader(kind)) is not None}


def _there(values: Values, name: str) -> tuple[str, str, Mapping[str, object]]:
    """Return schema and table of a name, and the columns; the default schema's may have a dot in its name."""
    schema, _, bare = name.rpartition(".")
    try:
        return schema, bare, values.kinds(schema, bare)
    except (NoSuchTableError, DBAPIError):
        if schema:
            with suppress(NoSuchTableError, DBAPIError):
                return "", name, values.kinds("", name)
        raise


def _fetched(result: CursorResult[Any], values: Values) -> Iterator[Row[Any]]:
    """Yield the rows of a result; fewer are fetched at once, the wider the widest one was by then."""
    count, widest, cursor = _FIRST_ROWS, 1, result.cursor
    try:
        while some := result.fetchmany(count):
            yield from some
            widest = max(widest, _width(some))
            count = max(1, min(_MOST_ROWS, 2 * count, _MOST_BYTES // widest))
    except DBAPIError:
        values.let_go(cursor)
        raise


def _width(rows: Sequence[Row[Any]]) -> int:
    """Return how wide the texts of the widest row are at most."""
    columns = (column for column in zip(*rows, strict=True) if not _NARROW.issuperset(map(type, column)))
    return sum(max(map(len, map(str, column))) for column in columns)


def _found(name: str, there: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    """Return the real name of each column. Raises UsageError for one that the table lacks, or has twice."""
    real = {}
    for each in columns:
        alike = [other for other in there if other.lower() == each.lower()]
        if each not in there and len(alike) > 1:
            reason = f"has no column {each!r}, and more than one in other letters: {', '.join(alike)}"
            raise UsageError.one(
                name, reason, "call the column in the class as the table does: `Column(...)`"
            )
        real[each] = each if each in there else next(iter(alike), "")
    missing = [each for each, found in real.items() if not found]
    if missing:
        reason = f"has no column {', '.join(map(repr, missing))}; it has {', '.join(there)}"
        raise UsageError.one(name, reason, "compare them: `franca check --source`")
    return real
