"""What a message's key tells about its row: a JSON object, one in a schema envelope, or the bare value."""

from collections.abc import Callable, Mapping

import msgspec

from franca.errors import DecodeError
from franca.formats.change import Wanted
from franca.formats.columns import Columns
from franca.formats.connect import semantics_of
from franca.formats.refusal import BAD_JSON
from franca.model.entity import Table
from franca.model.shape import shape_of

_cells = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def key_reader(wanted: Wanted) -> Callable[[bytes | None], msgspec.Struct | None]:
    """Return a function from a message's key to a row of what it tells, None where it tells nothing.

    It never raises: a key that can't be read tells nothing, and who needs it says what is missing.
    """
    keys = shape_of(wanted.table).keys
    plain = Columns(wanted.table, wanted.before, zone=wanted.zone)
    only = keys[0] if len(keys) == 1 else None

    def read(key: bytes | None) -> msgspec.Struct | None:
        if not key:
            return None
        try:
            cells = _cells(key)
        except BAD_JSON:
            return bare(key)
        try:
            if cells.keys() == {"schema", "payload"}:
                semantics = semantics_of(bytes(cells["schema"]), "")
                return Columns(wanted.table, wanted.before, semantics, wanted.zone).read(
                    _cells(cells["payload"])
                )
            return known(plain.read(cells, nulls_are_absent=True))
        except (*BAD_JSON, DecodeError):
            return None

    def bare(key: bytes) -> msgspec.Struct | None:
        if only is None:
            return None
        try:
            msgspec.json.decode(key)
            text = key
        except BAD_JSON:
            text = msgspec.json.encode(key.decode(errors="replace"))
        for cell in (text, msgspec.json.encode(key.decode(errors="replace"))):
            try:
                return known(plain.read({only.column: msgspec.Raw(cell)}))
            except DecodeError:
                continue
        return None

    def known(row: msgspec.Struct) -> msgspec.Struct | None:
        return row if any(getattr(row, name) is not msgspec.UNSET for name in row.__struct_fields__) else None

    return read


def merged(row: msgspec.Struct | None, key: msgspec.Struct | None) -> msgspec.Struct | None:
    """Return the row with what it lacks taken from the key's row; either may be missing."""
    if row is None or key is None:
        return row or key
    values: Mapping[str, object] = {
        name: getattr(key, name) if getattr(row, name) is msgspec.UNSET else getattr(row, name)
        for name in row.__struct_fields__
    }
    return type(row)(**values)


def is_incomplete(row: msgspec.Struct | None) -> bool:
    """Return whether the row is missing or lacks one of its columns."""
    return row is None or any(getattr(row, name) is msgspec.UNSET for name in row.__struct_fields__)


def key_only(before: msgspec.Struct, table: type[Table]) -> msgspec.Struct:
    """Return the row before without its nulls if it holds nothing but its key.

    PostgreSQL sends the key alone unless told otherwise, and Debezium writes what was not sent as null.
    """
    keys = {key.name for key in shape_of(table).keys}
    others = [name for name in before.__struct_fields__ if name not in keys]
    if any(
        getattr(before, name) is not None and getattr(before, name) is not msgspec.UNSET for name in others
    ):
        return before
    return type(before)(**{name: getattr(before, name) for name in before.__struct_fields__ if name in keys})
