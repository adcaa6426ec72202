"""Plain rows: one JSON object per message, its fields the columns. Order is the topic's."""

import msgspec

from franca.errors import DecodeError
from franca.formats.change import TOMBSTONE, Change, Decoder, Skip, Wanted
from franca.formats.columns import Columns
from franca.formats.refusal import BAD_JSON, refusal
from franca.formats.sequence import by_offset
from franca.formats.unfit import Unfit
from franca.model.shape import shape_of
from franca.types import Record

_cells = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Plain:
    """One row a message; every row is taken as an insert, and a null value is a tombstone."""

    name = "plain"

    def recognises(self, record: Record) -> bool:
        """Return whether the value is a JSON object (other formats are asked first)."""
        try:
            return bool(_cells(record.value or b""))
        except BAD_JSON:
            return False

    def table_of(self, record: Record) -> str:  # noqa: ARG002  # a plain row does not say
        """Return nothing: a plain row does not name its table."""
        return ""

    def decoder(self, wanted: Wanted) -> Decoder:
        """Return the decoder of one table's rows."""
        columns = Columns(wanted.table, wanted.columns, zone=wanted.zone)
        table = shape_of(wanted.table).name
        decode_row = msgspec.json.Decoder(columns.wire).decode
        finish = columns.finish
        names = [field.name for field in columns.fields]
        epoch = wanted.epoch

        def decode(record: Record) -> Change | Skip:
            value = record.value
            if value is None:
                return TOMBSTONE
            try:
                if not value.isascii():
                    value.decode()
                row = decode_row(value)
                if finish is not None:
                    row = finish(row)
            except (*BAD_JSON, Unfit):
                if value.strip() == b"null":
                    return TOMBSTONE
                row = carefully(value)
            for name in names:
                if getattr(row, name) is not msgspec.UNSET:
                    break
            else:
                reason = f"the object has none of the columns that are mapped of the table {table!r}"
                raise DecodeError("", reason, "wrong-shape")
            return Change(
                "insert",
                None,
                row,
                by_offset(epoch, record),
                record.timestamp * 1000 if record.timestamp > 0 else 0,
                f"{record.topic}/{record.partition}/{record.offset}",
            )

        def carefully(value: bytes) -> msgspec.Struct:
            try:
                if not value.isascii():
                    value.decode()
                cells = _cells(value)
            except BAD_JSON as error:
                raise refusal(value, error) from error
            return columns.read(cells)

        return decode
