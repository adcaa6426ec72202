"""How to read wal2json's changes fast: the type has the columns in the messages' order."""

import re
from typing import Any, Literal, NamedTuple

import msgspec

from franca.errors import DecodeError
from franca.formats.arrival import ARRIVAL, ARRIVAL_TEXT, TIME_OF_ARRIVAL, arrivals
from franca.formats.change import Operation
from franca.formats.clock import Layout, clock_names
from franca.formats.columns import Columns
from franca.formats.images import both_images, names_of
from franca.formats.reading import Reading
from franca.formats.sequence import padded

_LSN = re.compile(r"([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})")
_LSN_TEXT = "f'{begins[len(lsn := str(position_of(message.lsn)))]}{lsn}.000'"
_ACTIONS: dict[Operation, str] = {"insert": "I", "update": "U"}


class Shape(NamedTuple):
    """What messages have in common: what happened, the columns of the images, a position, a time."""

    operation: Operation
    new: tuple[str, ...]
    old: tuple[str, ...] | None
    has_position: bool
    layout: Layout | None


def reading_of(shape: Shape, after: Columns, before: Columns, epoch: int) -> Reading | None:
    """Return how to read such messages, None where the new row lacks a column."""
    if not {field.column for field in after.fields} <= set(shape.new) or shape.operation not in _ACTIONS:
        return None
    old = shape.old if before.fields else None
    image = [] if old is None else [("identity", _columns(old, before))]
    kind = msgspec.defstruct(
        "Wal2json",
        [
            ("action", Literal[_ACTIONS[shape.operation]]),  # made at run time
            ("timestamp", str) if shape.layout else ("timestamp", None, None),
            ("lsn", str) if shape.has_position else ("lsn", None, None),
            ("columns", _columns(shape.new, after)),
            *image,
            ("nextlsn", None, None),
        ],
        kw_only=True,
        gc=False,
    )
    return Reading(
        kind,
        kind,
        [
            f"operation, columns = {shape.operation!r}, message.columns",
            *(shape.layout.lines("message.timestamp") if shape.layout else []),
            f"after = new({_cells(shape.new, after, 'columns')})",
            "before = None" if old is None else f"before = old({_cells(old, before, 'message.identity')})",
            *both_images(after, before),
        ],
        f"b'{epoch:04d}.lsn.%020d.000' % position_of(message.lsn)" if shape.has_position else ARRIVAL,
        shape.layout.microseconds if shape.layout else TIME_OF_ARRIVAL,
        {
            **names_of(after, before),
            "new": after.wire,
            "old": before.wire,
            **arrivals(epoch),
            "position_of": position_of,
            **clock_names(),
            "begins": padded(f"{epoch:04d}.lsn.", 20),
        },
        text=_LSN_TEXT if shape.has_position else ARRIVAL_TEXT,
    )


def position_of(text: str | None) -> int | None:
    """Return the number of a place in the log such as `0/16E3778`. Raises DecodeError for what is none."""
    if text is None:
        return None
    found = _LSN.fullmatch(text)
    if found is None:
        raise DecodeError("lsn", "is no place in the log: expected text such as 0/16E3778", "malformed")
    high, low = found.groups()
    return int(high, 16) << 32 | int(low, 16)


def _columns(names: tuple[str, ...], columns: Columns) -> Any:
    """Return the type of a list with exactly these columns, the wanted ones with their values."""
    wanted = {field.encode_name: field.type for field in msgspec.structs.fields(columns.wire)}
    kinds = []
    for name in names:
        value = [("value", wanted[name])] if name in wanted else []
        kinds.append(msgspec.defstruct("Column", [("name", Literal[name]), *value], gc=False))
    return tuple.__class_getitem__(tuple(kinds))


def _cells(names: tuple[str, ...], columns: Columns, where: str) -> str:
    places = {name: place for place, name in enumerate(names)}
    return ", ".join(
        f"{field.name}={where}[{places[field.column]}].value"
        for field in columns.fields
        if field.column in places
    )
