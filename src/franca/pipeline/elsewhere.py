"""Messages about other tables among a table's lines: they are left out with a note, and are no problems."""

import re

from msgspec import UNSET

from franca.errors import RecordError
from franca.formats.change import Change, Decoded, Format
from franca.mapping.application import Application
from franca.model.entity import Table
from franca.model.shape import shape_of
from franca.types import Record


class Elsewhere:
    """Finds the other table that a message is about: another one of the application, or an unknown one.

    A message may call the table otherwise than its declaration does. So what names no table of the
    application is the declared table's, unless its row has none of the columns.
    """

    def __init__(self, application: Application, table: type[Table], chosen: Format) -> None:
        self._own = shape_of(table).name.lower()
        self._others = {shape_of(each).name.lower() for each in application.tables} - {self._own}
        names = b"|".join(re.escape(name.encode()) for name in self._others)
        self._mentions = re.compile(names, re.IGNORECASE).search if names else None
        self._format = chosen
        self._met: set[str] = set()

    def is_new(self, name: str) -> bool:
        """Return whether a table is met for the first time."""
        count = len(self._met)
        self._met.add(name)
        return len(self._met) > count

    def declared(self, record: Record) -> str:
        """Return the other table of the application that a record names, empty where it names none."""
        if self._mentions is None or record.value is None or not self._mentions(record.value):
            return ""
        name = self._format.table_of(record) or ""
        return name if name.lower() in self._others else ""

    def unknown(self, record: Record, found: "Decoded | RecordError") -> str:
        """Return the table that a record names whose row has none of the columns, empty for any other."""
        is_strange = found.code == "wrong-shape" if isinstance(found, RecordError) else _is_empty(found)
        name = (self._format.table_of(record) or "") if is_strange else ""
        return "" if name.lower() == self._own else name


def _is_empty(found: Decoded) -> bool:
    if not isinstance(found, Change) or found.after is None:
        return False
    row = found.after
    return all(getattr(row, name) is UNSET for name in row.__struct_fields__)
