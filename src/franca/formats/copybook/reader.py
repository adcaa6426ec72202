"""The careful way to read one item of a record: any bytes give its value, nothing, or what is wrong."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from msgspec import UNSET

from franca.errors import DecodeError
from franca.formats.copybook.code_page import CodePage
from franca.formats.copybook.element import Element
from franca.formats.copybook.numbers import (
    is_unset,
    read_binary,
    read_edited,
    read_hexadecimal,
    read_ieee,
    read_packed,
    read_zoned,
)
from franca.formats.numbers import integer_of
from franca.formats.semantics import Semantic
from franca.formats.unfit import Unfit
from franca.formats.values import converter
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.layouts import Trim

Read: TypeAlias = Callable[[bytes, int], Any]
"""Reads an item of a record at a place: its value, or UNSET behind the record's end. Raises DecodeError."""

_TEXTUAL = Semantic(is_text=True)
_BLANKS = " \0"


class Machine(NamedTuple):
    """How the machine that wrote the records writes text and numbers."""

    page: CodePage
    is_little: bool
    is_hexadecimal: bool
    trim: Trim


def value_of(element: Element, machine: Machine) -> Callable[[bytes], Any]:
    """Return the function from an item's bytes to its value, None where nobody set it. It raises Unfit."""
    is_ebcdic, is_little = machine.page.is_ebcdic, machine.is_little
    match element.form:
        case "zoned":
            return lambda data: read_zoned(data, element, is_ebcdic=is_ebcdic)
        case "packed" | "unsigned packed":
            return lambda data: read_packed(data, element, is_ebcdic=is_ebcdic)
        case "binary" | "little":
            return lambda data: read_binary(data, element, is_little=is_little)
        case "float":
            return (
                read_hexadecimal
                if machine.is_hexadecimal
                else lambda data: read_ieee(data, is_little=is_little)
            )
        case "edited":
            return lambda data: (
                None if is_unset(data, is_ebcdic=is_ebcdic) else read_edited(_text(data, machine), element)
            )
        case "bytes":
            return bytes
    return lambda data: _trimmed(_text(data, machine, element), element, machine.trim)


def _text(data: bytes, machine: Machine, element: Element | None = None) -> str:
    try:
        return (
            data.decode("utf-16-be") if element and element.form == "national" else machine.page.decode(data)
        )
    except UnicodeDecodeError as error:
        raise Unfit(f"has a byte that is no text in {machine.page.name}", "bad-text") from error


def _trimmed(text: str, element: Element, trim: Trim) -> str | None:
    """Return a text without its padding, None for one of low-values only."""
    if not text.strip("\0"):
        return None
    if trim == "none":
        return text
    text = text.lstrip(_BLANKS) if trim in {"left", "both"} or element.justified else text
    return text.rstrip(_BLANKS) if trim in {"right", "both"} else text


def reader(column: str, element: Element, machine: Machine, convert: "Callable[[Any], Any]") -> Read:
    """Return the function that reads an item; `convert` makes the column's value of the item's or None."""
    value, size = value_of(element, machine), element.size

    def read(record: bytes, at: int) -> Any:
        data = record[at : at + size]
        if len(data) < size:
            if not data:
                return UNSET
            raise DecodeError(column, "the record ends within it", "short-record")
        try:
            return convert(value(data))
        except Unfit as error:
            raise DecodeError(column, error.reason, error.code) from error

    return read


def lenient(read: Read) -> Read:
    """Return the function that leaves out what is no value of the item's type, or no text to be read."""

    def attempt(record: bytes, at: int) -> Any:
        try:
            value = read(record, at)
        except DecodeError:
            return UNSET
        return UNSET if isinstance(value, str) and not value.isprintable() else value

    return attempt


def raw(column: str, size: int) -> Read:
    """Return the function that reads an item's bytes as they are."""
    return reader(column, Element("bytes", size), _ANY, lambda data: data)


_ANY = Machine(CodePage("", None, is_ebcdic=True), is_little=False, is_hexadecimal=True, trim="none")


def conversion(element: Element, field: Field, zone: ZoneInfo | None) -> Callable[[Any], Any]:
    """Return the function from an item's value to the column's. It raises Unfit."""
    of_value = _conversion(element, field, zone)

    def convert(value: Any) -> Any:
        if value is None or (value == "" and field.kind is not Kind.TEXT):
            if field.nullable:
                return None
            if field.kind is Kind.TEXT and not element.is_number:
                return ""
            raise Unfit(
                "is not set: blanks, low-values or high-values, and the column allows no null", "null"
            )
        return of_value(value)

    return convert


def _conversion(element: Element, field: Field, zone: ZoneInfo | None) -> Callable[[Any], Any]:
    if field.kind is Kind.TEXT and element.is_number:
        return _digits(element)
    if field.kind is Kind.DECIMAL and element.is_exact:
        return Decimal
    if field.kind is Kind.FLOAT and element.is_number:
        return float
    if field.kind is Kind.INTEGER and element.is_exact:
        return lambda value: value if type(value) is int else integer_of(value)
    return converter(field, _TEXTUAL, zone)


def _digits(element: Element) -> Callable[[Any], str]:
    """Return how a number is written in a column of text: one without sign and point with all its digits."""
    if element.is_exact and not element.scale and not element.signed and element.form != "edited":
        return lambda value: f"{value:0{element.digits}d}"
    return lambda value: f"{value:f}" if isinstance(value, Decimal) else str(value)
