"""The values of one field, of many events, as an Arrow array.

Values are as `EventTexts` gives them: dates, times, UUIDs and decimals are still texts.
Arrow reads a million of them in the time in which Python looks into some thousands.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Context, Decimal
from itertools import accumulate, chain
from typing import Any, TypeAlias
from uuid import UUID

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from msgspec.structs import astuple

from franca.lake.columns import TIMESTAMP, arrow_type
from franca.model.field import Field
from franca.model.kind import Kind
from franca.topics.event_decoder import is_64_bit

Values: TypeAlias = Sequence[Any]
Reader: TypeAlias = Callable[[Values, pa.DataType], pa.Array]

UUID_TEXT = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
TIME_TEXT = r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?$"
TIMESTAMP_TEXT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$"
"""The usual notations; what is written otherwise is for those who look at each value."""

WIDEST = 38
"""The digits of Arrow's widest decimals."""

_WIDE = Context(prec=WIDEST)


def array(field: Field, values: Values, *, is_checked: bool = False) -> pa.Array:
    """Return a field's values, null where they are None, in the type of its column.

    Where each event `is_checked` by `EventDecoder.decode`, unusual notations are read too. Otherwise whatever
    that may refuse is refused, and more. Raises ValueError, OverflowError, and Arrow's errors.
    """
    kind = arrow_type(field)
    if not values or (values[0] is None and values.count(None) == len(values)):
        return pa.nulls(len(values), kind)
    if field.kind is Kind.LIST and field.item is not None:
        return _lists(field, values, is_checked=is_checked)
    if field.kind is Kind.STRUCT:
        return _structs(field, values, is_checked=is_checked)
    if field.kind is Kind.INTEGER and not is_64_bit(field):
        return _integers(values, kind)
    if field.kind is Kind.DECIMAL and not is_checked:
        return _usual(decimal_text(kind), _parsed)(values, kind)
    reader = (_CHECKED if is_checked else _UNCHECKED).get(field.kind, pa.array)
    return reader(values, kind)


def decimal_text(kind: pa.Decimal128Type) -> str:
    """Return the pattern of the usual texts of what a column holds, none longer than Arrow can read.

    Arrow's cast looks at no bounds: it stores other numbers than it reads, or breaks down with the process.
    """
    whole, spare = kind.precision - kind.scale, WIDEST - kind.precision
    digits = rf"(0|\d{{1,{whole}}})" if whole else "0"
    return rf"^-?{digits}(\.\d{{0,{kind.scale}}}0{{0,{spare}}})?$"


def moments(texts: Values, *, is_checked: bool = False) -> pa.Array:
    """Return the envelope's times; `is_checked` and errors are as for `array`."""
    return (
        pa.array(map(datetime.fromisoformat, texts), TIMESTAMP) if is_checked else _parsed(texts, TIMESTAMP)
    )


def _parsed(texts: Values, kind: pa.DataType) -> pa.Array:
    """Return what texts say of numbers, dates or times. The years are Python's, from 1 to 9999."""
    found = pa.array(texts, pa.string()).cast(kind)
    if not pa.types.is_decimal(kind):
        pc.min_max(found).as_py()  # raises where one of them lies in another year
    return found


def _usual(pattern: str, read: Reader) -> Reader:
    """Return a reader of texts that all look as usual."""

    def usual(texts: Values, kind: pa.DataType) -> pa.Array:
        are_usual = pc.match_substring_regex(pa.array(texts, pa.string()), pattern)
        if not pc.all(are_usual, min_count=0).as_py():
            raise ValueError("an unusual notation")
        return read(texts, kind)

    return usual


def _integers(values: Values, kind: pa.DataType) -> pa.Array:
    """Return whole numbers of any size; most fit into 64 bits."""
    try:
        return pa.array(values, pa.int64()).cast(kind)
    except OverflowError:
        texts = [value if value is None else str(value) for value in values]
        return _usual(decimal_text(kind), _parsed)(texts, kind)


def _floats(values: Values, kind: pa.DataType) -> pa.Array:
    """Return numbers, of which some may be the texts of what JSON has no number for."""
    try:
        return pa.array(values, kind)
    except pa.ArrowException:
        return pa.array([value if value is None else float(value) for value in values], kind)


def _decimals(texts: Values, kind: pa.DataType) -> pa.Array:
    """Return what texts say, each with the column's places: exponents far away break Arrow down."""
    unit = Decimal(1).scaleb(-kind.scale)
    return pa.array(
        [None if text is None else Decimal(text).quantize(unit, context=_WIDE) for text in texts], kind
    )


def _by_value(read: Callable[[str], object]) -> Reader:
    def by_value(texts: Values, kind: pa.DataType) -> pa.Array:
        return pa.array([None if text is None else read(text) for text in texts], kind)

    return by_value


_EXACT: Mapping[Kind, Reader] = {Kind.FLOAT: _floats, Kind.DATE: _parsed}
_UNCHECKED: Mapping[Kind, Reader] = {
    **_EXACT,
    Kind.TIME: _usual(TIME_TEXT, pa.array),
    Kind.TIMESTAMP: _usual(TIMESTAMP_TEXT, _parsed),
    Kind.UUID: _usual(UUID_TEXT, pa.array),
}
_CHECKED: Mapping[Kind, Reader] = {
    **_EXACT,
    Kind.DECIMAL: _decimals,
    Kind.TIMESTAMP: _by_value(lambda text: msgspec.convert(text, datetime)),
    Kind.UUID: _by_value(lambda text: str(UUID(text))),
}


def _lists(field: Field, values: Values, *, is_checked: bool) -> pa.Array:
    assert field.item is not None
    ends = accumulate((0 if value is None else len(value) for value in values), initial=0)
    offsets = pa.array(ends, pa.int32())
    items = array(field.item, list(chain.from_iterable(filter(None, values))), is_checked=is_checked)
    return pa.ListArray.from_arrays(offsets, items, arrow_type(field), mask=_missing(values))


def _structs(field: Field, values: Values, *, is_checked: bool) -> pa.Array:
    nothing, width = (None,) * len(field.fields), len(field.fields)
    flat = list(chain.from_iterable(nothing if value is None else astuple(value) for value in values))
    parts = [
        array(part, flat[place::width], is_checked=is_checked) for place, part in enumerate(field.fields)
    ]
    return pa.StructArray.from_arrays(parts, fields=list(arrow_type(field)), mask=_missing(values))


def _missing(values: Values) -> pa.Array:
    return pa.array([value is None for value in values], pa.bool_())
