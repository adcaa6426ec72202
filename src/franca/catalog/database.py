"""A database's own catalog, read through SQLAlchemy: one file for whatever database it reaches."""

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text, types
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.engine import URL, Connection, Engine, Inspector, make_url
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SAWarning, SQLAlchemyError
from sqlalchemy.inspection import inspect

from franca.catalog.ddl.columns import domain_type, type_name
from franca.catalog.ddl.dialects import DIALECTS
from franca.catalog.ddl.words import words_of
from franca.catalog.own_names import own_column, own_name
from franca.catalog.own_types import UNKNOWN, OwnType, own_types, virtual_tables
from franca.catalog.sqltype import column_type
from franca.catalog.table import Catalog, ColumnType, SourceColumn, SourceTable, keyed
from franca.errors import UnavailableError, UsageError
from franca.model.kind import Kind

SERVICE = "source"
logging.getLogger("sqlalchemy").addHandler(logging.NullHandler())  # else it tells on its own what is raised
_NOT_ALLOWED = "42501"
_DRIVERS = {
    "MySQLdb": "pip install mysqlclient, or write mysql+pymysql:// and pip install pymysql",
    "pyodbc": "pip install pyodbc, or write mssql+pymssql:// and pip install pymssql",
    "cx_Oracle": "write oracle+oracledb:// and pip install oracledb",
    "oracledb": "pip install oracledb",
    "psycopg": "pip install 'franca[catalog]'",
}
_PARTITIONS = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = :schema AND c.relispartition AND c.relkind IN ('r', 'p', 'f') ORDER BY c.relname
"""


def _is_sqlite(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return file.read(16) == b"SQLite format 3\0"
    except OSError:
        return False


def read_catalog(address: str, schemas: Sequence[str] = ()) -> Catalog:
    """Return the tables of a database's schemas, its default one where none is named.

    Raises UsageError for an address that means no database or needs a driver that is not there,
    UnavailableError where the database does not answer or refuses.
    """
    url = url_of(address)
    engine = engine_of(url)
    try:
        with warnings.catch_warnings(), engine.connect() as connection:
            warnings.simplefilter("ignore", SAWarning)
            return _Reader(connection, url).catalog(schemas)
    except (DBAPIError, OSError) as error:
        raise away(url, error) from error
    except SQLAlchemyError as error:
        raise UnavailableError(
            SERVICE, _first_line(error), "check the address and what it may read"
        ) from error
    finally:
        engine.dispose()


def shown(address: str) -> str:
    """Return the address of a database for people to read: without login, options and driver."""
    return _bare(_parsed(address))


def _bare(url: URL) -> str:
    bare = URL.create(url.get_backend_name(), host=url.host, port=url.port, database=url.database)
    return bare.render_as_string()


def url_of(address: str) -> URL:
    """Return the address of a database. Raises UsageError for what is none."""
    if _is_sqlite(address):
        return make_url(f"sqlite:///{address}")
    url = _parsed(address)
    if url.drivername == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    is_file = url.get_backend_name() == "sqlite" and url.database and not url.database.startswith("file:")
    if is_file and not Path(str(url.database)).exists():
        raise UsageError.one(str(url.database), "no such file", "check the path")
    return url


def _parsed(address: str) -> URL:
    try:
        return make_url(address.replace("postgres://", "postgresql://", 1))
    except (ArgumentError, ValueError) as error:
        expected = "expected one such as postgresql://user@host:5432/database"
        raise UsageError.one("source", f"the address can't be read, {expected}", "check it") from error


def engine_of(url: URL) -> Engine:
    """Return what connects to a database. Raises UsageError where its dialect or driver is not here."""
    told = {"client_encoding": "utf8"} if url.drivername == "postgresql+psycopg" else {}
    try:
        return create_engine(url, connect_args=told)
    except NoSuchModuleError as error:
        known = (
            "postgresql, mysql, mariadb, oracle, mssql, sqlite, or one whose SQLAlchemy dialect is installed"
        )
        reason = f"SQLAlchemy knows no database {url.drivername!r}, expected {known}"
        raise UsageError.one("source", reason, "check the address, or install its dialect") from error
    except ModuleNotFoundError as error:
        name = error.name or url.drivername
        remedy = _DRIVERS.get(name, f"pip install the package that brings {name!r}")
        raise UsageError.one(
            "source", f"{url.drivername} needs the driver {name!r}, which is not here", remedy
        ) from error


def away(url: URL, error: Exception) -> UnavailableError:
    """Return why a database does not answer or refuses, without its password."""
    remedy = "check the address, and that this account may read the catalog"
    return UnavailableError(SERVICE, _reason(url, error), remedy)


def broken_off(url: URL, error: Exception) -> UnavailableError:
    """Return why a database gives no rows of a table, or no more: it is gone, or ended the query."""
    remedy = "begin again, where this account may read the table for as long as that takes"
    return UnavailableError(SERVICE, _reason(url, error), remedy)


def refused(url: URL, name: str, error: DBAPIError) -> UnavailableError | UsageError:
    """Return why a database does not give the rows of a table, or what is to be given first."""
    if getattr(error.orig, "sqlstate", "") == _NOT_ALLOWED:
        return away(url, error)
    remedy = "leave the column out of the class, or write the rows to a file"
    return UsageError.one(name, f"the database can't give its rows: {_reason(url, error)}", remedy)


def _reason(url: URL, error: Exception) -> str:
    reason = _first_line(getattr(error, "orig", None) or error)
    return reason.replace(str(url.password), "•••") if url.password else reason


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).partition("\n")[0]


class _Reader:
    """Reads one connection's schemas; all tables of a schema at once, whose number does not matter then."""

    def __init__(self, connection: Connection, url: URL) -> None:
        self._connection = connection
        self._inspector: Inspector = inspect(connection)
        self._url = url
        self._dialect = DIALECTS.get(url.get_backend_name(), url.get_backend_name())

    def catalog(self, schemas: Sequence[str]) -> Catalog:
        there = self._inspector.get_schema_names()
        tables: list[SourceTable] = []
        skipped: list[str] = []
        wanted: Sequence[str | None] = schemas or (None,)
        for schema in wanted:
            found = next((each for each in there if schema and each.lower() == schema.lower()), None)
            if schema and found is None:
                known = ", ".join(there) or "none"
                raise UsageError.one(schema, f"no such schema, the database has: {known}", "check the name")
            tables += self._tables(found, skipped)
        origin = f"{_bare(self._url)}, {self._dialect}"
        return Catalog(origin, tuple(tables), tuple(skipped))

    def _tables(self, schema: str | None, skipped: list[str]) -> Iterator[SourceTable]:
        inspector = self._inspector
        columns = inspector.get_multi_columns(schema, kind=ObjectKind.TABLE)
        primary = inspector.get_multi_pk_constraint(schema, kind=ObjectKind.TABLE)
        indexes = inspector.get_multi_indexes(schema, kind=ObjectKind.TABLE)
        unique = inspector.get_multi_unique_constraints(schema, kind=ObjectKind.TABLE)
        comments = self._comments(schema)
        name_of_schema = schema or inspector.default_schema_name or ""
        views = len(inspector.get_view_names(schema)) + self._materialized(schema)
        if views:
            skipped.append(f"{views} views")
        partitions = self._partitions(name_of_schema)
        if partitions:
            skipped.append(f"{len(partitions)} partitions: {', '.join(sorted(partitions))}")
        virtual = virtual_tables(self._connection, self._dialect, name_of_schema)
        if "virtual" in virtual.values():
            skipped.append(f"{sum(kind == 'virtual' for kind in virtual.values())} virtual tables")
        told = own_types(self._connection, self._dialect, name_of_schema)
        for key in columns:
            name = key[1]
            if name in partitions or name in virtual:
                continue
            made = tuple(self._column(each, told.get((name, each["name"]), UNKNOWN)) for each in columns[key])
            real = own_name(self._inspector.dialect, name)
            table = SourceTable(real, made, (), name_of_schema, comments.get(name, ""))
            key_of: Mapping[str, Any] = dict(primary.get(key) or {})
            keys = key_of.get("constrained_columns") or []
            indexed = [*_unique(indexes.get(key) or []), *_unique(unique.get(key) or [], always=True)]
            yield keyed(
                table,
                [self._column_name(each) for each in keys],
                [(index, [self._column_name(each) for each in cs]) for index, cs in indexed],
            )

    def _materialized(self, schema: str | None) -> int:
        try:
            return len(self._inspector.get_materialized_view_names(schema))
        except NotImplementedError:
            return 0

    def _comments(self, schema: str | None) -> Mapping[str, str]:
        try:
            found = self._inspector.get_multi_table_comment(schema, kind=ObjectKind.TABLE)
        except NotImplementedError:
            return {}
        return {name: comment.get("text") or "" for (_, name), comment in found.items() if comment}

    def _partitions(self, schema: str) -> frozenset[str]:
        if self._dialect != "postgres":
            return frozenset()
        return frozenset(self._connection.scalars(text(_PARTITIONS), {"schema": schema}))

    def _column(self, column: Mapping[str, Any], told: OwnType) -> SourceColumn:
        name = self._column_name(column["name"])
        kind = self._type(column["type"], told.name)
        nullable = bool(column.get("nullable", True)) and not told.is_required
        return SourceColumn(name, kind, nullable, column.get("comment") or "")

    def _column_name(self, name: str) -> str:
        return own_column(self._inspector.dialect, name)

    def _type(self, found: Any, told: str) -> ColumnType:
        if isinstance(found, types.Enum):
            name = found.name or ""
            return ColumnType(Kind.ENUM, labels=tuple(found.enums), enum=name, told=name or "enum")
        if isinstance(found, types.ARRAY):
            if told.count("[]") > 1 or (found.dimensions or 1) > 1:
                return ColumnType(Kind.TEXT, told=told, remark=told)
            return ColumnType(Kind.LIST, item=self._type(found.item_type, told.removesuffix("[]")), told=told)
        if isinstance(found, DOMAIN):
            return domain_type(str(found.name), self._type(found.data_type, told))
        return self._of_text(found, told)

    def _of_text(self, found: Any, told: str) -> ColumnType:
        """Return the type by its text, as in DDL: one table of names serves both."""
        if not told:
            try:
                told = str(found.compile(dialect=self._inspector.dialect))
            except SQLAlchemyError:
                told = "" if isinstance(found, types.NullType) else type(found).__name__
        return column_type(type_name(words_of(told, self._dialect)), self._dialect, {})


def _unique(indexes: Sequence[Mapping[str, Any]], *, always: bool = False) -> Iterator[tuple[str, list[str]]]:
    """Yield each unique index of columns, of all rows, with its name."""
    for index in indexes:
        columns = index.get("column_names") or []
        options = index.get("dialect_options") or {}
        is_partial = any(name.endswith("_where") for name in options)
        if (always or index.get("unique")) and all(columns) and not is_partial:
            yield index.get("name") or "_".join(columns), list(columns)
