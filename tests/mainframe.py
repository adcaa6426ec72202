"""Numbers written as mainframes do: zoned, packed, binary, hexadecimal floats."""

import math
from decimal import Context, Decimal

from franca.formats.copybook.element import Element

Exact = int | Decimal
PLUS, MINUS = "{ABCDEFGHI", "}JKLMNOPQR"
"""The digits with their sign over them, as ASCII has them."""

EXCESS, BASE_BITS = 64, 4
EXACTLY = Context(prec=100)


def write_zoned(number: Exact, element: Element, *, is_ebcdic: bool) -> bytes:
    """Return the bytes of a number that fits."""
    unscaled = _unscaled(number, element)
    text, negative = f"{abs(unscaled):0{element.digits}d}", unscaled < 0
    zero = 0xF0 if is_ebcdic else 0x30
    data = bytearray(zero + int(digit) for digit in text)
    if element.separate:
        sign = (0x60 if negative else 0x4E) if is_ebcdic else (0x2D if negative else 0x2B)
        data.insert(0 if element.leading else len(data), sign)
    elif element.signed:
        at = 0 if element.leading else len(data) - 1
        digit = data[at] - zero
        ascii_sign = ord((MINUS if negative else PLUS)[digit])
        data[at] = (0xD0 if negative else 0xC0) + digit if is_ebcdic else ascii_sign
    return bytes(data)


def write_packed(number: Exact, element: Element) -> bytes:
    """Return the bytes of a number that fits."""
    unscaled = _unscaled(number, element)
    if element.form == "unsigned packed":
        return bytes.fromhex(f"{unscaled:0{2 * element.size}d}")
    sign = ("d" if unscaled < 0 else "c") if element.signed else "f"
    return bytes.fromhex(f"{abs(unscaled):0{2 * element.size - 1}d}{sign}")


def write_binary(number: Exact, element: Element, *, is_little: bool) -> bytes:
    """Return the bytes of a number that fits."""
    order: str = "little" if is_little or element.form == "little" else "big"
    return _unscaled(number, element).to_bytes(element.size, order, signed=element.signed)  # type: ignore[arg-type]  # one of two


def write_hexadecimal(number: float, size: int) -> bytes:
    """Return the bytes nearest to a number that lies within IBM's range."""
    if not number:
        return bytes(size)
    mantissa, power = math.frexp(abs(number))
    exponent = -(-power // BASE_BITS)
    fraction = round(math.ldexp(mantissa, power - BASE_BITS * exponent + 8 * (size - 1)))
    if fraction >> 8 * (size - 1):
        fraction, exponent = fraction >> BASE_BITS, exponent + 1
    return bytes([(0x80 if number < 0 else 0) | (exponent + EXCESS)]) + fraction.to_bytes(size - 1, "big")


def _unscaled(number: Exact, element: Element) -> int:
    return int(Decimal(number).scaleb(element.scale, EXACTLY)) if element.scale else int(number)
