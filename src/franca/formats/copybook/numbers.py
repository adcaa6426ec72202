"""Numbers as mainframes write them: zoned, packed, binary, hexadecimal floats, edited for print.

A number that nobody has set (blanks, low-values, high-values) is read as None; what is no number raises
Unfit.
"""

import math
import re
import struct
from decimal import Decimal
from typing import TypeAlias

from franca.formats.copybook.element import Element
from franca.formats.unfit import Unfit

Exact: TypeAlias = int | Decimal

_PLUS, _MINUS = "acef", "bd"
_ASCII_PLUS, _ASCII_MINUS = "{ABCDEFGHI", "}JKLMNOPQR"
_EXCESS, _BASE_BITS = 64, 4
_EDITED = re.compile(r"(?P<before>[+-])?(?P<number>[0-9]*\.?[0-9]+)(?P<after>[+-]|CR|DB)?")


def overpunches(*, is_ebcdic: bool) -> dict[int, tuple[str, bool]]:
    """Return the digit of each byte that holds a digit with a sign, and whether that is minus.

    In EBCDIC the zone is the sign (C, D, or F for none), whatever characters a code page has there; of
    ASCII both customs are read, that of translated files and that of the compilers which write a minus as
    `p` to `y`.
    """
    found: dict[int, tuple[str, bool]] = {}
    for digit in range(10):
        if is_ebcdic:
            found |= {(zone << 4) + digit: (str(digit), zone == 0xD) for zone in (0xC, 0xD, 0xF)}
        else:
            found[0x30 + digit] = found[ord(_ASCII_PLUS[digit])] = (str(digit), False)
            found[0x70 + digit] = found[ord(_ASCII_MINUS[digit])] = (str(digit), True)
    return found


OVERPUNCHES = {is_ebcdic: overpunches(is_ebcdic=is_ebcdic) for is_ebcdic in (True, False)}
"""The same by whether the code page is EBCDIC."""


def is_unset(data: bytes, *, is_ebcdic: bool) -> bool:
    """Return whether all bytes are blanks, low-values or high-values."""
    return data.count(data[:1]) == len(data) and data[:1] in (
        b"\x40" if is_ebcdic else b" ",
        b"\x00",
        b"\xff",
    )


def scaled(digits: int, scale: int) -> Exact:
    """Return digits with their point put in its place.

    >>> scaled(-1234, 2), scaled(12, -3)
    (Decimal('-12.34'), 12000)
    """
    return Decimal(f"{digits}E-{scale}") if scale > 0 else digits * 10**-scale


def read_zoned(data: bytes, element: Element, *, is_ebcdic: bool) -> Exact | None:
    """Return the number of digits that are characters, the sign over one of them or beside them."""
    if is_unset(data, is_ebcdic=is_ebcdic):
        return 0 if element.blank_when_zero and data[:1] not in b"\x00\xff" else None
    zero = 0xF0 if is_ebcdic else 0x30
    plus, minus = (0x4E, 0x60) if is_ebcdic else (0x2B, 0x2D)
    data = _without_padding(data, element, b"\x40\x00" if is_ebcdic else b" \x00")
    if not data:
        return None
    at = 0 if element.leading else len(data) - 1
    negative, sign = False, data[at]
    if element.separate:
        if sign not in {plus, minus}:
            raise Unfit("has no sign where its picture has one", "bad-sign")
        negative, data = sign == minus, data[:at] + data[at + 1 :]
    elif not zero <= sign <= zero + 9:
        digit, negative = OVERPUNCHES[is_ebcdic].get(sign, ("", False))
        if not digit or not element.signed:
            expected = "a digit with its sign" if element.signed else "a digit"
            raise Unfit(f"has a byte that is not {expected}: is the code page right?", "bad-sign")
        data = data[:at] + bytes([zero + int(digit)]) + data[at + 1 :]
    text = bytes(byte - zero + 0x30 if zero <= byte <= zero + 9 else 0x2F for byte in data).decode()
    if not text.isdecimal():
        raise Unfit("has a character that is no digit", "malformed")
    return scaled(-int(text) if negative else int(text), element.scale)


def _without_padding(data: bytes, element: Element, padding: bytes) -> bytes:
    """Return the digits without blanks and low-values before them, and behind where no point is implied."""
    return data.lstrip(padding) if element.scale > 0 else data.strip(padding)


def read_packed(data: bytes, element: Element, *, is_ebcdic: bool) -> Exact | None:
    """Return the number of two digits a byte, the last half byte the sign where there is one."""
    text = data.hex()
    digits, sign = (text, "c") if element.form == "unsigned packed" else (text[:-1], text[-1])
    if digits.isdecimal() and sign in _PLUS + _MINUS:
        negative = sign in _MINUS
        if negative and not element.signed and int(digits):
            raise Unfit("is negative, and its picture has no sign", "bad-sign")
        return scaled(-int(digits) if negative else int(digits), element.scale)
    if is_unset(data, is_ebcdic=is_ebcdic):
        return None
    if digits.isdecimal():
        raise Unfit("ends in a half byte that is no sign", "bad-sign")
    raise Unfit("has a half byte that is no digit", "malformed")


def read_binary(data: bytes, element: Element, *, is_little: bool) -> Exact:
    """Return the number of two's complement, or without a sign."""
    order: str = "little" if is_little or element.form == "little" else "big"
    return scaled(int.from_bytes(data, order, signed=element.signed), element.scale)  # type: ignore[arg-type]  # one of two


def read_hexadecimal(data: bytes) -> float:
    """Return the number of IBM's floating point: a sign, a power of 16 plus 64, a fraction.

    >>> read_hexadecimal(bytes.fromhex("C276A000"))
    -118.625
    """
    fraction = int.from_bytes(data[1:], "big")
    power = _BASE_BITS * ((data[0] & 0x7F) - _EXCESS) - 8 * (len(data) - 1)
    return math.copysign(math.ldexp(fraction, power), -1 if data[0] & 0x80 and fraction else 1)


def read_ieee(data: bytes, *, is_little: bool) -> float:
    """Return the number of IEEE 754's floating point."""
    return float(struct.unpack(("<" if is_little else ">") + ("f" if len(data) == 4 else "d"), data)[0])  # noqa: PLR2004, RUF100  # a single's size


def read_edited(text: str, element: Element) -> Exact | None:
    """Return the number that a text edited for print shows, None for blanks.

    >>> read_edited(" 1,234.50CR", Element("edited", 11, 6, 2, signed=True))
    Decimal('-1234.50')
    """
    kept = text.translate(_DROPPED).upper()
    if not kept:
        return None if not element.digits or text.strip("\0 ") == "" else 0
    negative = False
    if kept[-1] in _ASCII_PLUS[1:] + _ASCII_MINUS[1:] + "{}" and kept[-2:] not in {"CR", "DB"}:
        digit, negative = OVERPUNCHES[False][ord(kept[-1])]
        kept = kept[:-1] + digit
    found = _EDITED.fullmatch(kept)
    if found is None:
        raise Unfit("is text that is no number edited for print", "malformed")
    negative = negative or found["before"] == "-" or found["after"] in {"-", "CR", "DB"}
    whole, _, fraction = found["number"].partition(".")
    digits = int(whole + fraction.ljust(element.scale, "0")) if "." in found["number"] else int(whole)
    return scaled(-digits if negative else digits, max(element.scale, len(fraction)))


_DROPPED = {ord(character): None for character in " ,*$\u20ac\u00a3\0"}
