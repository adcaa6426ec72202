"""How the words on numbers are undone."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from franca.mapping.inverse.step import Rule, Step, of_kind, of_type, text, whole
from franca.mapping.operands import constant
from franca.mapping.tree import Call, Constant, Expression, ValueType
from franca.model.kind import Kind

_EXACT_DIGITS = 18


def add(call: Call, answer: Expression) -> list[Step] | str:
    """A constant is taken away."""
    return _with_constant(call, lambda other, _first: _number("subtract", call, answer, other))


def subtract(call: Call, answer: Expression) -> list[Step] | str:
    """A constant is added, or the difference taken from it."""

    def undone(other: Constant, is_first: bool) -> Expression:
        return _number("subtract", call, other, answer) if is_first else _number("add", call, answer, other)

    return _with_constant(call, undone)


def multiply(call: Call, answer: Expression) -> list[Step] | str:
    """A constant is divided out: integers exactly, decimals by its reciprocal where that ends."""
    found = _split(call)
    if isinstance(found, str):
        return found
    argument, other, _ = found
    if call.type.kind is Kind.INTEGER and other.value:
        return [Step(argument, of_kind("floor_divide", Kind.INTEGER, answer, other))]
    if call.type.kind is Kind.DECIMAL and isinstance(other.value, int | Decimal) and other.value:
        inverse = _reciprocal(Decimal(other.value))
        if inverse is not None:
            product = ValueType(Kind.DECIMAL, precision=38, scale=min(38, _scale(answer) + _scale(inverse)))
            return [Step(argument, as_type(of_type("multiply", product, answer, inverse), argument.type))]
    return "the product can't be divided exactly"


def _with_constant(call: Call, undone: Callable[[Constant, bool], Expression]) -> list[Step] | str:
    found = _split(call)
    if isinstance(found, str):
        return found
    argument, other, is_first = found

    return [Step(argument, as_type(undone(other, is_first), argument.type))]


def _split(call: Call) -> tuple[Expression, Constant, bool] | str:
    """Return the argument that is no constant, the one that is, and whether the constant comes first."""
    if call.type.kind is Kind.FLOAT:
        return "floats are rounded in each operation"
    left, right = call.args
    if isinstance(right, Constant) and right.value is not None:
        return left, right, False
    if isinstance(left, Constant) and left.value is not None:
        return right, left, True
    return "two columns are computed into one value"


def _number(word: str, call: Call, left: Expression, right: Expression) -> Expression:
    if call.type.kind is Kind.INTEGER:
        return of_kind(word, Kind.INTEGER, left, right)
    scale = max(_scale(left), _scale(right))
    return of_type(word, ValueType(Kind.DECIMAL, precision=38, scale=scale), left, right)


def _scale(node: Expression) -> int:
    return node.type.scale or 0


def _reciprocal(value: Decimal) -> Constant | None:
    inverse = 1 / value
    exact = inverse * value == 1 and len(inverse.as_tuple().digits) <= _EXACT_DIGITS
    return constant(inverse) if exact else None


def as_type(node: Expression, wanted: ValueType) -> Expression:
    """Return a number in the column's own type: an integer, or a decimal of its digits."""
    if wanted.kind is Kind.INTEGER:
        return _integer(node)
    if wanted.kind is Kind.DECIMAL and (node.type.scale, node.type.precision) != (
        wanted.scale,
        wanted.precision,
    ):
        return _decimal(node, wanted.precision or 38, wanted.scale or 0)
    return node


def _decimal(node: Expression, precision: int, scale: int) -> Expression:
    result = ValueType(Kind.DECIMAL, precision=precision, scale=scale)
    return of_type("decimal", result, node, precision=precision, scale=scale)


def _integer(node: Expression) -> Expression:
    if node.type.kind is Kind.INTEGER:
        return node
    return of_kind("integer", Kind.INTEGER, _decimal(node, 38, 0))


def negate(call: Call, answer: Expression) -> list[Step] | str:
    """The opposite of the opposite."""
    return [Step(call.args[0], of_type("negate", replace(call.type, width=None), answer))]


def integer(call: Call, answer: Expression) -> list[Step] | str:
    """Text gets its noughts back where the column has a width."""
    argument = call.args[0]
    if argument.type.kind is Kind.DECIMAL:
        return [Step(argument, _decimal(answer, argument.type.precision or 38, 0))]
    return [Step(argument, written(answer, argument.type.width), exact=argument.type.width is not None)]


def written(number: Expression, width: int | None) -> Expression:
    """Return a number as text; with a width, filled up with noughts behind its sign."""
    if width is None:
        return of_kind("as_text", Kind.TEXT, number)
    zero = whole(0) if number.type.kind is Kind.INTEGER else constant(Decimal(0))
    positive = _filled(number, width)
    if width == 1:
        return positive
    opposite = of_type("negate", number.type, number)
    negative = of_kind("append", Kind.TEXT, text("-"), _filled(opposite, width - 1))
    is_negative = of_kind("lt", Kind.BOOLEAN, number, zero)
    return of_kind("when", Kind.TEXT, is_negative, negative, positive)


def _filled(number: Expression, width: int) -> Expression:
    """Return a number filled up with noughts, or as it is where it is longer already."""
    shown = of_kind("as_text", Kind.TEXT, number)
    padded = of_kind("pad", Kind.TEXT, shown, width=width, fill="0", side="left")
    fits = of_kind("le", Kind.BOOLEAN, of_kind("length", Kind.INTEGER, shown), whole(width))
    return of_kind("when", Kind.TEXT, fits, padded, shown)


def decimal(call: Call, answer: Expression) -> list[Step] | str:
    """The number in the type it came from."""
    argument = call.args[0]
    if argument.type.kind is Kind.TEXT:
        return [Step(argument, written(answer, argument.type.width), exact=argument.type.width is not None)]
    return [Step(argument, as_type(answer, argument.type))]


def implied(call: Call, answer: Expression) -> list[Step] | str:
    """The point is taken out."""
    argument, scale = call.args[0], int(str(call.option("scale")))
    factor = constant(Decimal(10) ** scale)
    product = ValueType(Kind.DECIMAL, precision=38, scale=_scale(answer))
    digits = _integer(of_type("multiply", product, answer, factor))
    if argument.type.kind is Kind.INTEGER:
        return [Step(argument, digits)]
    return [Step(argument, written(digits, argument.type.width), exact=argument.type.width is not None)]


RULES: dict[str, Rule] = {
    "add": add,
    "decimal": decimal,
    "implied": implied,
    "integer": integer,
    "multiply": multiply,
    "negate": negate,
    "subtract": subtract,
}
