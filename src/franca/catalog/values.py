"""How the columns of a table are asked for, so that they mean the same whichever driver brings them."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.inspection import inspect

from franca.catalog.own_names import own_column


class Values:
    """Values of a database whose driver gives them as captures write them; others derive from it.

    A `kind` is a column's type as SQLAlchemy tells it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def prepare(self) -> None:
        """Have the connection give values that depend on nothing that is set for its session."""

    def kinds(self, schema: str, table: str) -> dict[str, object]:
        """Return the type of each column of a table, by the column's real name."""
        found = inspect(self._connection).get_columns(table, schema or None)
        return {own_column(self._connection.dialect, each["name"]): each["type"] for each in found}

    def asked(self, column: ColumnElement[Any], kind: object) -> ColumnElement[Any]:  # noqa: ARG002 - of any
        """Return what to ask for a column."""
        return column

    def ordered(self, column: ColumnElement[Any], kind: object) -> ColumnElement[Any]:  # noqa: ARG002 - of any
        """Return what rows are ordered by for a column."""
        return column

    def reader(self, kind: object) -> Callable[[Any], Any] | None:  # noqa: ARG002 - of any
        """Return what makes a column's value of what was asked for, None where it is that already."""
        return None

    def let_go(self, cursor: DBAPICursor | None) -> None:
        """Have a cursor read no more whose connection is lost."""
