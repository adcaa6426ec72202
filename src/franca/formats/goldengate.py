"""Oracle GoldenGate's JSON, by operation: images before and after, which a compressed update has in part."""

from typing import Any, Literal, NamedTuple

import msgspec

from franca.errors import DecodeError
from franca.formats.arrival import ARRIVAL, ARRIVAL_TEXT, TIME_OF_ARRIVAL, arrivals, time_of_arrival
from franca.formats.change import Cells, Decoder, Loose, Loosely, Operation, Skip, Wanted
from franca.formats.clock import MOMENT, Layout, clock_names, layout_of, microseconds_of
from franca.formats.columns import Columns
from franca.formats.dialect import DialectDecoder
from franca.formats.images import both_images, names_beside, row_beside
from franca.formats.likeness import columns_of, is_row, may_be_row
from franca.formats.marks import MISSING, is_mark, mark_fields, unmarked, with_marks
from franca.formats.parts import may_read, missing, read_as, unknown_operation
from franca.formats.qualified import owner_and_table
from franca.formats.reading import Reading
from franca.formats.semantics import Semantic
from franca.formats.sequence import by_offset, by_trail, padded
from franca.formats.unfit import Unfit
from franca.model.entity import Table
from franca.types import Record

NAMES = frozenset(
    {"table", "op_type", "op_ts", "current_ts", "pos", "primary_keys", "before", "after", "tokens"}
)
_OPERATIONS: dict[str, Operation] = {"I": "insert", "U": "update", "D": "delete"}
_PREFIX = "column_"
_UNMARKED = ["if value.rfind(mark) >= 0:", "    raise Unexpected"]
_POSITION = [
    "trail = message.pos",
    "if not trail.encode().isdigit():",
    "    raise Unexpected",
]

_SEQUENCE = "f'{begins[len(trail)]}{trail}.000'"
_HEAD = {"table", "op_type", "op_ts", "pos"}
_BESIDE_ROW = {*NAMES, "csn", "xid"}
"""What an operation of the row model has beside its columns; the model names no image."""

_Row = dict[str, msgspec.Raw]


class _Shape(NamedTuple):
    """What operations have in common: a position, how the texts of their time look, the model, marks."""

    has_position: bool
    layout: Layout | None
    is_row: bool
    has_marks: bool


class _Message(msgspec.Struct, gc=False):
    op_type: str
    table: str = ""
    op_ts: str | None = None
    pos: str | None = None
    primary_keys: list[str] = []
    before: _Row | None = None
    after: _Row | None = None


_decode = msgspec.json.Decoder(_Message).decode
_cells = msgspec.json.Decoder(_Row).decode


class GoldenGate:
    """Operations of GoldenGate's JSON formatter."""

    name = "goldengate"
    names = NAMES
    semantic = Semantic(is_text=True)

    def recognises(self, record: Record, table: type[Table] | None = None) -> bool:
        """Return whether the value is an operation with its image, or a truncate, and no row itself."""
        found = may_read(record.value, _decode)
        if found is None or not found[0].table:
            return False
        message, names = found
        if message.op_type == "T":
            return {"op_ts", "pos"} <= names.keys() and not may_be_row(names.keys(), table)
        has_image = message.before is not None or message.after is not None
        if message.op_type not in _OPERATIONS:
            return has_image and names.keys() >= _HEAD and not may_be_row(names.keys(), table)
        if not has_image:
            return names.keys() - columns_of(table) >= _HEAD and not names.keys() <= _BESIDE_ROW
        return not is_row(names.keys(), table)

    def table_of(self, record: Record) -> str | None:
        """Return the table that the message names, without its schema."""
        found = may_read(record.value, _decode)
        return "" if found is None else owner_and_table(found[0].table)[1]

    def loose(self, record: Record, epoch: int = 1) -> Loosely:
        """Return the change."""
        message = read_as(record.value, _decode)
        if message.op_type == "T":
            return Skip("truncate")
        operation = _OPERATIONS.get(message.op_type)
        if operation is None:
            raise unknown_operation("op_type", message.op_type, "'I', 'U', 'D', 'T'")
        is_row = message.before is None and message.after is None
        if is_row:
            image = "before" if operation == "delete" else "after"
            message = msgspec.structs.replace(message, **{image: _row_of(record)})
        after = None if operation == "delete" else _present(message.after)
        before = None if operation == "insert" else _present(message.before)
        if after is None and operation != "delete":
            raise missing("after")
        if after is not None and before is not None:
            keys = {
                name: before[name] for name in message.primary_keys if name in before and name not in after
            }
            after = {**after, **keys}
        owner, table = owner_and_table(message.table)
        return Loose(
            operation,
            owner,
            table,
            before,
            after,
            _sequence(epoch, message.pos) or by_offset(epoch, record),
            microseconds_of(message.op_ts, "op_ts") if message.op_ts else time_of_arrival(record),
            keys=message.primary_keys,
            absent=[name for name in [*(message.before or ()), *(message.after or ())] if not is_mark(name)],
            shape=_shape(message, is_row=is_row),
        )

    def reading(self, like: Loose, after: Columns, before: Columns, epoch: int) -> Reading | None:
        """Return how to read operations with images of the usual shape, with a position or without."""
        assert isinstance(like.shape, _Shape)
        has_position, layout, is_row, has_marks = like.shape
        fields: list[Any] = [
            ("table", str),
            ("op_ts", str) if layout else ("op_ts", None, None),
            ("pos", str) if has_position else ("pos", None, None),
        ]
        try:
            if has_marks and not is_row:
                after, before = with_marks(after), with_marks(before)
            types = (
                _rows(after, before, fields, has_marks=has_marks)
                if is_row
                else _images(after, before, fields)
            )
        except ValueError:  # a column has a name that the head or a mark has
            return None
        if is_row:
            images = [*(unmarked(after, "message") if has_marks else []), *row_beside(after, before, _PREFIX)]
        else:
            images = [*([] if has_marks else _UNMARKED), *_image_lines(after, before)]
        return Reading(
            *types,
            [
                *(_POSITION if has_position else []),
                *(layout.lines("message.op_ts") if layout else []),
                "operation = operations[message.op_type]",
                *images,
            ],
            f"({_SEQUENCE}).encode()" if has_position else ARRIVAL,
            MOMENT if layout else TIME_OF_ARRIVAL,
            {
                **names_beside(after, before, _PREFIX),
                **arrivals(epoch),
                "operations": _OPERATIONS,
                **clock_names(layout),
                "mark": MISSING.encode(),
                "begins": padded(f"{epoch:04d}.trail.", 40),
            },
            text=_SEQUENCE if has_position else ARRIVAL_TEXT,
        )

    def decoder(self, wanted: Wanted) -> Decoder:
        """Return the decoder of one table's operations."""
        return DialectDecoder(self, wanted)


def _row_of(record: Record) -> _Row | None:
    """Return the columns that stand beside the head, as the row model has them, None where there are none."""
    fields = read_as(record.value, _cells)
    return {name: cell for name, cell in fields.items() if name not in _BESIDE_ROW} or None


def _shape(message: _Message, *, is_row: bool) -> _Shape | None:
    layout = layout_of(message.op_ts) if message.op_ts else None
    if message.op_ts and layout is None:
        return None
    has_marks = any(map(is_mark, (*(message.before or ()), *(message.after or ()))))
    return _Shape(message.pos is not None, layout, is_row, has_marks)


def _image_lines(after: Columns, before: Columns) -> list[str]:
    return [
        "after, before = message.after, message.before",
        *both_images(after, before, _key_lines(after)),
    ]


def _key_lines(after: Columns) -> list[str]:
    """Return the statements that leave a row after that lacks a key column to the careful way."""
    test = " or ".join(f"after.{field.name} is UNSET" for field in after.fields if field.key)
    return [f"if {test}:", "    raise Unexpected"] if test else []


def _images(after: Columns, before: Columns, fields: list[Any]) -> tuple[Any, Any]:
    """Return the types of operations that have images."""
    more: list[Any] = [("op_type", Literal["I", "U", "D"]), *fields]
    more += [("before", before.wire | None, None)] if before.fields else []
    namespace = None if before.fields else {"before": None}
    whole, wire = (
        msgspec.defstruct(
            "GoldenGate", [*more, ("after", row | None, None)], namespace=namespace, kw_only=True, gc=False
        )
        for row in (after.whole, after.wire)
    )
    return wire, whole


def _rows(after: Columns, before: Columns, fields: list[Any], *, has_marks: bool) -> tuple[Any, Any]:
    """Return the types of operations whose columns stand beside the head; ValueError where one is called so.

    Where no message has had a mark, one that has is refused.
    """
    if any(field.column in _BESIDE_ROW for field in (*after.fields, *before.fields)):
        raise ValueError("a column has the name of a field of the head")
    more = [("op_type", Literal["I", "U", "D"]), *fields, ("before", None, None), ("after", None, None)]
    marks, names = mark_fields(after, *(bool, False) if has_marks else (None, None))
    return after.beside(_PREFIX, [*more, *marks], names)


def _present(row: Cells | None) -> Cells | None:
    """Return the cells that were sent: a column may have another that says whether it is missing."""
    if row is None or not any(map(is_mark, row)):
        return row
    return {
        name: cell
        for name, cell in row.items()
        if not is_mark(name) and bytes(row.get(name + MISSING, b"false")) != b"true"
    }


def _sequence(epoch: int, position: str | None) -> str:
    """Return the sequence of a place in the trail, empty without one. Raises DecodeError."""
    try:
        return "" if position is None else by_trail(epoch, position)
    except Unfit as error:
        raise DecodeError("pos", error.reason, error.code) from error
