"""Columns of MySQL and MariaDB as texts and numbers that mean the same whichever driver brings them.

Left alone, a driver gives null for the day 0000-00-00, a duration for a time of day, bytes for bits, a float
of six digits, and moments in the time zone of the session.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, String, case, cast, func, literal_column
from sqlalchemy.dialects import mysql
from sqlalchemy.engine.interfaces import DBAPICursor

from franca.catalog.values import Values
from franca.formats.numbers import shortest

_AS_TEXT = (mysql.DATE, mysql.DATETIME, mysql.TIME, mysql.SET, mysql.ENUM)


class MySqlValues(Values):
    """What is a moment comes as it is written, with `Z` where in UTC; bits as a number."""

    def prepare(self) -> None:
        """Have the connection give the moments of `timestamp` columns in UTC."""
        self._connection.exec_driver_sql("SET time_zone = '+00:00'")

    def asked(self, column: ColumnElement[Any], kind: object) -> ColumnElement[Any]:
        """Return what to ask for a column."""
        if isinstance(kind, mysql.TIMESTAMP):
            written = func.concat(cast(column, String), "Z")
            return case((column.is_not(None), written))  # in ORACLE's mode, null is an empty text to concat
        if isinstance(kind, mysql.BIT):
            return cast(column, mysql.INTEGER(unsigned=True))
        if isinstance(kind, mysql.FLOAT):
            return column + literal_column("0e0")
        return cast(column, String) if isinstance(kind, _AS_TEXT) else column

    def reader(self, kind: object) -> Callable[[Any], Any] | None:
        """Return what makes a column's value of what was asked for, None where it is that already."""
        return _shortest if isinstance(kind, mysql.FLOAT) else None

    def let_go(self, cursor: DBAPICursor | None) -> None:
        """Have PyMySQL read no more of a lost connection: it would tell on stderr that it can't."""
        result: Any = getattr(cursor, "_result", None)
        if hasattr(result, "unbuffered_active"):
            result.unbuffered_active = False


def _shortest(value: object) -> object:
    return shortest(value) if isinstance(value, float) else value
