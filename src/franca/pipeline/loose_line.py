"""A change of a table that nobody declared as one line of JSON: values as the message gives them."""

from typing import Any

import msgspec

from franca.formats.change import Cells, Loose, Skip
from franca.formats.semantics import UNKNOWN
from franca.formats.untyped import untyped
from franca.pipeline.change_line import written
from franca.topics.moment import time_text

_encode = msgspec.json.Encoder().encode


def loose_line(found: Loose | Skip) -> bytes:
    """Return the line, without a line break. Raises DecodeError for cells that are no JSON.

    `absent` lists the columns that the message names, in its key, its schema or another image, without a
    value in the row.
    """
    if isinstance(found, Skip):
        return _encode({"op": "skip", "kind": found.kind})
    before, after = _values(found.before, found), _values(found.after, found)
    row = before if found.operation == "delete" else after
    known = dict.fromkeys([*found.keys, *(before or {}), *(after or {}), *found.absent, *found.semantics])
    whole = (_values(found.key, found) or {}) | (before or {}) | (after or {})
    return _encode(
        {
            "op": found.operation,
            "application": found.application,
            "table": found.table,
            "key": {name: whole[name] for name in found.keys if name in whole},
            "before": before,
            "after": after,
            "absent": [name for name in known if name not in (row or {})],
            "sequence": found.sequence,
            "time": time_text(found.time),
        }
    )


def _values(cells: Cells | None, found: Loose) -> dict[str, Any] | None:
    if cells is None:
        return None
    told = found.semantics
    return {name: written(untyped(name, cell, told.get(name, UNKNOWN))) for name, cell in cells.items()}
