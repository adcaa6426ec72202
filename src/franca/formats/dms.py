"""AWS Database Migration Service, to Kafka or Kinesis: data and control records, maybe the row before."""

from typing import Any, Literal, NamedTuple

import msgspec

from franca.formats.arrival import ARRIVAL, ARRIVAL_TEXT, TIME_OF_ARRIVAL, arrivals, time_of_arrival
from franca.formats.change import Cells, Decoder, Loose, Loosely, Operation, Skip, Wanted
from franca.formats.clock import MOMENT, Layout, clock_names, layout_of, microseconds_of
from franca.formats.columns import Columns
from franca.formats.dialect import DialectDecoder
from franca.formats.images import both_images, deleted_row, finish_after, is_part, names_of
from franca.formats.likeness import is_row, may_be_row
from franca.formats.parts import may_read, missing, read_as, unknown_operation
from franca.formats.reading import Reading
from franca.formats.semantics import Semantic
from franca.formats.sequence import by_offset
from franca.model.entity import Table
from franca.types import Record

NAMES = frozenset({"data", "metadata", "control", "before-image"})
_OPERATIONS: dict[str, Operation] = {
    "load": "read",
    "insert": "insert",
    "update": "update",
    "delete": "delete",
}
_BEFORE = "BI_"
"""What the names of columns begin with that a transformation rule adds for the row before."""

_ADDED = b'"' + _BEFORE.encode()
_NOT_ADDED = [
    f"if before is None and {_ADDED[1]} in value and value.find({_ADDED!r}) >= 0:",
    "    raise Unexpected",
]
_Row = dict[str, msgspec.Raw]


class _Shape(NamedTuple):
    """What records have in common: the field that tells the time, and how its texts look."""

    clock: str
    layout: Layout | None


class _Metadata(msgspec.Struct, gc=False, rename="kebab"):
    operation: str
    record_type: str = "data"
    partition_key_type: str = ""
    schema_name: str = ""
    table_name: str = ""
    commit_timestamp: str | None = None
    timestamp: str | None = None


class _Message(msgspec.Struct, gc=False, rename="kebab"):
    metadata: _Metadata
    data: _Row | None = None
    before_image: _Row | None = None


_decode = msgspec.json.Decoder(_Message).decode


class Dms:
    """Records of the Database Migration Service."""

    name = "dms"
    names = NAMES
    semantic = Semantic(is_text=True, bytes_form="hex")

    def recognises(self, record: Record, table: type[Table] | None = None) -> bool:
        """Return whether the value is a data record with its row, or a control record, and no row itself."""
        found = may_read(record.value, _decode)
        if found is None:
            return False
        message, names = found
        if not names.keys() <= NAMES and not message.metadata.partition_key_type:
            return False
        if message.metadata.record_type == "control":
            return not may_be_row(names.keys(), table)
        metadata = message.metadata
        is_data = message.data is not None and (
            metadata.operation in _OPERATIONS or bool(metadata.partition_key_type)
        )
        return is_data and not is_row(names.keys(), table)

    def table_of(self, record: Record) -> str | None:
        """Return the table that the record names, None for a control record."""
        found = may_read(record.value, _decode)
        if found is None:
            return ""
        return None if found[0].metadata.record_type == "control" else found[0].metadata.table_name

    def loose(self, record: Record, epoch: int = 1) -> Loosely:
        """Return the change."""
        message = read_as(record.value, _decode)
        metadata = message.metadata
        if metadata.record_type == "control":
            return Skip("truncate" if metadata.operation == "truncate-table" else "control")
        operation = _OPERATIONS.get(metadata.operation)
        if operation is None:
            expected = ", ".join(map(repr, _OPERATIONS))
            raise unknown_operation("metadata.operation", metadata.operation, expected)
        if message.data is None and operation != "delete":
            raise missing("data")
        row, before = _apart(message.data or {})
        before = message.before_image or before
        moment = metadata.commit_timestamp or metadata.timestamp
        return Loose(
            operation,
            metadata.schema_name,
            metadata.table_name,
            _before(operation, row, before),
            None if operation == "delete" else row,
            by_offset(epoch, record),
            microseconds_of(moment, "metadata") if moment else time_of_arrival(record),
            shape=_shape(metadata),
        )

    def reading(self, like: Loose, after: Columns, before: Columns, epoch: int) -> Reading | None:
        """Return how to read records with the clock that this one has."""
        assert isinstance(like.shape, _Shape)
        clock, layout = like.shape
        return Reading(
            _fast(after.wire, after, before, clock),
            _fast(after.whole, after, before, clock),
            [
                "metadata = message.metadata",
                *(layout.lines(f"metadata.{clock}") if layout else []),
                "operation = operations[metadata.operation]",
                "after, before = message.data, message.before_image",
                *both_images(after, before, _NOT_ADDED, _deleted(after, before)),
            ],
            ARRIVAL,
            MOMENT if layout else TIME_OF_ARRIVAL,
            {
                **names_of(after, before),
                **arrivals(epoch),
                "operations": _OPERATIONS,
                **clock_names(layout),
            },
            text=ARRIVAL_TEXT,
        )

    def decoder(self, wanted: Wanted) -> Decoder:
        """Return the decoder of one table's records."""
        return DialectDecoder(self, wanted)


def _shape(metadata: _Metadata) -> _Shape | None:
    clock = "commit_timestamp" if metadata.commit_timestamp else "timestamp"
    moment = metadata.commit_timestamp or metadata.timestamp
    if not moment:
        return _Shape("", None)
    layout = layout_of(moment)
    return None if layout is None else _Shape(clock, layout)


def _before(operation: Operation, row: Cells, before: Cells | None) -> Cells | None:
    if operation == "delete":
        return {**row, **(before or {})} or None
    return before if operation == "update" else None


def _apart(data: Cells) -> tuple[Cells, Cells | None]:
    """Return the row, and the row before where columns were added for it."""
    names = [name for name in data if name.startswith(_BEFORE) and name.removeprefix(_BEFORE) in data]
    if not names:
        return data, None
    before = {name.removeprefix(_BEFORE): data[name] for name in names}
    return {name: cell for name, cell in data.items() if name not in names}, before


def _deleted(after: Columns, before: Columns) -> list[str]:
    """Return the statements for the row before of a delete, which stands where other rows after do."""
    return [*_NOT_ADDED, *finish_after(after), *deleted_row(before)] if is_part(before, after) else []


def _fast(row: type[msgspec.Struct], after: Columns, before: Columns, clock: str) -> type[msgspec.Struct]:
    clocks: list[Any] = [("commit_timestamp", str if clock == "commit_timestamp" else None)]
    clocks[0] = clocks[0] if clock == "commit_timestamp" else (*clocks[0], None)
    if clock != "commit_timestamp":
        clocks.append(("timestamp", str) if clock else ("timestamp", None, None))
    operations: Any = Literal["load", "insert", "update"]
    if is_part(before, after):
        operations = Literal["load", "insert", "update", "delete"]
    metadata = msgspec.defstruct(
        "Metadata",
        [("operation", operations), ("record_type", Literal["data"]), *clocks],
        rename="kebab",
        kw_only=True,
        gc=False,
    )
    image = [("before_image", before.wire | None, None)] if before.fields else []
    return msgspec.defstruct(
        "Dms",
        [("data", row), *image, ("metadata", metadata)],
        namespace=None if before.fields else {"before_image": None},
        rename="kebab",
        kw_only=True,
        gc=False,
    )
