"""What to do where a message is not as its table is declared: a column that is absent, retyped, or null."""

from collections.abc import Collection

import msgspec

from franca.errors import DecodeError, MapError, RecordError
from franca.formats.change import Format, Loose, Skip
from franca.formats.keys import cells_of_key
from franca.model.entity import Table
from franca.model.renaming import likely
from franca.model.shape import Shape, shape_of
from franca.types import Record

ABSENT = "absent-input"
CHANGED = {
    "wrong-type": "if the column was retyped, correct its declaration",
    "null": "if the column may be null now, declare it with `| None`",
}
"""What to do about a value that is not of its column's declared type, by code."""
EXPLAINED = frozenset({ABSENT, *CHANGED})
_SHOWN = 8


def explained(error: RecordError, record: Record, table: type[Table], chosen: Format) -> RecordError:
    """Return a problem of a declared column with what the message shows of its cause, and what to do.

    A column that is absent may have gone, or be called otherwise, or not have been sent: the message tells
    which. Any other problem is returned as it is.
    """
    shape = shape_of(table)
    remedy = CHANGED.get(error.code)
    if remedy and error.path in {field.column for field in shape.fields}:
        return DecodeError(error.path, f"{error.reason}; {remedy}", error.code)
    if error.code != ABSENT:
        return error
    reason = _reason(error, record, shape, chosen)
    return MapError(error.path, reason, ABSENT) if reason else error


def _reason(error: RecordError, record: Record, shape: Shape, chosen: Format) -> str:
    field = next((each for each in shape.fields if each.name == error.path), None)
    found = _first(record, chosen)
    if found is None:
        return ""
    if field is None or found.operation == "delete":
        return _reason_of_key(error, record, found, shape)
    column = field.column
    if column in _named(found):
        remedy = "let the capture send whole rows"
        return f"the message has no value for the column {column!r}, which the mapping mentions; {remedy}"
    declared = {each.column for each in shape.fields}
    now = likely(column, _named(found) - declared)
    start = f"the message lacks the column {column!r}, which the mapping mentions"
    if now:
        return f'{start}, and has {now!r}: if it was renamed, declare Annotated[…, Column("{now}")]'
    return f"{start}: if it was dropped, take it out of the mapping; else let the capture send whole rows"


def _reason_of_key(error: RecordError, record: Record, found: Loose, shape: Shape) -> str:
    """Return what to say of a delete whose key tells other columns than the table declares, else nothing."""
    there = list(found.keys or cells_of_key(record.key) or ())
    missing = [each.column for each in shape.keys if each.column not in there]
    if found.operation != "delete" or not there or not missing:
        return ""
    names = f"the message's key has {_listed(there)}, and the table declares {_listed(missing)}"
    return f"{error.reason}; {names}: mark the columns of the key with Key[…]"


def _first(record: Record, chosen: Format) -> Loose | None:
    """Return the first change of a message, None where it can't be read."""
    try:
        found = chosen.loose(record)
    except (RecordError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    changes = [found] if isinstance(found, Loose | Skip) else found
    return next((each for each in changes if isinstance(each, Loose)), None)


def _named(found: Loose) -> set[str]:
    """Return the columns that a message names anywhere."""
    return {*(found.before or {}), *(found.after or {}), *found.absent, *found.semantics, *(found.key or {})}


def _listed(names: Collection[str]) -> str:
    shown = ", ".join(repr(name) for name in list(names)[:_SHOWN])
    return f"{shown}, …" if len(names) > _SHOWN else shown
