"""Columns of MySQL and MariaDB as texts and numbers that mean the same whichever driver brings them.

Left alone, a driver gives null for the day 0000-00-00, a duration for a time of day, bytes for bits, a float
of six digits, and moments in the time zone of the session.
"""

import struct
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, literal_column
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Connection

_AS_TEXT = (mysql.DATE, mysql.DATETIME, mysql.TIME, mysql.SET, mysql.ENUM)
_FLOAT_DIGITS = range(6, 10)


def is_mysql(connection: Connection) -> bool:
    """Return whether a connection is one to MySQL or MariaDB."""
    return connection.dialect.name in ("mysql", "mariadb")


def have_moments_in_utc(connection: Connection) -> None:
    """Have a connection give the moments of `timestamp` columns in UTC."""
    connection.exec_driver_sql("SET time_zone = '+00:00'")


def selected(column: ColumnElement[Any], kind: object) -> ColumnElement[Any]:
    """Return what to ask for a column of a type: what is a moment as it is written, with `Z` where in UTC."""
    if isinstance(kind, mysql.TIMESTAMP):
        return func.concat(cast(column, String), "Z")
    if isinstance(kind, mysql.BIT):
        return cast(column, mysql.INTEGER(unsigned=True))
    if isinstance(kind, mysql.FLOAT):
        return column + literal_column("0e0")
    return cast(column, String) if isinstance(kind, _AS_TEXT) else column


def value_of(value: object, kind: object) -> object:
    """Return the value of a column of a type, as it was asked for.

    >>> value_of(1.2345677614212036, mysql.FLOAT())
    1.2345678
    """
    return _shortest(value) if isinstance(kind, mysql.FLOAT) and isinstance(value, float) else value


def _shortest(value: float) -> float:
    """Return the shortest number that means the same float of four bytes, as captures write it."""
    whole = struct.pack("f", value)
    near = (float(f"{value:.{digits}g}") for digits in _FLOAT_DIGITS)
    return next((each for each in near if struct.pack("f", each) == whole), value)
