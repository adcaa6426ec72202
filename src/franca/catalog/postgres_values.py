"""Columns of PostgreSQL as the texts and numbers that captures write: documents, ranges, moments, money.

What a server, a database or an account has set for its sessions changes none of them.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Enum, Integer, Numeric, Text, cast, type_coerce, types
from sqlalchemy.dialects import postgresql

from franca.catalog.moments import moment_reader
from franca.catalog.own_types import UNKNOWN, own_types
from franca.catalog.values import Values

_SETTINGS = (
    "SET TIME ZONE 'UTC'",
    "SET datestyle = ISO",
    "SET intervalstyle = postgres",
    "SET extra_float_digits = 3",
)
_RANGES = ("int4", "int8", "num", "date", "ts", "tstz")
_TEXTS = (
    "json",
    "jsonb",
    "interval",
    "inet",
    "cidr",
    "numeric",
    *("date", "time", "timetz", "timestamp", "timestamptz"),
    *(f"{name}{kind}" for name in _RANGES for kind in ("range", "multirange")),
)
_MOMENT = re.compile(
    r"(?P<kind>time|timestamp)(?:\((?P<digits>[0-6])\))? (?P<zone>with|without) time zone(?P<list>(?:\[\])*)"
)
_NOT_KNOWN = (types.NullType, Enum, postgresql.CITEXT, postgresql.HSTORE)
"""Types whose arrays the driver gives as one text."""


class PostgresValues(Values):
    """Nothing that a server, a database or an account has set for its sessions changes a value."""

    def prepare(self) -> None:
        """Have the connection write all in one way, and give as text what the driver would make an object of.

        Other drivers than psycopg make their objects.
        """
        for setting in _SETTINGS:
            self._connection.exec_driver_sql(setting)
        if self._connection.dialect.driver == "psycopg":
            _read_as_written(self._connection.connection.driver_connection)

    def kinds(self, schema: str, table: str) -> dict[str, object]:
        """Return the types of a table's columns by PostgreSQL's own names where SQLAlchemy knows too little.

        Arrays of what it does not know are arrays, and moments of a domain have their zone and precision.
        """
        kinds, connection = super().kinds(schema, table), self._connection
        if not any(isinstance(_item(kind), types.NullType | postgresql.DOMAIN) for kind in kinds.values()):
            return kinds
        told = own_types(connection, "postgres", schema or connection.dialect.default_schema_name or "")
        return {name: _told(kind, told.get((table, name), UNKNOWN).name) for name, kind in kinds.items()}

    def asked(self, column: ColumnElement[Any], kind: object) -> ColumnElement[Any]:
        """Return what to ask for a column, so that the driver can read it.

        Money has no signs of a currency and of thousands, a single bit is a boolean, and the items of an
        array are those of a type that the driver knows.
        """
        made = _made(column, _bare(kind))
        return column if made is column else type_coerce(made, types.NullType())

    def ordered(self, column: ColumnElement[Any], kind: object) -> ColumnElement[Any]:
        """Return what rows are ordered by for a column: its text where the type has no order."""
        bare = _bare(kind)
        item = _bare(bare.item_type) if isinstance(bare, types.ARRAY) else bare
        has_none = isinstance(item, types.JSON | types.NullType | postgresql.JSONPATH)
        return cast(column, Text) if has_none else column

    def reader(self, kind: object) -> Callable[[Any], Any] | None:
        """Return what makes a column's value of what was asked for, None where it is that already."""
        bare = _bare(kind)
        if not isinstance(bare, types.ARRAY):
            return _where_text(moment_reader(bare))
        read = _where_text(moment_reader(_bare(bare.item_type)))
        return read and partial(_in_list, read)


def _read_as_written(driver: Any) -> None:
    from psycopg.types.string import TextLoader

    for name in _TEXTS:
        driver.adapters.register_loader(driver.adapters.types[name].oid, TextLoader)


def _told(kind: Any, name: str) -> Any:
    if isinstance(kind, types.NullType):
        return postgresql.ARRAY(kind) if name.endswith("[]") else kind
    domain, found = _item(kind), _MOMENT.fullmatch(name)
    if not isinstance(domain, postgresql.DOMAIN) or found is None:
        return kind
    of = postgresql.TIME if found["kind"] == "time" else postgresql.TIMESTAMP
    digits = int(found["digits"]) if found["digits"] else None
    made: Any = of(timezone=found["zone"] == "with", precision=digits)
    if kind is not domain:
        return postgresql.ARRAY(postgresql.DOMAIN(str(domain.name), made))
    return postgresql.DOMAIN(str(domain.name), postgresql.ARRAY(made) if found["list"] else made)


def _item(kind: Any) -> Any:
    return kind.item_type if isinstance(kind, types.ARRAY) else kind


def _made(column: ColumnElement[Any], kind: object) -> ColumnElement[Any]:
    """Return what to ask for a column of a type that is no domain; the column itself where it can be read.

    >>> from sqlalchemy import column
    >>> str(_made(column("c"), postgresql.MONEY()))
    'CAST(c AS NUMERIC)'
    """
    match kind:
        case postgresql.MONEY():
            return cast(column, Numeric)
        case postgresql.BIT(length=1, varying=False):
            return cast(cast(column, Integer), Boolean)
        case types.ARRAY(item_type=postgresql.MONEY()):
            return cast(column, postgresql.ARRAY(Numeric))
        case types.ARRAY(item_type=postgresql.BIT(length=1, varying=False)):
            return cast(cast(column, postgresql.ARRAY(Integer)), postgresql.ARRAY(Boolean))
        case types.ARRAY(item_type=postgresql.DOMAIN() as domain):
            items = postgresql.ARRAY(_bare(domain))
            return _made(cast(column, items), items)
        case types.ARRAY(item_type=item) if isinstance(item, _NOT_KNOWN):
            return cast(column, postgresql.ARRAY(Text))
    return column


def _bare(kind: Any) -> Any:
    """Return a type, that of its base where it is a domain."""
    while isinstance(kind, postgresql.DOMAIN):
        kind = kind.data_type
    return kind


def _where_text(read: Callable[[str], str] | None) -> Callable[[Any], Any] | None:
    """Return what reads texts and lets everything else be: nulls, and objects of other drivers."""
    return read and (lambda value: read(value) if isinstance(value, str) else value)


def _in_list(read: Callable[[Any], Any], value: Any) -> Any:
    return [_in_list(read, each) for each in value] if isinstance(value, list) else read(value)
