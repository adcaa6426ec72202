"""Numbers as capture products write them: JSON numbers, text, base64 of unscaled digits, bits."""

import binascii
import re
import struct
from base64 import b64decode
from decimal import Decimal

from franca.formats.unfit import Unfit

DIGITS = 1_000
"""The longest number that is taken; what follows (stores, topics) holds fewer."""

_DECIMAL = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,6})?")
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_BASE64 = re.compile(r"(?=.{4,})(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_NO_NUMBER = "is text that is no number"
_UNSCALED = (
    "; if it is the base64 of digits without their point, as Debezium writes decimals, declare "
    'Annotated[Decimal, Column(unit="unscaled"), Digits(12, 2)], or let the messages carry their schema'
)
_single = struct.Struct("f")
_SMALLEST = 2.0**-126
"""Of floats of four bytes that are less, six digits are more than need be."""
_SPECIAL = {"nan", "infinity", "positive_infinity", "negative_infinity"}


def finite(number: Decimal) -> Decimal:
    """Return the decimal if it is a number of a reasonable length."""
    if not number.is_finite():
        raise Unfit("is not a finite number", "not-finite")
    if -DIGITS <= number.adjusted() <= DIGITS and len(number.as_tuple().digits) <= DIGITS:
        return number
    raise Unfit(f"is a number of more than {DIGITS} digits", "number-too-long")


def decimal_of_text(text: str) -> Decimal:
    """Return the decimal that a text writes out."""
    if text.lstrip("+-").lower() in _SPECIAL:
        raise Unfit("is not a finite number", "not-finite")
    if len(text) > 2 * DIGITS:
        raise Unfit(f"is a number of more than {DIGITS} digits", "number-too-long")
    if not _DECIMAL.fullmatch(text):
        raise Unfit(_NO_NUMBER + _UNSCALED if _BASE64.fullmatch(text) else _NO_NUMBER, "malformed")
    return finite(Decimal(text))


def decimal_of_unscaled(text: str, scale: int) -> Decimal:
    """Return the decimal whose digits are a base64 big-endian integer; the scale may be negative.

    >>> decimal_of_unscaled("bg==", 2)
    Decimal('1.10')
    """
    data = bytes_of_text(text)
    if not data:
        raise Unfit("is an empty unscaled decimal", "malformed")
    if len(data) > DIGITS // 2 or not -DIGITS <= scale <= DIGITS:
        raise Unfit(f"is a number of more than {DIGITS} digits", "number-too-long")
    unscaled = int.from_bytes(data, "big", signed=True)
    if scale < 0:
        return finite(Decimal(unscaled * 10**-scale))
    return Decimal(f"{unscaled}E-{scale}")


def decimal_of_digits(digits: int | Decimal, scale: int) -> Decimal:
    """Return the decimal that a number without its point stands for.

    >>> decimal_of_digits(110, 2)
    Decimal('1.10')
    """
    return finite(Decimal(f"{integer_of(Decimal(digits))}E{-scale}"))


def shortest(value: float) -> float:
    """Return the shortest number that four bytes hold as this one, which they hold, as captures write it.

    >>> shortest(1.2345677614212036), shortest(1.401298464324817e-45)
    (1.2345678, 1e-45)
    """
    for digits in range(6 if abs(value) >= _SMALLEST else 1, 9):
        short = float(f"{value:.{digits}g}")
        if _single.unpack(_single.pack(short))[0] == value:
            return short
    return float(f"{value:.9g}")


def decimal_of_struct(parts: dict[str, object]) -> Decimal:
    """Return the decimal of Debezium's variable scale: `{"scale": 4, "value": "AYr3"}`."""
    scale, value = parts.get("scale"), parts.get("value")
    if type(scale) is not int or not isinstance(value, str):
        raise Unfit("is an object that is no decimal: expected scale and value", "wrong-type")
    return decimal_of_unscaled(value, scale)


def integer_of(number: Decimal) -> int:
    """Return the integer that a decimal equals."""
    whole = int(finite(number))
    if whole != number:
        raise Unfit("is a number with a fraction, expected an integer", "inexact")
    return whole


def integer_of_text(text: str) -> int:
    """Return the integer of a text that is exactly how it would be written again."""
    if len(text) > DIGITS:
        raise Unfit(f"is a number of more than {DIGITS} digits", "number-too-long")
    if not _INTEGER.fullmatch(text):
        raise Unfit("is text, expected an integer", "wrong-type")
    return int(text)


def integer_of_bits(text: str) -> int:
    """Return the integer of a text of noughts and ones, the largest bit first."""
    if not text or not set(text) <= {"0", "1"}:
        raise Unfit("is text, expected noughts and ones", "wrong-type")
    return int(text, 2)


def bytes_of_text(text: str) -> bytes:
    """Return the bytes of a base64 text, in the standard or the URL-safe alphabet."""
    try:
        return b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unfit("is text that is not base64", "malformed") from error


def bytes_of_hex(text: str) -> bytes:
    """Return the bytes of a text of hexadecimal digits, with or without the mark of such before them."""
    digits = text[2:] if text.startswith(("\\x", "0x", "0X")) else text
    try:
        return bytes.fromhex(digits)
    except ValueError as error:
        raise Unfit("is text that is not hexadecimal", "malformed") from error


def bytes_of_latin(text: str) -> bytes:
    """Return the bytes of a text in which each character stands for one byte."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError as error:
        raise Unfit("is text with characters that are no bytes", "malformed") from error


def bits_of_text(text: str, length: int | None) -> str:
    """Return the zeros and ones of a base64 bit string, least significant byte first on the wire."""
    data = bytes_of_text(text)
    bits = f"{int.from_bytes(data, 'little'):0{len(data) * 8}b}"
    return bits[-length:] if length else bits
