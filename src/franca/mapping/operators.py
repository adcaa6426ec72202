"""The operators of expressions: what `+`, `==`, `<` or `&` on values of the row mean."""

from dataclasses import replace

from franca.mapping.operands import NULL, NUMBERS, any_null, call, describe, expect
from franca.mapping.refusal import refuse
from franca.mapping.tree import Call, Constant, Expression, ValueType
from franca.model.kind import Kind

_ORDERED = frozenset({Kind.TEXT, Kind.FLOAT, Kind.DATE, Kind.TIME, Kind.TIMESTAMP})
_EQUAL = _ORDERED | {Kind.ENUM, Kind.UUID, Kind.BYTES, Kind.BOOLEAN}
_SYMBOLS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def plus(left: Expression, right: Expression) -> Expression:
    """Text follows text; numbers are added."""
    if Kind.TEXT in {left.type.kind, right.type.kind} and NULL not in (left, right):
        if left.type.kind is not right.type.kind:
            reason = f"+ got {describe(left.type)} and {describe(right.type)}"
            raise refuse(reason, "use as_text to make text of the other one")
        return append(left, right)
    return arithmetic("add", left, right)


def append(*parts: Expression) -> Expression:
    """Text after text, flattened, neighbouring constants made one; null where one part is null."""
    flat: list[Expression] = []
    for part in parts:
        for piece in part.args if isinstance(part, Call) and part.word == "append" else (part,):
            before = flat[-1] if flat else None
            if isinstance(before, Constant) and isinstance(piece, Constant):
                joined = str(before.value) + str(piece.value)
                flat[-1] = Constant(joined, ValueType(Kind.TEXT, width=len(joined)))
            else:
                flat.append(piece)
    widths = [part.type.width for part in flat]
    width = None if None in widths else sum(width or 0 for width in widths)
    return call("append", tuple(flat), ValueType(Kind.TEXT, any_null(*flat), width=width))


def arithmetic(word: str, left: Expression, right: Expression) -> Expression:
    """`add`, `subtract`, `multiply` on integers, decimals (mixed too) or floats."""
    kinds = {left.type.kind, right.type.kind}
    nullable = any_null(left, right)
    if kinds == {Kind.INTEGER}:
        return call(word, (left, right), ValueType(Kind.INTEGER, nullable))
    if kinds == {Kind.FLOAT}:
        return call(word, (left, right), ValueType(Kind.FLOAT, nullable))
    if kinds <= NUMBERS:
        return call(word, (left, right), _decimal_result(word, left.type, right.type, nullable))
    reason = f"{word} got {describe(left.type)} and {describe(right.type)}, expected two numbers"
    raise refuse(reason, "convert with integer, decimal or floating; a null takes given or first")


def _decimal_result(word: str, left: ValueType, right: ValueType, nullable: bool) -> ValueType:
    scales = left.scale or 0, right.scale or 0
    precisions = left.precision or 19, right.precision or 19
    if word == "multiply":
        scale, precision = sum(scales), sum(precisions)
    else:
        scale = max(scales)
        precision = max(precisions[0] - scales[0], precisions[1] - scales[1]) + scale + 1
    if scale > 38:
        raise refuse(
            f"{word} would give {scale} digits after the point, expected at most 38",
            "declare the columns' digits: Annotated[Decimal, Digits(12, 2)]",
        )
    return ValueType(Kind.DECIMAL, nullable, precision=min(38, precision), scale=scale)


def whole(word: str, left: Expression, right: Expression) -> Expression:
    """`floor_divide` and `modulo` on integers."""
    for side in (left, right):
        expect(word, side, Kind.INTEGER)
    return call(word, (left, right), ValueType(Kind.INTEGER, any_null(left, right)))


def divide(left: Expression, right: Expression) -> Expression:
    """`/` on floats."""
    for side in (left, right):
        remedy = "multiply by a decimal constant (x * Decimal('0.01')), or use // for whole numbers"
        expect("/", side, Kind.FLOAT, remedy=remedy)
    return call("divide", (left, right), ValueType(Kind.FLOAT, any_null(left, right)))


def one_number(word: str, value: Expression) -> Expression:
    """`negate` and `absolute` on numbers."""
    expect(word, value, Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)
    return call(word, (value,), replace(value.type, width=None))


MODES = ("half-even", "half-up", "down", "floor", "ceiling")


def rounded(value: Expression, places: int, mode: str) -> Expression:
    """A decimal with so many places."""
    remedy = "floats round differently in every engine; make it a decimal at the source, or use apply"
    expect("round", value, Kind.DECIMAL, remedy=remedy)
    scale = value.type.scale or 0
    if mode not in MODES:
        raise refuse(f"round got the mode {mode!r}", f"use one of {', '.join(MODES)}")
    if type(places) is not int or not 0 <= places <= 38:
        raise refuse(f"round got {places!r} places", "expected a constant from 0 to 38")
    if places >= scale:
        return cast_decimal(value, places, min(38, (value.type.precision or 38) - scale + places))
    precision = min(38, (value.type.precision or 38) - scale + places + 1)
    result = ValueType(Kind.DECIMAL, value.type.nullable, precision=precision, scale=places)
    return call("round", (value,), result, places=places, mode=mode)


def integer(value: Expression) -> Expression:
    """Text or a whole decimal as an integer."""
    if value.type.kind is Kind.INTEGER:
        return value
    if value.type.kind is Kind.FLOAT or (value.type.kind is Kind.DECIMAL and value.type.scale):
        reason = f"integer got {describe(value.type)}, which may have digits after the point"
        raise refuse(reason, "round it first: integer(round(x, 0))")
    expect("integer", value, Kind.TEXT, Kind.DECIMAL)
    return call("integer", (value,), ValueType(Kind.INTEGER, value.type.nullable))


def cast_decimal(value: Expression, scale: int, precision: int) -> Expression:
    """Text, an integer or a decimal as a decimal of that scale."""
    if (
        type(scale) is not int
        or type(precision) is not int
        or not 0 <= scale <= precision <= 38
        or not precision
    ):
        raise refuse(
            f"decimal got scale {scale!r} and precision {precision!r}",
            "expected constants: 1 to 38 digits, of which 0 or more after the point",
        )
    remedy = "make it a decimal at the source, or use apply"
    expect("decimal", value, Kind.TEXT, Kind.INTEGER, Kind.DECIMAL, remedy=remedy)
    result = ValueType(Kind.DECIMAL, value.type.nullable, precision=precision, scale=scale)
    if value.type.kind is Kind.DECIMAL and (value.type.scale, value.type.precision) == (scale, precision):
        return value
    return call("decimal", (value,), result, precision=precision, scale=scale)


def compare(word: str, left: Expression, right: Expression) -> Expression:
    """`eq`, `ne`, `lt`, `le`, `gt`, `ge`: null where one side is null."""
    if left is NULL or right is NULL:
        raise refuse(f"{_SYMBOLS[word]} None is never true", "use is_null(x) or not_null(x)")
    kinds = {left.type.kind, right.type.kind}
    allowed = _EQUAL if word in {"eq", "ne"} else _ORDERED
    if not (kinds <= NUMBERS or (len(kinds) == 1 and kinds <= allowed and left.type.enum is right.type.enum)):
        reason = f"{_SYMBOLS[word]} got {describe(left.type)} and {describe(right.type)}"
        raise refuse(reason, "compare two values of one type; an enumeration's member only with ==")
    return call(word, (left, right), ValueType(Kind.BOOLEAN, any_null(left, right)))


def logic(word: str, *sides: Expression) -> Expression:
    """`and`, `or` in three-valued logic, flattened."""
    flat: list[Expression] = []
    for side in sides:
        expect(word, side, Kind.BOOLEAN, remedy="compare it with something")
        flat.extend(side.args if isinstance(side, Call) and side.word == word else (side,))
    return call(word, tuple(flat), ValueType(Kind.BOOLEAN, any_null(*flat)))


def negation(value: Expression) -> Expression:
    """`not` in three-valued logic."""
    expect("not_", value, Kind.BOOLEAN, remedy="compare it with something")
    return call("not", (value,), ValueType(Kind.BOOLEAN, value.type.nullable))


def truth(condition: Expression) -> Expression:
    """Return the condition with null taken as false: never null."""
    if not condition.type.nullable:
        return condition
    return call("first", (condition, Constant(False, ValueType(Kind.BOOLEAN))), ValueType(Kind.BOOLEAN))
