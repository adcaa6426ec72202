"""What databases call their types: the kind of a column's values where a message names its type."""

import re
from functools import lru_cache

from franca.model.kind import Kind

_NAME = re.compile(r"[a-z]+(?: [a-z]+)*")
_MYSQL = {
    **dict.fromkeys(
        ["tinyint", "smallint", "mediumint", "int", "integer", "bigint", "serial", "year"], Kind.INTEGER
    ),
    **dict.fromkeys(["decimal", "numeric", "dec", "fixed"], Kind.DECIMAL),
    **dict.fromkeys(["float", "double", "real", "double precision"], Kind.FLOAT),
    **dict.fromkeys(["datetime", "timestamp"], Kind.TIMESTAMP),
    **dict.fromkeys(["binary", "varbinary", "blob", "tinyblob", "mediumblob", "longblob"], Kind.BYTES),
    "date": Kind.DATE,
    "time": Kind.TIME,
    "bool": Kind.BOOLEAN,
    "boolean": Kind.BOOLEAN,
}
_JDBC = {
    **dict.fromkeys([-6, 5, 4, -5], Kind.INTEGER),
    **dict.fromkeys([2, 3], Kind.DECIMAL),
    **dict.fromkeys([6, 7, 8], Kind.FLOAT),
    **dict.fromkeys([-2, -3, -4, 2004], Kind.BYTES),
    91: Kind.DATE,
    92: Kind.TIME,
    93: Kind.TIMESTAMP,
}
_POSTGRES = {
    **dict.fromkeys(["smallint", "integer", "bigint"], Kind.INTEGER),
    "numeric": Kind.DECIMAL,
    **dict.fromkeys(["real", "double precision"], Kind.FLOAT),
    **dict.fromkeys(["timestamp", "timestamp with time zone", "timestamp without time zone"], Kind.TIMESTAMP),
    **dict.fromkeys(["time", "time without time zone"], Kind.TIME),
    "date": Kind.DATE,
    "boolean": Kind.BOOLEAN,
    "bytea": Kind.BYTES,
    "uuid": Kind.UUID,
}


@lru_cache(maxsize=4096)
def kind_of_mysql(name: str) -> Kind | None:
    """Return the kind of a MySQL type such as `int(11) unsigned`, None for one whose text is its value.

    >>> kind_of_mysql("DECIMAL(10,2)")
    <Kind.DECIMAL: 'decimal'>
    """
    found = _NAME.match(name.lower())
    words = found[0] if found else ""
    return _MYSQL.get(words) or _MYSQL.get(words.partition(" ")[0])


def kind_of_jdbc(code: int) -> Kind | None:
    """Return the kind of a type of `java.sql.Types`, None for one whose text is its value."""
    return _JDBC.get(code)


@lru_cache(maxsize=4096)
def kind_of_postgres(name: str) -> Kind | None:
    """Return the kind of a PostgreSQL type such as `numeric(5,3)`, None for one whose text is its value."""
    return _POSTGRES.get(re.sub(r"\([0-9, ]*\)", "", name))
