"""What a message's key tells about its row: a JSON object, one in a schema envelope, or the bare value."""

from collections.abc import Callable, Collection, Mapping

import msgspec
from msgspec import structs

from franca.errors import DecodeError
from franca.formats.change import Cells, Loose, Wanted
from franca.formats.columns import Columns
from franca.formats.connect import semantics_of
from franca.formats.refusal import BAD_JSON
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
        if not key or not is_text(key):
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
            text = msgspec.json.encode(key.decode())
        for cell in (text, msgspec.json.encode(key.decode())):
            try:
                return known(plain.read({only.column: msgspec.Raw(cell)}))
            except DecodeError:
                continue
        return None

    def known(row: msgspec.Struct) -> msgspec.Struct | None:
        return row if any(getattr(row, name) is not msgspec.UNSET for name in row.__struct_fields__) else None

    return read


def is_text(key: bytes) -> bool:
    """Return whether a key is UTF-8. One that is not tells nothing: with its bytes replaced it is another."""
    try:
        key.decode()
    except UnicodeDecodeError:
        return False
    return True


def cells_of_key(key: bytes | None) -> Cells | None:
    """Return the cells of a message's key that is an object, maybe in a schema envelope, else None."""
    if not is_text(key or b""):
        return None
    try:
        cells = _cells(key or b"")
        return _cells(cells["payload"]) if cells.keys() == {"schema", "payload"} else cells
    except BAD_JSON:
        return None


def with_key(found: Loose, key: bytes | None) -> Loose:
    """Return a change; a delete that says nothing of its row has the cells of the message's key."""
    if found.operation != "delete" or found.before or found.key:
        return found
    cells = cells_of_key(key)
    return structs.replace(found, key=cells, keys=tuple(found.keys or cells)) if cells else found


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
    return row is None or msgspec.UNSET in msgspec.structs.astuple(row)


FILLED = frozenset(
    {None, 0, "", "{}", "0", "0.0", "0.00", "AA==", "1970-01-01T00:00:00Z", "00:00:00Z", msgspec.UNSET}
)
"""What Debezium writes for a value that PostgreSQL did not send: null, or naught where null may not be."""
_RAW_FILLED = {msgspec.json.encode(value) for value in FILLED if value is not msgspec.UNSET} | {
    b"false",
    b"0.0",
    b"[]",
}


def sent(
    before: Mapping[str, msgspec.Raw], after: Mapping[str, msgspec.Raw] | None, keys: Collection[str]
) -> Mapping[str, msgspec.Raw]:
    """Return the cells of a row before that PostgreSQL did send: all of them, or those of the key.

    It sends the key alone unless told otherwise, with an update only where the key has changed.
    """
    if after is not None and all(before.get(key) == after.get(key) for key in keys):
        return before
    if any(bytes(cell) not in _RAW_FILLED for name, cell in before.items() if name not in keys):
        return before
    return {name: cell for name, cell in before.items() if name in keys}
