"""The formats there are, in the order in which `auto` asks them: a new one is one file and one line here."""

from franca.errors import DefinitionError
from franca.formats.auto import Auto
from franca.formats.canal import Canal
from franca.formats.change import Format
from franca.formats.copybook.format import CopybookFormat
from franca.formats.csv import CsvFormat
from franca.formats.dataworks import Dataworks
from franca.formats.debezium import Debezium
from franca.formats.dms import Dms
from franca.formats.fixed import FixedFormat
from franca.formats.flattened import Flattened
from franca.formats.forwarded import Forwarded
from franca.formats.goldengate import GoldenGate
from franca.formats.maxwell import Maxwell
from franca.formats.plain import Plain
from franca.formats.qlik import Qlik
from franca.formats.registered import Registered
from franca.formats.shareplex import Shareplex
from franca.formats.wal2json import Wal2json
from franca.model.entity import Table
from franca.model.layouts import Csv, Fixed, Layout
from franca.model.shape import shape_of
from franca.schemas.frame import Schemas

_INNER: tuple[Format, ...] = (
    Debezium(),
    Maxwell(),
    Canal(),
    GoldenGate(),
    Dms(),
    Qlik(),
    Wal2json(),
    Shareplex(),
    Dataworks(),
    Flattened(),
    Plain(),
)
FORMATS: tuple[Format, ...] = (Forwarded(Auto(_INNER)), *_INNER)
AUTO = Auto(FORMATS)
DECLARED: tuple[Format, ...] = (CsvFormat(), FixedFormat(), CopybookFormat())
"""Formats that nothing in a message gives away: whoever wants them says so."""


def format_named(name: str, schemas: Schemas | None = None) -> Format:
    """Return a format by its name, `auto` included. Raises DefinitionError naming those there are.

    With `schemas`, its messages may stand behind a schema registry; those that are no JSON never do.
    """
    for each in (AUTO, *FORMATS):
        if each.name == name:
            return each if schemas is None else Registered(each, schemas)
    for each in DECLARED:
        if each.name == name:
            return each
    known = ", ".join(["auto", *(each.name for each in (*FORMATS, *DECLARED))])
    raise DefinitionError.one("format", f"no such format: {name!r}", f"expected one of {known}")


def format_for(table: type[Table], name: str = "", schemas: Schemas | None = None) -> Format:
    """Return the format of a table's messages: the one named, else what its class says, else `auto`."""
    return format_named(name or told_by(table) or AUTO.name, schemas)


def told_by(table: type[Table]) -> str:
    """Return the name of the format that a table's class names, empty where it names none."""
    told = shape_of(table).format
    return told if isinstance(told, str) else told.name if told is not None else ""


def format_of_layout(layout: Layout) -> Format:
    """Return the format of records that are laid out like this, whatever a table says of its own."""
    if isinstance(layout, Csv):
        return CsvFormat(layout)
    return FixedFormat(layout) if isinstance(layout, Fixed) else CopybookFormat(layout)
