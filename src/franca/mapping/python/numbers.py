"""What the words on numbers do with a value that is not null."""

import math
import re
from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Context,
    Decimal,
    Inexact,
    InvalidOperation,
)

from franca.mapping.python.failure import Failed

LEAST, MOST = -(2**63), 2**63 - 1
EXACT = Context(prec=200, traps=[Inexact, InvalidOperation])
LOOSE = Context(prec=200, traps=[InvalidOperation])
MODES = {
    "half-even": ROUND_HALF_EVEN,
    "half-up": ROUND_HALF_UP,
    "down": ROUND_DOWN,
    "floor": ROUND_FLOOR,
    "ceiling": ROUND_CEILING,
}
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}\Z")
_FLOAT = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?\Z")


def whole(value: int) -> int:
    """Return an integer of 64 bits."""
    if LEAST <= value <= MOST:
        return value
    raise Failed("out-of-range", "an integer of 64 bits", value)


def add(left: int, right: int) -> int:
    """Add two integers."""
    return whole(whole(left) + whole(right))


def subtract(left: int, right: int) -> int:
    """Subtract two integers."""
    return whole(whole(left) - whole(right))


def multiply(left: int, right: int) -> int:
    """Multiply two integers."""
    return whole(whole(left) * whole(right))


def floor_divide(left: int, right: int) -> int:
    """Divide towards minus infinity."""
    if whole(right) == 0:
        raise Failed("division-by-zero", "a divisor other than 0", right)
    return whole(whole(left) // right)


def modulo(left: int, right: int) -> int:
    """Return the remainder, with the sign of the divisor."""
    if whole(right) == 0:
        raise Failed("division-by-zero", "a divisor other than 0", right)
    return whole(left) % right


def negate(value: int) -> int:
    """Return the opposite."""
    return whole(-whole(value))


def absolute(value: int) -> int:
    """Return the absolute value."""
    return whole(abs(whole(value)))


def finite(value: float) -> float:
    """Return a float that is a number."""
    if math.isfinite(value):
        return value
    raise Failed("out-of-range", "a finite float", value)


def divide(left: float, right: float) -> float:
    """Divide two floats."""
    if right == 0:
        raise Failed("division-by-zero", "a divisor other than 0", right)
    return finite(left / right)


def integer_of(value: str) -> int:
    """Read an integer of 1 to 18 digits."""
    if _INTEGER.match(value):
        return int(value)
    raise Failed("not-an-integer", "a sign or none and 1 to 18 digits", value)


def integer_of_decimal(value: Decimal) -> int:
    """Return a decimal without places as an integer."""
    if value != value.to_integral_value():
        raise Failed("out-of-range", "a whole number", value)
    return whole(int(value))


def float_of_text(value: str) -> float:
    """Read a float."""
    if _FLOAT.match(value):
        return finite(float(value))
    raise Failed("not-a-number", "digits, with a point and an exponent at most", value)


def float_of(value: "int | Decimal") -> float:
    """Return the nearest float."""
    try:
        return finite(float(value))
    except OverflowError:
        raise Failed("out-of-range", "a finite float", value) from None


def fitting(precision: int, scale: int) -> "Callable[[Decimal | int], Decimal]":
    """Return a function that gives a number the scale, exactly, in so many digits."""
    places, limit = Decimal((0, (1,), -scale)), Decimal((0, (1,), precision - scale))

    def fit(value: "Decimal | int") -> Decimal:
        try:
            fitted = EXACT.quantize(Decimal(value), places)
        except (Inexact, InvalidOperation):
            raise Failed("out-of-range", f"at most {scale} digits after the point", value) from None
        if fitted.is_finite() and -limit < fitted < limit:
            return fitted if fitted else abs(fitted)
        raise Failed("out-of-range", f"at most {precision - scale} digits before the point", value)

    return fit


def decimal_of_text(precision: int, scale: int) -> "Callable[[str], Decimal]":
    """Return a function that reads a decimal with at most `scale` places."""
    shape = re.compile(rf"[+-]?[0-9]+(?:\.[0-9]{{1,{scale}}})?\Z" if scale else r"[+-]?[0-9]+\Z")
    fit = fitting(precision, scale)
    expected = f"digits, with at most {scale} after a point"

    def read(value: str) -> Decimal:
        if len(value) <= 80 and shape.match(value):
            return fit(Decimal(value))
        raise Failed("not-a-number", expected, value)

    return read


def rounding(precision: int, places: int, mode: str) -> "Callable[[Decimal | int], Decimal]":
    """Return a function that rounds to so many places."""
    unit, how = Decimal((0, (1,), -places)), MODES[mode]
    fit = fitting(precision, places)

    def rounded(value: "Decimal | int") -> Decimal:
        return fit(Decimal(value).quantize(unit, how, LOOSE))

    return rounded


def implied_of_text(scale: int) -> "Callable[[str], Decimal]":
    """Return a function that reads digits with an implied point."""
    places = Decimal((0, (1,), -scale))

    def read(value: str) -> Decimal:
        if _INTEGER.match(value):
            answer = EXACT.multiply(Decimal(value), places)
            return answer if answer else abs(answer)
        raise Failed("not-a-number", "a sign or none and 1 to 18 digits", value)

    return read


def implied_of(scale: int) -> "Callable[[int], Decimal]":
    """Return a function that puts the point into an integer."""
    places = Decimal((0, (1,), -scale))
    return lambda value: EXACT.multiply(Decimal(whole(value)), places)


def decimal_text(scale: int, *, stripped: bool) -> "Callable[[Decimal | int], str]":
    """Return a function that writes a decimal with `scale` places, or without trailing zeros."""
    places = Decimal((0, (1,), -scale))

    def text(value: "Decimal | int") -> str:
        fitted = EXACT.quantize(Decimal(value), places)
        written = f"{fitted if fitted else abs(fitted):f}"
        return written.rstrip("0").rstrip(".") if stripped and scale else written

    return text
