"""A change as one line of JSON, for people and programs that look at what a format made of a message."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import astuple

from franca.formats.change import Change, Skip
from franca.formats.keys import merged
from franca.model.entity import Table
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import shape_of
from franca.topics.moment import time_text

_encode = msgspec.json.Encoder().encode
_OTHERWISE = {Kind.DECIMAL, Kind.TIMESTAMP, Kind.FLOAT, Kind.LIST, Kind.STRUCT}
"""The kinds whose values JSON or msgspec would write otherwise than the contract."""


def change_line(application: str, table: type[Table], decoded: Change | Skip) -> bytes:
    """Return the line of a change, or of a message that is no row, without a line break.

    Columns go by their legacy names; those that the row lacks are listed as `absent`.
    """
    return change_writer(application, table)(decoded)


@lru_cache(maxsize=64)
def change_writer(application: str, table: type[Table]) -> Callable[[Change | Skip], bytes]:
    """Return the function that writes the lines of a table's changes, whose rows have all of its columns."""
    shape = shape_of(table)
    image, key = _image(shape.fields), _image(shape.keys)
    columns = [field.column for field in shape.fields]
    begins = {
        operation: _encode({"op": operation, "application": application, "table": shape.name})[:-1]
        + b',"key":'
        for operation in ("insert", "update", "delete", "read")
    }

    def absent(row: Any) -> bytes:
        values = astuple(row)
        if UNSET not in values:
            return b"[]"
        return _encode([column for column, value in zip(columns, values, strict=True) if value is UNSET])

    def line(decoded: Change | Skip) -> bytes:
        if isinstance(decoded, Skip):
            return _encode({"op": "skip", "kind": decoded.kind})
        before, after = decoded.before, decoded.after
        row = after if after is not None else merged(before, decoded.key)
        main = before if decoded.operation == "delete" else after
        return b'%b%b,"before":%b,"after":%b,"absent":%b,"sequence":"%b","time":"%b"}' % (
            begins[decoded.operation],
            b"{}" if row is None else key(row),
            b"null" if before is None else image(before),
            b"null" if after is None else image(after),
            _encode(columns) if main is None else absent(main),
            decoded.sequence.encode(),
            time_text(decoded.time).encode(),
        )

    return line


def _image(fields: Iterable[Field]) -> Callable[[Any], bytes]:
    """Generate the function that writes these columns of a row; those that it lacks are not there."""
    shown = msgspec.defstruct(
        "Shown",
        [(field.name, Any, UNSET) for field in fields],
        rename={field.name: field.column for field in fields},
        gc=False,
    )
    values = ", ".join(
        f"written(row.{field.name})" if field.kind in _OTHERWISE else f"row.{field.name}" for field in fields
    )
    names: dict[str, Any] = {"shown": shown, "encode": _encode, "written": written}
    exec(f"def image(row):\n    return encode(shown({values}))", names)  # noqa: S102  # built from field names, which are identifiers
    made: Callable[[Any], bytes] = names["image"]
    return made


def written(value: Any) -> Any:
    """Return a value as the contract writes it, where JSON or msgspec would write it otherwise."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, float) and (value != value or value in {float("inf"), float("-inf")}):  # noqa: PLR0124, RUF100  # only NaN differs from itself
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    if isinstance(value, list):
        return [written(each) for each in value]
    if isinstance(value, msgspec.Struct):
        return {name: written(getattr(value, name)) for name in value.__struct_fields__}
    return value
