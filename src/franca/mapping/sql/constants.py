"""Constants beside values in SQL, each in the type of the value: no engine has to find a common one."""

import math
from collections.abc import Iterable
from decimal import Context, Decimal
from fractions import Fraction
from typing import TypeAlias

from sqlglot import exp

from franca.errors import DefinitionError
from franca.mapping.sql.layers import present
from franca.mapping.sql.literals import literal
from franca.mapping.tree import ValueType
from franca.model.kind import DECIMAL_PRECISION, DECIMAL_SCALE, Kind

Bound: TypeAlias = "type[exp.GTE] | type[exp.LTE]"

_NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL})
_EXACT = Context(prec=DECIMAL_PRECISION)


def holds(type_: ValueType, constant: object) -> bool:
    """Return whether a value of the type may be the constant."""
    if type_.kind not in _NUMBERS or not isinstance(constant, int | Decimal):
        return True
    units, (least, most) = _units(constant, type_), _limits(type_)
    return units.denominator == 1 and least <= units <= most


def fitted(constant: object, type_: ValueType) -> exp.Expr:
    """Return a constant in a type. Raises DefinitionError where that has too few digits for it."""
    if not holds(type_, constant):
        reason = f"the constant {constant!r} has too many digits beside the others in SQL"
        raise DefinitionError.one("codes", reason, "leave this mapping to the stream, or round the others")
    return literal(constant, type_)


def one_of(value: exp.Expr, constants: Iterable[object], type_: ValueType) -> exp.Expr:
    """Return whether a plain value is one of the constants; null for null."""
    options = [literal(each, type_) for each in constants if holds(type_, each)]
    if not options:
        return exp.case().when(present(value), exp.false())
    return exp.In(this=value.copy(), expressions=options)


def bounded(make: Bound, value: exp.Expr, bound: object, type_: ValueType) -> exp.Expr:
    """Return whether a plain value is at least or at most the bound; never false for null.

    The bound is moved to the next value of the type, if there is one.
    """
    nearest = bound
    if isinstance(bound, int | float | Decimal) and type_.kind is Kind.FLOAT:
        nearest = _next_float(make, bound)
    elif isinstance(bound, int | float | Decimal) and type_.kind in _NUMBERS:
        whole, (least, most) = _next_whole(make, bound, type_), _limits(type_)
        if not least <= whole <= most:
            is_always = (whole < least) is (make is exp.GTE)
            return exp.true() if is_always else exp.Is(this=value.copy(), expression=exp.Null())
        nearest = Decimal(whole).scaleb(-_scale(type_), _EXACT)
    return make(this=value.copy(), expression=literal(nearest, type_))


def _next_whole(make: Bound, bound: "int | float | Decimal", type_: ValueType) -> "int | float | Decimal":
    """Return the bound in units of the type's last place."""
    if math.isinf(bound):
        return bound
    units = _units(bound, type_)
    return math.ceil(units) if make is exp.GTE else math.floor(units)


def _next_float(make: Bound, bound: "int | float | Decimal") -> float:
    try:
        nearest = float(bound)
    except OverflowError:
        nearest = math.inf if bound > 0 else -math.inf
    if make is exp.GTE:
        return nearest if nearest >= bound else math.nextafter(nearest, math.inf)
    return nearest if nearest <= bound else math.nextafter(nearest, -math.inf)


def _units(number: "int | float | Decimal", type_: ValueType) -> Fraction:
    """Return a number in units of the type's last place; a float beside decimals is the one that it shows."""
    if isinstance(number, float) and type_.kind is Kind.DECIMAL:
        number = Decimal(str(number))
    units: Fraction = Fraction(number) * 10 ** _scale(type_)
    return units


def _limits(type_: ValueType) -> tuple[int, int]:
    """Return the least and the greatest value of the type, in such units."""
    if type_.kind is Kind.INTEGER:
        return -(2**63), 2**63 - 1
    most = 10 ** (DECIMAL_PRECISION if type_.precision is None else type_.precision) - 1
    return -most, most


def _scale(type_: ValueType) -> int:
    if type_.kind is Kind.INTEGER:
        return 0
    return DECIMAL_SCALE if type_.scale is None else type_.scale
