"""A change as one line of JSON, for people and programs that look at what a format made of a message."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET

from franca.formats.change import Change, Skip
from franca.formats.keys import merged
from franca.model.entity import Table
from franca.model.shape import shape_of
from franca.topics.moment import time_text

_encode = msgspec.json.Encoder().encode


def change_line(application: str, table: type[Table], decoded: Change | Skip) -> bytes:
    """Return the line of a change, or of a message that is no row, without a line break.

    Columns go by their legacy names; those that the row lacks are listed as `absent`.
    """
    if isinstance(decoded, Skip):
        return _encode({"op": "skip", "kind": decoded.kind})
    shape = shape_of(table)
    row = decoded.after if decoded.after is not None else merged(decoded.before, decoded.key)
    cells = _cells(row, table)
    main = decoded.after if decoded.operation != "delete" else decoded.before
    shown = _cells(main, table)
    return _encode(
        {
            "op": decoded.operation,
            "application": application,
            "table": shape.name,
            "key": {key.column: cells[key.column] for key in shape.keys if key.column in cells},
            "before": None if decoded.before is None else _cells(decoded.before, table),
            "after": None if decoded.after is None else _cells(decoded.after, table),
            "absent": [field.column for field in shape.fields if field.column not in shown],
            "sequence": decoded.sequence,
            "time": time_text(decoded.time),
        }
    )


def _cells(row: msgspec.Struct | None, table: type[Table]) -> dict[str, Any]:
    if row is None:
        return {}
    names = {field.name: field.column for field in shape_of(table).fields}
    cells = {names[name]: getattr(row, name) for name in row.__struct_fields__}
    return {column: written(value) for column, value in cells.items() if value is not UNSET}


def written(value: Any) -> Any:
    """Return a value as the contract writes it, where JSON or msgspec would write it otherwise."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, float) and (value != value or value in {float("inf"), float("-inf")}):  # noqa: PLR0124, RUF100  # only NaN differs from itself
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    return value
