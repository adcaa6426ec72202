"""A Debezium change whose table nobody declared: its cells, and what its schema and its key tell of them."""

from franca.formats.change import Cells, Loose, Operation
from franca.formats.debezium_message import Message
from franca.formats.debezium_source import kind_of, sequence_of, time_of
from franca.formats.document import document_key
from franca.formats.keys import cells_of_key, sent
from franca.formats.unsent import is_placeholder
from franca.types import Record


def loose_change(record: Record, message: Message, operation: Operation, epoch: int) -> Loose:
    """Return the change of a document with an operation. Raises DecodeError."""
    source = message.source()
    key = cells_of_key(record.key) or {}
    before, after = message.image("before"), None
    told = document_key(key) if source.connector == "mongodb" else key
    if operation != "delete":
        after = message.row_after(record.key)
    if before is not None and kind_of(source) == "lsn" and key:
        before = sent(before, after, key)
    return Loose(
        operation,
        source.name or "",
        source.table or source.collection or "",
        without_placeholders(before),
        without_placeholders(after),
        sequence_of(source, record, epoch, is_read=operation == "read"),
        time_of(source, message.number("ts_ms"), record),
        keys=tuple(told),
        key=told or None,
        absent=[*(before or {}), *(after or {})],
        semantics=message.semantics(),
    )


def without_placeholders(cells: Cells | None) -> Cells | None:
    """Return the cells without those that stand for a value which was not sent."""
    if cells is None:
        return None
    return {name: cell for name, cell in cells.items() if not is_placeholder(cell)}
