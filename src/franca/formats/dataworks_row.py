"""Rows to which DataWorks adds five columns: what the change was, its place, which image of the row it is."""

from typing import Any, Literal, NamedTuple

import msgspec

from franca.formats.arrival import TIME_OF_ARRIVAL
from franca.formats.change import Loose, Loosely, Operation, Skip
from franca.formats.columns import Columns
from franca.formats.dataworks_place import (
    BEFORE_ALL,
    BEFORE_ALL_BYTES,
    IS_PLACE,
    SEQUENCE,
    Moment,
    NoMoment,
    is_loaded,
    number_of,
    place_names,
    sequence_of,
    time_of,
)
from franca.formats.images import complete, copied, indented, is_part, names_of, something
from franca.formats.likeness import columns_of
from franca.formats.parts import may_read, read_as, unknown_operation
from franca.formats.reading import Reading
from franca.model.entity import Table
from franca.types import Record

_NAMES = {
    "sequence_id": "_sequence_id_",
    "operation_type": "_operation_type_",
    "execute_time": "_execute_time_",
    "before_image": "_before_image_",
    "after_image": "_after_image_",
}
ADDED = frozenset(_NAMES.values())
_OPERATIONS: dict[str, Operation] = {"INY": "insert", "UNY": "update", "DYN": "delete"}
"""By the operation, whether the row is the one before, and whether it is the one after."""

_BEFORE = "UYN"
_EXPECTED = ", ".join(repr(each) for each in (*_OPERATIONS, _BEFORE))
_PREFIX = "column_"


class RowShape(NamedTuple):
    """What rows have in common: whether they are of a full load, and whether they have a time."""

    is_load: bool
    has_time: bool


class _Marks(msgspec.Struct, gc=False, rename="_{}_".format):
    operation_type: str
    before_image: str
    after_image: str
    sequence_id: str | int | None
    execute_time: int | None


_decode = msgspec.json.Decoder(_Marks).decode
_cells = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def is_marked(record: Record, table: type[Table] | None = None) -> bool:
    """Return whether a record is a row with the five columns, which are none of the table's."""
    found = may_read(record.value, _cells)
    return found is not None and found[0].keys() >= ADDED and not columns_of(table) >= ADDED


def loose_row(record: Record, epoch: int) -> Loosely:
    """Return the change. Raises DecodeError."""
    marks, row = read_as(record.value, _decode), read_as(record.value, _cells)
    change = f"{marks.operation_type}{marks.before_image}{marks.after_image}"
    if change == _BEFORE:
        return Skip("before-image")
    operation = _OPERATIONS.get(change)
    if operation is None:
        raise unknown_operation("_operation_type_", change, _EXPECTED)
    number, moment = marks.sequence_id, marks.execute_time
    cells = {name: cell for name, cell in row.items() if name not in ADDED}
    is_load = operation == "insert" and is_loaded(number, moment)
    return Loose(
        "read" if is_load else operation,
        "",
        "",
        cells if operation == "delete" else None,
        None if operation == "delete" else cells,
        sequence_of(epoch, None if is_load else number, record, "_sequence_id_"),
        time_of(record, moment),
        shape=_shape(number, moment, is_load=is_load),
    )


def reading_row(shape: RowShape, after: Columns, before: Columns, epoch: int) -> Reading | None:
    """Return how to read rows that have a place, or rows of a full load; None where names clash."""
    types = _fast(shape, after, has_deletes=is_part(before, after))
    if types is None:
        return None
    operations: dict[str, Operation] = {"INY": "read"} if shape.is_load else _OPERATIONS
    return Reading(
        *types,
        [
            "change = message.sequence_id",
            *(["if change[:1] != '-':", "    raise Unexpected"] if shape.is_load else IS_PLACE),
            "operation = operations[message.operation_type + message.before_image + message.after_image]",
            f"before, after = None, {after.expression('message', _PREFIX, 'after')}",
            *something(after),
            *(_deleted(before) if is_part(before, after) and not shape.is_load else []),
        ],
        BEFORE_ALL_BYTES if shape.is_load else f"({SEQUENCE}).encode()",
        "message.execute_time * 1000" if shape.has_time else TIME_OF_ARRIVAL,
        {
            **names_of(after, before),
            **place_names(epoch),
            "operations": operations,
            "made_after": after.made_of(_PREFIX),
        },
        text=BEFORE_ALL if shape.is_load else SEQUENCE,
    )


def _shape(number: str | int | None, moment: int | None, *, is_load: bool) -> RowShape | None:
    """Return what a row has in common with others, None for one that has not what is usual."""
    has_time, is_before_all = (moment or 0) > 0, number_of(number)[:1] == "-"
    is_usual = isinstance(number, str) and moment is not None and (is_before_all if is_load else has_time)
    return RowShape(is_load, has_time) if is_usual else None


def _deleted(before: Columns) -> list[str]:
    lines = [f"before, after = {copied(before, 'after')}, None", *complete(before)]
    return ["if operation == 'delete':", *indented(lines)]


def _fast(shape: RowShape, row: Columns, *, has_deletes: bool) -> tuple[Any, Any] | None:
    """Return the types of rows with what was added, None where a column has the name of something added."""
    operations: Any = Literal["I"] if shape.is_load else Literal["I", "U", "D"]
    fields: list[Any] = [
        ("sequence_id", str),
        ("operation_type", operations if has_deletes or shape.is_load else Literal["I", "U"]),
        ("execute_time", Moment if shape.has_time else NoMoment),
        ("before_image", str),
        ("after_image", str),
    ]
    try:
        return row.beside(_PREFIX, fields, _NAMES)
    except ValueError:
        return None
