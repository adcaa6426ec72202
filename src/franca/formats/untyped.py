"""A cell's value where no table declares its type: what the message itself says, else the cell as it is."""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from franca.errors import DecodeError
from franca.formats.refusal import BAD_JSON, refusal
from franca.formats.semantics import Semantic
from franca.formats.unfit import Unfit
from franca.formats.values import Convert, converter
from franca.model.field import Field
from franca.model.kind import Kind

_BREAK = re.compile(rb"[\r\n]")
_decode_items = msgspec.json.Decoder(list[msgspec.Raw] | None).decode
_decode_cell = msgspec.json.Decoder(float_hook=Decimal).decode


def untyped(column: str, cell: msgspec.Raw, semantic: Semantic) -> Any:
    """Return the value: of the kind that the message tells, as text where it does not fit that kind.

    A cell of which nothing is told stays as it is, every digit of it, in one line. It is JSON: who has taken
    the row apart has read it. Raises DecodeError for a number beyond any of the kind that is told.
    """
    item = semantic.item
    if semantic.kind is None and item is not None and item.kind is not None:
        return _items(column, cell, item)
    if semantic.kind is None:
        data = bytes(cell)
        if data == b"null":
            return None
        return cell if _BREAK.search(data) is None else msgspec.Raw(msgspec.json.format(cell, indent=-1))
    try:
        value = _decode_cell(cell)
    except BAD_JSON as error:
        found = refusal(bytes(cell), error)
        raise DecodeError(column, found.reason, found.code) from error
    if value is None:
        return None
    kinds = [semantic.kind] if type(value) in {dict, list} else [semantic.kind, Kind.TEXT]
    for convert in [_converter(kind, semantic) for kind in kinds]:
        try:
            return convert(value)
        except Unfit:
            continue
    return cell


def _items(column: str, cell: msgspec.Raw, item: Semantic) -> Any:
    try:
        cells = _decode_items(cell)
    except BAD_JSON:
        return cell  # it is no array, whatever its schema says
    return None if cells is None else [untyped(column, each, item) for each in cells]


@lru_cache(maxsize=1024)
def _converter(kind: Kind, semantic: Semantic) -> Convert:
    return converter(Field("value", "value", kind), semantic, None)
