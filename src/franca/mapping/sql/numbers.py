"""Arithmetic, rounding and casts in SQL: exact, and wider inside than the answer, so that nothing wraps."""

from collections.abc import Callable
from typing import TypeAlias

from sqlglot import exp

from franca.mapping.sql.layers import Part, present
from franca.mapping.sql.literals import data_type, decimal_type, integer, number, text
from franca.mapping.sql.scope import Scope, Translate
from franca.mapping.sql.spark import EXACT
from franca.mapping.tree import Call, Expression
from franca.model.kind import Kind

Binary: TypeAlias = "Callable[[exp.Expr, exp.Expr], exp.Expr]"

WIDE = exp.DataType.build("INT128")
OUT_OF_RANGE = "out-of-range"


_SMALL_DIGITS = 18


def arithmetic(make: type[exp.Binary]) -> Translate:
    """Return the translation of `+`, `-` or `*`: what does not fit the result's type is a problem."""

    def translate(scope: Scope, call: Call) -> Part:
        parts = [scope.plain(arg) for arg in call.args]
        left, right = (
            _roomy(_wide(part.value.copy(), call), arg) for part, arg in zip(parts, call.args, strict=True)
        )
        return _fitted(scope, call, exp.Paren(this=make(this=left, expression=right)), parts)

    return translate


def negate(scope: Scope, call: Call) -> Part:
    """The smallest integer has no negative."""
    part = scope.plain(call.args[0])
    opposite = exp.Neg(this=_wide(part.value.copy(), call))
    opposite.meta[EXACT] = call.type.kind is Kind.DECIMAL
    return _fitted(scope, call, exp.Paren(this=opposite), [part])


def absolute(scope: Scope, call: Call) -> Part:
    """Nor an absolute value."""
    part = scope.plain(call.args[0])
    size = exp.Abs(this=_wide(part.value.copy(), call))
    size.meta[EXACT] = call.type.kind is Kind.DECIMAL
    return _fitted(scope, call, size, [part])


def floor_divide(scope: Scope, call: Call) -> Part:
    """Rounds towards minus infinity, where SQL truncates: what is left is taken away first."""

    def quotient(left: exp.Expr, right: exp.Expr) -> exp.Expr:
        whole = exp.Paren(this=exp.Sub(this=left.copy(), expression=_modulo(left, right)))
        return exp.IntDiv(this=whole, expression=right.copy())

    return _divided(scope, call, quotient)


def modulo(scope: Scope, call: Call) -> Part:
    """Has the sign of the divisor, where SQL's has that of the dividend."""
    return _divided(scope, call, _modulo)


def divide(scope: Scope, call: Call) -> Part:
    """Of floats."""
    return _divided(
        scope, call, lambda left, right: exp.Div(this=left, expression=right, typed=False, safe=True)
    )


def _divided(scope: Scope, call: Call, make: Binary) -> Part:
    parts = [scope.plain(arg) for arg in call.args]
    left, divisor = (part.value for part in parts)
    is_zero = exp.EQ(this=divisor.copy(), expression=number(0))
    by_zero = exp.case().when(exp.and_(present(left), is_zero), text("division-by-zero"))
    right = exp.Nullif(this=_wide(divisor.copy(), call), expression=number(0))
    return _fitted(scope, call, make(_wide(left.copy(), call), right), parts, by_zero)


def _modulo(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    rest = exp.Paren(this=exp.Mod(this=left.copy(), expression=right.copy()))
    raised = exp.Paren(this=exp.Add(this=rest, expression=right.copy()))
    return exp.Paren(this=exp.Mod(this=raised, expression=right.copy()))


def _wide(value: exp.Expr, call: Call) -> exp.Expr:
    """Return an integer in a type that holds any sum and product of two; others as they are."""
    return exp.Cast(this=value, to=WIDE.copy()) if call.type.kind is Kind.INTEGER else value


def _roomy(value: exp.Expr, source: Expression) -> exp.Expr:
    """Return a decimal of over 18 digits: DuckDB keeps what it makes of smaller ones within 18."""
    kind, precision, scale = source.type.kind, source.type.precision or 38, source.type.scale or 0
    if kind is not Kind.DECIMAL or precision > _SMALL_DIGITS:
        return value
    return exp.Cast(this=value, to=decimal_type(_SMALL_DIGITS + 1, scale))


def _fitted(
    scope: Scope, call: Call, value: exp.Expr, parts: list[Part], before: exp.Expr | None = None
) -> Part:
    """Return the result in its type; a failure (also of decimals inside, hence TRY) is out of range."""
    if call.type.kind is Kind.FLOAT:
        finite = exp.case().when(is_finite(value), value.copy())
        return scope.attempted(finite, parts, OUT_OF_RANGE, before=before)
    if call.type.kind is Kind.DECIMAL:
        value = exp.Anonymous(this="TRY", expressions=[value])
    fitted = exp.TryCast(this=value, to=data_type(call.type), safe=True)
    return scope.attempted(fitted, parts, OUT_OF_RANGE, before=before)


def is_finite(value: exp.Expr) -> exp.Expr:
    """Return the test that a float is neither infinite nor NaN."""
    limit = exp.Cast(this=text("Infinity"), to=exp.DataType.build("DOUBLE"))
    return exp.LT(this=exp.Abs(this=value.copy()), expression=limit)


def round_(scope: Scope, call: Call) -> Part:
    """Half up is what every engine does; the other modes correct its answer by one unit."""
    places, mode = integer(call.option("places")), str(call.option("mode"))
    source = call.args[0].type
    part = scope.plain(call.args[0])
    scale = source.scale or 0
    wider = exp.Cast(this=part.value.copy(), to=decimal_type(min(38, (source.precision or 38) + 1), scale))
    if mode == "half-even":
        answer: exp.Expr = exp.func("ROUND_EVEN", wider, number(places))
        return scope.made(exp.Cast(this=answer, to=data_type(call.type)), [part])
    half_up = exp.Cast(this=exp.Round(this=wider, decimals=number(places)), to=data_type(call.type))
    if mode == "half-up":
        return scope.made(half_up, [part])
    kept, depth = scope.layers.keep(half_up, part.depth)
    unit = exp.Cast(this=text(f"{10**-places:.{places}f}"), to=decimal_type(38, places))
    return Part(_corrected(mode, part.value, kept, unit, call), part.problem, depth)


def _corrected(mode: str, value: exp.Expr, rounded: exp.Expr, unit: exp.Expr, call: Call) -> exp.Expr:
    """Return the value rounded half up, moved by one unit where it went the wrong way."""
    higher = exp.GT(this=rounded.copy(), expression=value.copy())
    lower = exp.LT(this=rounded.copy(), expression=value.copy())
    positive = exp.GT(this=value.copy(), expression=number(0))
    negative = exp.LT(this=value.copy(), expression=number(0))
    minus = exp.Sub(this=rounded.copy(), expression=unit)
    plus = exp.Add(this=rounded.copy(), expression=unit.copy())
    case = exp.case()
    if mode in {"down", "floor"}:
        case = case.when(higher if mode == "floor" else exp.and_(higher, positive), minus)
    if mode in {"down", "ceiling"}:
        case = case.when(lower if mode == "ceiling" else exp.and_(lower, negative), plus)
    return exp.Cast(this=case.else_(rounded.copy()), to=data_type(call.type))


WORDS: dict[str, Translate] = {
    "absolute": absolute,
    "add": arithmetic(exp.Add),
    "divide": divide,
    "floor_divide": floor_divide,
    "modulo": modulo,
    "multiply": arithmetic(exp.Mul),
    "negate": negate,
    "round": round_,
    "subtract": arithmetic(exp.Sub),
}
