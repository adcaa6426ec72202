"""Any JSON value to a column's Python value: one function per kind, made for the column and its meaning.

The functions raise Unfit; numbers with a fraction reach them as Decimal, so nothing is rounded.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from franca.formats.arrays import items_of_array
from franca.formats.datestyle import iso_of_style
from franca.formats.moments import (
    date_of_instant,
    date_of_number,
    date_of_text,
    text_of_number,
    time_of_instant,
    time_of_number,
    time_of_text,
    timestamp_of_number,
    timestamp_of_text,
)
from franca.formats.numbers import (
    bits_of_text,
    bytes_of_hex,
    bytes_of_latin,
    bytes_of_text,
    decimal_of_digits,
    decimal_of_struct,
    decimal_of_text,
    decimal_of_unscaled,
    finite,
    integer_of,
    integer_of_bits,
    integer_of_text,
)
from franca.formats.semantics import UNKNOWN, Semantic
from franca.formats.unfit import Unfit
from franca.model.field import Field
from franca.model.kind import Kind

Convert: TypeAlias = Callable[[Any], Any]

_encode = msgspec.json.Encoder(decimal_format="number").encode
_VALUES_SHOWN = 12
_SPECIAL = {
    "NaN": "nan",
    "Infinity": "inf",
    "+Infinity": "inf",
    "-Infinity": "-inf",
    "POSITIVE_INFINITY": "inf",
    "NEGATIVE_INFINITY": "-inf",
}
_BOOLEANS = {"0": False, "1": True, "f": False, "t": True, "false": False, "true": True}


def converter(field: Field, semantic: Semantic, zone: ZoneInfo | None) -> Convert:
    """Return the function that makes a column's value of any JSON value. It raises Unfit, also for null."""
    match field.kind:
        case Kind.TEXT:
            return _trimmed(_text(semantic)) if field.trim else _text(semantic)
        case Kind.INTEGER | Kind.DECIMAL:
            return _number(field, semantic)
        case Kind.FLOAT:
            return _of_text(_float, _float_of_text) if semantic.is_text else _float
        case Kind.BOOLEAN:
            return _of_text(_boolean, _boolean_of_text) if semantic.is_text else _boolean
        case Kind.DATE | Kind.TIME | Kind.TIMESTAMP:
            return _no_moment if semantic.is_no_moment else _moment(field, semantic, zone)
        case Kind.BYTES:
            return _bytes(semantic)
        case Kind.UUID:
            return _uuid
        case Kind.LIST:
            return _list(field, semantic, zone)
        case Kind.STRUCT:
            return _nested(field, zone)
    return _enumeration(field, semantic)


def wrong(value: object, expected: str) -> Unfit:
    """Return the refusal of a JSON value of another type than expected."""
    code = "null" if value is None else "wrong-type"
    return Unfit(f"is {_named(value)}, expected {expected}", code)


def _named(value: object) -> str:
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "an integer", Decimal: "a number", float: "a number", str: "text"}
    return names.get(type(value)) or ("an object" if isinstance(value, dict) else "an array")


def _text(semantic: Semantic) -> Convert:
    unit = semantic.unit

    def convert(value: Any) -> str:
        if type(value) is str:
            if semantic.labels is not None:
                return semantic.labels.text(value)
            if semantic.is_unscaled:
                return f"{decimal_of_unscaled(value, semantic.scale or 0):f}"
            return bits_of_text(value, semantic.length) if semantic.is_bits else value
        if type(value) is int and unit is not None:
            return text_of_number(value, unit, semantic.is_time) + ("Z" if semantic.is_instant else "")
        if type(value) is dict and value.keys() == {"scale", "value"}:
            return f"{decimal_of_struct(value):f}"
        if semantic.is_set and type(value) is list and all(type(each) is str for each in value):
            return ",".join(value)
        if type(value) in {dict, list} and semantic.may_be_document:
            return _document(value)
        raise wrong(value, "text")

    return convert


def _trimmed(convert: Convert) -> Convert:
    """Return the conversion for a column whose values are padded with blanks at their end."""
    return lambda value: convert(value).rstrip(" ")


def _number(field: Field, semantic: Semantic) -> Convert:
    is_integer = field.kind is Kind.INTEGER
    is_counted = field.unit == "unscaled" and not semantic.type
    is_unscaled = semantic.is_unscaled or is_counted
    scale = semantic.scale if semantic.is_unscaled else field.scale
    of_text = integer_of_bits if semantic.is_binary else integer_of_text

    def decimal(value: Any) -> Decimal:
        if is_counted and type(value) in {int, Decimal}:
            return decimal_of_digits(value, scale or 0)
        if type(value) is Decimal:
            return finite(value)
        if type(value) is int:
            return finite(Decimal(value))
        if type(value) is str:
            return decimal_of_unscaled(value, scale or 0) if is_unscaled else decimal_of_text(value)
        if type(value) is dict:
            return decimal_of_struct(value)
        raise wrong(value, "a decimal number")

    def integer(value: Any) -> int:
        if type(value) is int:
            return value
        if type(value) is str and semantic.is_bits:
            return int.from_bytes(bytes_of_text(value), "little")
        if type(value) is str and not is_unscaled:
            return of_text(value)
        if type(value) in {Decimal, str, dict}:
            return integer_of(decimal(value))
        raise wrong(value, "an integer")

    return integer if is_integer else decimal


def _float(value: Any) -> float:
    if type(value) is float:
        return value
    if type(value) in {int, Decimal}:
        try:
            number = float(value)
        except OverflowError:
            number = float("inf")
        if number in {float("inf"), float("-inf")}:
            raise Unfit("is a number beyond the range of a float", "out-of-range")
        return number
    if type(value) is str and value in _SPECIAL:
        return float(_SPECIAL[value])
    raise wrong(value, "a number")


def _of_text(convert: Convert, convert_text: Callable[[str], Any]) -> Convert:
    """Return the conversion for a format that writes everything as text."""
    return lambda value: convert_text(value) if type(value) is str else convert(value)


def _float_of_text(text: str) -> float:
    return float(_SPECIAL[text]) if text in _SPECIAL else _float(decimal_of_text(text))


def _boolean_of_text(text: str) -> bool:
    if text.lower() not in _BOOLEANS:
        raise Unfit("is text that is no boolean: expected 0, 1, true or false", "malformed")
    return _BOOLEANS[text.lower()]


def _boolean(value: Any) -> bool:
    if type(value) is bool:
        return value
    if type(value) is int and value in {0, 1}:
        return value == 1
    raise wrong(value, "a boolean, or 0 or 1")


_PLAIN_MICROSECONDS = 100_000_000_000_000
"""Below this a count of microseconds lies within three years of 1970: milliseconds are likelier."""

_UNIT_UNKNOWN = (
    "is a number near 1970 if it counts microseconds, and no schema tells what it counts: "
    'declare the column\'s unit, Annotated[datetime, Column(unit="ms")]'
)


def _moment(field: Field, semantic: Semantic, zone: ZoneInfo | None) -> Convert:
    told = semantic.unit or field.unit
    unit = told or ("days" if field.kind is Kind.DATE else "us")
    is_styled = semantic.is_styled or field.date_style is not None
    iso: Callable[[str], str] = partial(iso_of_style, style=field.date_style) if is_styled else str
    is_instant = semantic.is_instant and told not in {None, "days"}
    wall = None if is_instant else zone

    def day(value: Any) -> date:
        if type(value) is int:
            return date_of_instant(value, unit, zone) if is_instant else date_of_number(value, unit)
        if type(value) is str:
            return date_of_text(iso(value))
        if type(value) is date:
            return value
        raise wrong(value, "a date")

    def clock(value: Any) -> time:
        if type(value) is int:
            return time_of_instant(value, unit, zone) if is_instant else time_of_number(value, unit)
        if type(value) is str:
            return time_of_text(value)
        raise wrong(value, "a time of day")

    def timestamp(value: Any) -> datetime:
        if type(value) is int:
            if told is None and -_PLAIN_MICROSECONDS < value < _PLAIN_MICROSECONDS:
                raise Unfit(_UNIT_UNKNOWN, "unknown-unit")
            return timestamp_of_number(value, unit, wall)
        if type(value) is str:
            return timestamp_of_text(iso(value), zone)
        raise wrong(value, "a timestamp")

    return {Kind.DATE: day, Kind.TIME: clock}.get(field.kind, timestamp)


def _no_moment(value: Any) -> Any:
    if type(value) is int:
        raise Unfit("is a year or a duration, expected a date, a time or a timestamp", "wrong-type")
    raise wrong(value, "a date, a time or a timestamp")


def _bytes(semantic: Semantic) -> Convert:
    of_text = {"hex": bytes_of_hex, "latin-1": bytes_of_latin}.get(semantic.bytes_form, bytes_of_text)

    def convert(value: Any) -> bytes:
        if type(value) is str:
            return of_text(value)
        raise wrong(value, f"{semantic.bytes_form} text")

    return convert


def _uuid(value: Any) -> UUID:
    if type(value) is not str:
        raise wrong(value, "the text of a UUID")
    try:
        return msgspec.convert(value, UUID)
    except msgspec.ValidationError as error:
        raise Unfit("is text that is no UUID", "malformed") from error


def _document(value: Any) -> str:
    """Return an object or an array as its JSON, every digit of its numbers, for a column of text."""
    return _encode(value).decode()


def parts_of(field: Field, semantic: Semantic) -> Iterator[tuple[Field, Semantic]]:
    """Yield a list's item, or the fields of a nested value, each with what it means.

    An item means what the array's schema tells, else what all values of the format do. What is said of a
    column (its unit, its date style, its trimming) is said of what is in it.
    """
    style, trim = field.date_style, field.trim
    if field.item is not None:
        meaning = semantic.item or (UNKNOWN if semantic.type else semantic)
        yield replace(field.item, unit=field.unit, date_style=style, trim=trim), meaning
    for part in field.fields:
        yield replace(part, date_style=part.date_style or style, trim=part.trim or trim), UNKNOWN


def _list(field: Field, semantic: Semantic, zone: ZoneInfo | None) -> Convert:
    ((part, meaning),) = parts_of(field, semantic)
    nullable, item = part.nullable, converter(part, meaning, zone)

    def convert(value: Any) -> list[Any]:
        if type(value) is str and semantic.is_styled:
            value = items_of_array(value)
        if type(value) is not list:
            raise wrong(value, "an array")
        return [None if each is None and nullable else item(each) for each in value]

    return convert


def _nested(field: Field, zone: ZoneInfo | None) -> Convert:
    parts = [(part, converter(part, meaning, zone)) for part, meaning in parts_of(field, UNKNOWN)]
    made: Any = field.cls

    def convert(value: Any) -> Any:
        if type(value) is not dict:
            raise wrong(value, "an object of its fields")
        return made(**{part.name: _part(part, read, value) for part, read in parts if _is_told(part, value)})

    return convert


def _is_told(part: Field, value: Any) -> bool:
    if part.name not in value and not part.has_default:
        raise Unfit(f"is an object without {part.name!r}", "wrong-type")
    return part.name in value


def _part(part: Field, read: Convert, value: Any) -> Any:
    each = value[part.name]
    try:
        return None if each is None and part.nullable else read(each)
    except Unfit as error:
        raise Unfit(f"is an object whose {part.name!r} {error.reason}", error.code) from error


def _enumeration(field: Field, semantic: Semantic) -> Convert:
    target: Any = field.enum
    labels = semantic.labels
    values = [repr(each.value) for each in target]
    told = ", ".join([*values[:_VALUES_SHOWN], *(["…"] if len(values) > _VALUES_SHOWN else [])])

    def convert(value: Any) -> Any:
        if labels is not None and type(value) is str:
            value = labels.text(value)
        try:
            return msgspec.convert(value, target)
        except msgspec.ValidationError as error:
            if type(value) is str:
                raise Unfit(
                    f"is no value of {target.__name__}, expected one of {told}", "wrong-type"
                ) from error
            raise wrong(value, f"one of {told}") from error

    return convert
