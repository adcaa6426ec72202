"""Columns that come as text, in CSV and in records of fixed width: each to its type, fast or carefully."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from franca.errors import DecodeError
from franca.formats.moments import date_of_text
from franca.formats.numbers import DIGITS, finite
from franca.formats.semantics import Semantic
from franca.formats.unfit import Unfit
from franca.formats.values import converter
from franca.model.field import Field
from franca.model.kind import Kind

_TEXTUAL = Semantic(is_text=True)
_INTEGER = re.compile(r"[+-]?[0-9]+").fullmatch
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?").fullmatch
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
_COUNTED = {Kind.DATE, Kind.TIME, Kind.TIMESTAMP}


def text_converter(field: Field, zone: ZoneInfo | None) -> Callable[[str], Any]:
    """Return the function from a column's text to its value. It raises Unfit."""
    general = converter(field, _TEXTUAL, zone)
    match field.kind:
        case Kind.TEXT:
            return str
        case Kind.INTEGER:
            return _integer
        case Kind.DECIMAL:
            scale = field.scale or 0
            return (
                (lambda text: Decimal(f"{_integer(text)}E-{scale}")) if field.unit == "unscaled" else _decimal
            )
        case Kind.FLOAT:
            return lambda text: (
                float(text) if _DECIMAL(text) and len(text) < DIGITS else general(text.strip())
            )
        case Kind.DATE if field.unit is None:
            return _date
    if field.kind in _COUNTED and field.unit is not None:
        return lambda text: general(int(text) if _INTEGER(text.strip()) else text.strip())
    return lambda text: general(text.strip())


def _integer(text: str) -> int:
    text = text.strip()
    if len(text) > DIGITS:
        raise Unfit(f"is a number of more than {DIGITS} digits", "number-too-long")
    if not _INTEGER(text):
        raise Unfit("is text, expected an integer", "malformed")
    return int(text)


def _decimal(text: str) -> Decimal:
    text = text.strip()
    if len(text) > DIGITS:
        raise Unfit(f"is a number of more than {DIGITS} digits", "number-too-long")
    if not _DECIMAL(text):
        special = text.lstrip("+-").lower() in {"nan", "infinity", "inf"}
        raise (
            Unfit("is not a finite number", "not-finite")
            if special
            else Unfit("is text that is no number", "malformed")
        )
    return finite(Decimal(text))


def _date(text: str) -> date:
    text = text.strip()
    try:
        return date.fromisoformat(text) if _ISO_DATE(text) else date_of_text(text)
    except ValueError:
        return date_of_text(text)


def text_reader(field: Field, zone: ZoneInfo | None) -> Callable[[str | None], Any]:
    """Return the careful function from a column's text, None for null, to its value. Raises DecodeError.

    A blank text is null for what is not text.
    """
    convert = text_converter(field, zone)

    def read(text: str | None) -> Any:
        try:
            if text is None or (field.kind is not Kind.TEXT and not text.strip()):
                if field.nullable:
                    return None
                raise Unfit("is null, and the column allows none", "null")
            return convert(text)
        except Unfit as error:
            raise DecodeError(field.column, error.reason, error.code) from error

    return read


def statements(number: int, field: Field, cell: str, null: str) -> Sequence[str]:
    """Return statements that make `v<number>` of the text that `cell` gives; None equals the name `null`.

    What is not as usual, `read<number>` reads. A text that may not be null and is empty stays empty.
    """
    value, read = f"v{number}", f"read{number}(c)"
    if field.kind is Kind.TEXT and not field.nullable and null == "":
        return [f"{value} = {cell} or ''"]
    head = [
        f"c = {cell}",
        "if c == null:",
        f"    {value} = {'None' if field.nullable else f'read{number}(None)'}",
    ]
    if field.kind is Kind.TEXT:
        return [*head, "else:", f"    {value} = c"]
    if field.kind in _INLINE and field.unit is None:
        test, made = _INLINE[field.kind]
        return [*head, f"elif {test}:", f"    {value} = {made}", "else:", f"    {value} = {read}"]
    return [*head, "else:", f"    {value} = {read}"]


_INLINE = {
    Kind.INTEGER: ("c.isdecimal() and c.isascii()", "int(c)"),
    Kind.DECIMAL: ("is_short(c)", "Decimal(c)"),
    Kind.FLOAT: ("is_short(c)", "float(c)"),
    Kind.DATE: ("is_date(c)", "date_of(c)"),
}
NAMES = {
    "is_short": re.compile(r"[+-]?[0-9]{1,99}(?:\.[0-9]{1,99})?").fullmatch,
    "is_date": _ISO_DATE,
    "date_of": date.fromisoformat,
    "Decimal": Decimal,
}
"""What the statements refer to."""
