"""A change of a table that nobody declared as one line of JSON: values as the message gives them."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from franca.formats.change import Cells, Loose, Skip
from franca.formats.semantics import UNKNOWN
from franca.formats.untyped import untyped
from franca.pipeline.change_line import written
from franca.topics.moment import time_text

_encode = msgspec.json.Encoder().encode


class _Line(msgspec.Struct, gc=False):
    op: str
    application: str
    table: str
    key: Mapping[str, Any]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    absent: Sequence[str]
    sequence: str
    time: str


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
    absent = [name for name in known if name not in row] if row else [*known]
    key: dict[str, Any] = {}
    if found.keys:
        whole = {**(_values(found.key, found) or {}), **(before or {}), **(after or {})}
        key = {name: whole[name] for name in found.keys if name in whole}
    return _encode(
        _Line(
            found.operation,
            found.application,
            found.table,
            key,
            before,
            after,
            absent,
            found.sequence,
            time_text(found.time),
        )
    )


def _values(cells: Cells | None, found: Loose) -> Mapping[str, Any] | None:
    """Return the values; cells of which nothing is told, and which have been parsed, stay as they are."""
    told = found.semantics
    if cells is None or not (
        told or any(b"\n" in (text := bytes(cell)) or b"\r" in text for cell in cells.values())
    ):
        return cells
    return {name: written(untyped(name, cell, told.get(name, UNKNOWN))) for name, cell in cells.items()}
