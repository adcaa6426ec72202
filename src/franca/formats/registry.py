"""The formats there are, in the order in which `auto` asks them: a new one is one file and one line here."""

from franca.errors import DefinitionError
from franca.formats.auto import Auto
from franca.formats.canal import Canal
from franca.formats.change import Format
from franca.formats.debezium import Debezium
from franca.formats.dms import Dms
from franca.formats.flattened import Flattened
from franca.formats.forwarded import Forwarded
from franca.formats.goldengate import GoldenGate
from franca.formats.maxwell import Maxwell
from franca.formats.plain import Plain
from franca.formats.qlik import Qlik
from franca.formats.registered import Registered
from franca.formats.shareplex import Shareplex
from franca.formats.wal2json import Wal2json
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
    Flattened(),
    Plain(),
)
FORMATS: tuple[Format, ...] = (Forwarded(Auto(_INNER)), *_INNER)
AUTO = Auto(FORMATS)


def format_named(name: str, schemas: Schemas | None = None) -> Format:
    """Return a format by its name, `auto` included. Raises DefinitionError naming those there are.

    With `schemas`, its messages may stand behind a schema registry.
    """
    for each in (AUTO, *FORMATS):
        if each.name == name:
            return each if schemas is None else Registered(each, schemas)
    known = ", ".join(["auto", *(each.name for each in FORMATS)])
    raise DefinitionError.one("format", f"no such format: {name!r}", f"expected one of {known}")
