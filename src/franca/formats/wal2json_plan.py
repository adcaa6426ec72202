"""How to read wal2json's changes fast: the type has the columns in the messages' order."""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec

from franca.formats.arrival import ARRIVAL, ARRIVAL_TEXT, TIME_OF_ARRIVAL, arrivals
from franca.formats.change import Operation
from franca.formats.clock import MOMENT, Layout, clock_names
from franca.formats.columns import Columns
from franca.formats.images import names_of, whole_images
from franca.formats.lsn import PLACE, PLACE_LINES, place_names
from franca.formats.reading import Reading

Place: TypeAlias = Callable[[int], str]

_ACTIONS: dict[Operation, str] = {"insert": "I", "update": "U", "delete": "D"}


class Head(NamedTuple):
    """What heads of messages have in common: the field of the position, if any, and how a time looks."""

    position: str
    layout: Layout | None

    @property
    def fields(self) -> list[Any]:
        """The fields of such a head; what another would have it has not."""
        places = [(name, str) if name == self.position else (name, None, None) for name in POSITIONS]
        return [("timestamp", str) if self.layout else ("timestamp", None, None), *places]

    @property
    def lines(self) -> list[str]:
        """The statements that take it apart."""
        place = [f"point = message.{self.position}", *PLACE_LINES] if self.position else []
        return [*place, *(self.layout.lines("message.timestamp") if self.layout else [])]

    @property
    def begin(self) -> str:
        """The sequence as text, but for the place in the transaction."""
        return f"f'{PLACE}.'" if self.position else ARRIVAL_TEXT.removesuffix("000'") + "'"

    @property
    def time(self) -> str:
        """The expression of the time."""
        return MOMENT if self.layout else TIME_OF_ARRIVAL


POSITIONS = ("lsn", "nextlsn")
"""The fields of a position, best first."""


class Shape(NamedTuple):
    """What changes have in common: the head, what happened, the columns of the images, those of bits."""

    head: Head
    operation: Operation
    new: tuple[str, ...]
    old: tuple[str, ...] | None
    bits: tuple[str, ...] = ()


def reading_of(shape: Shape, after: Columns, before: Columns, epoch: int) -> Reading | None:
    """Return how to read such messages, None where the row that counts lacks a column."""
    if not is_whole(shape, after) or not is_deleted_whole(shape, before):
        return None
    columns: list[Any] = []
    if shape.operation != "delete":
        columns.append(("columns", _columns(shape.new, after)))
    if shape.operation == "delete" or (shape.operation == "update" and before.fields):
        nothing = ("identity", None, None)
        columns.append(nothing if shape.old is None else ("identity", _columns(shape.old, before)))
    kind = msgspec.defstruct(
        "Wal2json",
        [("action", Literal[_ACTIONS[shape.operation]]), *shape.head.fields, *columns],  # made at run time
        kw_only=True,
        gc=False,
    )
    place, text = "message.{0}[{1}].value".format, f"{shape.head.begin[:-1]}000'"
    return Reading(
        kind,
        kind,
        [
            *shape.head.lines,
            f"operation = {shape.operation!r}",
            *images_of(shape, after, before, partial(place, "columns"), partial(place, "identity")),
            *whole_images(shape.operation, after, before),
        ],
        f"({text}).encode()" if shape.head.position else ARRIVAL,
        shape.head.time,
        names_for(shape.head, after, before, epoch),
        text=text,
    )


def is_whole(shape: Shape, after: Columns) -> bool:
    """Return whether the new row, where there is one, lacks none of the columns."""
    return shape.operation == "delete" or {field.column for field in after.fields} <= set(shape.new)


def is_deleted_whole(shape: Shape, before: Columns) -> bool:
    """Return whether the row that a delete removes lacks none of the columns."""
    named = {field.column for field in before.fields}
    return shape.operation != "delete" or (shape.old is not None and named <= set(shape.old))


def images_of(shape: Shape, after: Columns, before: Columns, new: Place, old: Place) -> list[str]:
    """Return the statements that leave the images; `new` and `old` give a column's value as text."""
    rows = []
    for image, columns, names, place in (
        ("after", after, None if shape.operation == "delete" else shape.new, new),
        ("before", before, shape.old if before.fields or shape.operation == "delete" else None, old),
    ):
        places = {name: number for number, name in enumerate(names or ())}
        by_name = "{}={}".format if any(f.column not in places for f in columns.fields) else "{1}".format
        cells = (by_name(f.name, place(places[f.column])) for f in columns.fields if f.column in places)
        rows.append(f"{image} = " + ("None" if names is None else f"wire_{image}({', '.join(cells)})"))
    return rows


def names_for(head: Head, after: Columns, before: Columns, epoch: int) -> dict[str, Any]:
    """Return what the statements refer to."""
    return {
        **names_of(after, before),
        "wire_after": after.wire,
        "wire_before": before.wire,
        **arrivals(epoch),
        **place_names(epoch),
        **clock_names(head.layout),
    }


def _columns(names: tuple[str, ...], columns: Columns) -> Any:
    """Return the type of a list with exactly these columns, the wanted ones with their values."""
    wanted = {field.encode_name: field.type for field in msgspec.structs.fields(columns.wire)}
    kinds = []
    for name in names:
        value = [("value", wanted[name])] if name in wanted else []
        kinds.append(msgspec.defstruct("Column", [("name", Literal[name]), *value], gc=False))
    return tuple.__class_getitem__(tuple(kinds))
