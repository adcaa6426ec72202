"""The fast way to read one item, as statements of generated code; what it does not expect, a reader reads."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from franca.formats.copybook.element import Element
from franca.formats.copybook.numbers import OVERPUNCHES
from franca.formats.copybook.reader import Machine
from franca.model.field import Field
from franca.model.kind import Kind

_TRIMS = {"right": ".rstrip(blanks)", "left": ".lstrip(blanks)", "both": ".strip(blanks)"}


def names_of(machine: Machine) -> dict[str, Any]:
    """Return what the statements refer to."""
    signs = OVERPUNCHES[machine.page.is_ebcdic]
    return {
        "digit": tuple(signs.get(byte, ("?", False))[0] for byte in range(256)),
        "minus": tuple(signs.get(byte, ("?", False))[1] for byte in range(256)),
        "blanks": " \0",
        "integer": int.from_bytes,
        "Decimal": Decimal,
    }


def inline(element: Element, field: Field, machine: Machine, places: "Places") -> Sequence[str] | None:
    """Return the statements that leave the item's value in `v`, None where there is no such way.

    `text` is the record's text, `digits` its bytes in hexadecimal; `places.read` reads carefully.
    """
    kind = field.kind
    if kind is Kind.BYTES:
        return None
    match element.form:
        case "text" if kind is Kind.TEXT and machine.page.table is not None:
            return _text(element, machine, places)
        case "zoned" if machine.page.table is not None and not element.separate:
            return _zoned(element, kind, places)
        case "packed":
            return _packed(element, kind, places)
        case "binary" | "little":
            order = "little" if machine.is_little or element.form == "little" else "big"
            number = f"integer(value[{places.slice()}], {order!r}, signed={element.signed})"
            return _numbers(number, element, kind)
    return None


class Places:
    """Where an item is, for the statements that read it: `start` is an expression, or a number as text."""

    def __init__(self, base: str, start: int, size: int, read: str) -> None:
        self._base, self._start, self._size, self.read = base, start, size, read

    def at(self, offset: int = 0) -> str:
        """Return the place of a byte of the item."""
        return self._place(self._base, self._start + offset)

    def half(self, offset: int) -> str:
        """Return the place of one of the item's half bytes among all of the record."""
        return self._place(f"{self._base} * 2" if self._base else "", 2 * self._start + offset)

    def slice(self, start: int = 0, end: int = 0) -> str:
        """Return the item's bytes but for some at its start and its end, as a slice."""
        return f"{self.at(start)}:{self.at(self._size - end)}"

    def _place(self, base: str, place: int) -> str:
        return (f"{base} + {place}" if place else base) if base else str(place)

    @property
    def last(self) -> str:
        """The place of the last byte."""
        return self.at(self._size - 1)


def _text(element: Element, machine: Machine, places: Places) -> Sequence[str]:
    trim = "both" if element.justified and machine.trim == "right" else machine.trim
    taken = f"text[{places.slice()}]{_TRIMS.get(trim, '')}"
    clean = "v" if machine.page.is_whole else "v and v.isascii()"
    unset = clean if trim != "none" else f"{clean} and v[0] != '\\0'"
    return [f"v = {taken}", f"if not ({unset}):", f"    v = {places.read}"]


def _zoned(element: Element, kind: Kind, places: Places) -> Sequence[str] | None:
    if not element.signed:
        return _digits_of(f"text[{places.slice()}]", "", element, kind, places)
    if element.leading:
        digits = f"digit[value[{places.at()}]] + text[{places.slice(1)}]"
        return _digits_of(digits, f"minus[value[{places.at()}]]", element, kind, places)
    digits = f"text[{places.slice(0, 1)}] + digit[value[{places.last}]]"
    return _digits_of(digits, f"minus[value[{places.last}]]", element, kind, places)


def _packed(element: Element, kind: Kind, places: Places) -> Sequence[str] | None:
    end = places.half(2 * element.size - 1)
    minus, known = ("s in 'db'", "s in 'cdfaeb'") if element.signed else ("", "s in 'fcae'")
    made = _digits_of(f"digits[{places.half(0)}:{end}]", minus, element, kind, places, known=known)
    return None if made is None else [f"s = digits[{end}]", *made]


def _digits_of(
    digits: str, minus: str, element: Element, kind: Kind, places: Places, known: str = ""
) -> Sequence[str] | None:
    """Return statements for a number of decimal digits; `minus` tells whether it is negative."""
    made = _numbers("int(t)", element, kind, minus) if kind is not Kind.TEXT else None
    if kind is Kind.DECIMAL and element.scale > 0:
        sign = f"('-' if {minus} else '') + " if minus else ""
        made = [f"v = Decimal({sign}t + 'E-{element.scale}')"]
        made += ["if not v:", f"    v = Decimal('0E-{element.scale}')"] if minus else []
    if kind is Kind.TEXT and not minus and not element.scale and element.form == "zoned":
        made = ["v = t"]
    if made is None:
        return None
    condition = f"t.isdecimal() and {known}" if known else "t.isdecimal()"
    return [
        f"t = {digits}",
        f"if {condition}:",
        *(f"    {line}" for line in made),
        "else:",
        f"    v = {places.read}",
    ]


def _numbers(number: str, element: Element, kind: Kind, minus: str = "") -> Sequence[str] | None:
    """Return statements that make a column's number of an integer, None where another way is needed."""
    lines = [f"v = {number}"]
    lines += [f"if {minus}:", "    v = -v"] if minus else []
    if element.scale < 0:
        lines.append(f"v *= {10**-element.scale}")
    if kind is Kind.INTEGER and element.scale <= 0:
        return lines
    if kind is Kind.DECIMAL:
        return [*lines, f"v = Decimal(f'{{v}}E-{element.scale}')" if element.scale > 0 else "v = Decimal(v)"]
    return None
