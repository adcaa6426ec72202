"""Comparisons, three-valued logic and the lazy words in SQL, whose own rules for null are the rules."""

from sqlglot import exp

from franca.mapping.sql import constants
from franca.mapping.sql.layers import Part, first_problem, present
from franca.mapping.sql.literals import data_type, decimal_type
from franca.mapping.sql.numbers import OUT_OF_RANGE
from franca.mapping.sql.scope import Scope, Translate
from franca.mapping.tree import Call, Expression
from franca.model.kind import DECIMAL_PRECISION


def compare(make: type[exp.Binary]) -> Translate:
    """Return the translation of a comparison."""

    def translate(scope: Scope, call: Call) -> Part:
        left, right = call.args
        scale = max(left.type.scale or 0, right.type.scale or 0)
        if scale and max(_whole_digits(left), _whole_digits(right)) + scale > DECIMAL_PRECISION:
            return _compared_apart(scope, call, make, decimal_type(DECIMAL_PRECISION, scale))
        parts = [scope.part(arg) for arg in call.args]
        return scope.made(exp.Paren(this=make(this=parts[0].value, expression=parts[1].value)), parts)

    return translate


def _whole_digits(node: Expression) -> int:
    """Return how many digits a number may have before the point; an integer has 19."""
    return (node.type.precision or 19) - (node.type.scale or 0)


def _compared_apart(scope: Scope, call: Call, make: type[exp.Binary], common: exp.DataType) -> Part:
    """Compare two numbers for which no type is wide enough: one that does not fit decides by its sign."""
    left, right = (scope.plain(arg) for arg in call.args)
    casts = [exp.TryCast(this=part.value.copy(), to=common.copy(), safe=True) for part in (left, right)]
    too_large = exp.and_(exp.Is(this=casts[0].copy(), expression=exp.Null()), present(right.value))
    zero = exp.Literal.number(0)
    by_sign = (
        exp.case()
        .when(too_large, make(this=left.value.copy(), expression=zero))
        .else_(make(this=zero.copy(), expression=right.value.copy()))
    )
    compared = exp.Paren(this=make(this=casts[0], expression=casts[1]))
    return scope.made(exp.Coalesce(this=compared, expressions=[by_sign]), [left, right])


def connect(make: type[exp.Binary]) -> Translate:
    """Return the translation of a logical connection."""

    def translate(scope: Scope, call: Call) -> Part:
        parts = [scope.part(arg) for arg in call.args]
        value: exp.Expr = parts[0].value
        for part in parts[1:]:
            value = make(this=value, expression=part.value)
        return scope.made(exp.Paren(this=value), parts)

    return translate


def not_(scope: Scope, call: Call) -> Part:
    """Null stays null."""
    part = scope.part(call.args[0])
    return scope.made(exp.Paren(this=exp.Not(this=part.value)), [part])


def is_null(scope: Scope, call: Call) -> Part:
    """Never null itself."""
    part = scope.part(call.args[0])
    return scope.made(exp.Paren(this=exp.Is(this=part.value, expression=exp.Null())), [part])


def not_null(scope: Scope, call: Call) -> Part:
    """Never null itself."""
    part = scope.part(call.args[0])
    return scope.made(exp.Paren(this=present(part.value)), [part])


def one_of(scope: Scope, call: Call) -> Part:
    """The options are constants and never null."""
    part = scope.plain(call.args[0])
    options = call.option("options")
    assert isinstance(options, tuple)
    return scope.made(exp.Paren(this=constants.one_of(part.value, options, call.args[0].type)), [part])


def when(scope: Scope, call: Call) -> Part:
    """A null condition takes the second branch; only the problem of the branch taken counts."""
    condition = scope.plain(call.args[0])
    first, second = (_branch(scope, arg, call) for arg in call.args[1:])
    value = _choice(condition.value, first.value, second.value)
    problem = None
    if first.problem is not None or second.problem is not None:
        problem = _choice(condition.value, first.problem or exp.Null(), second.problem or exp.Null())
    depth = max(condition.depth, first.depth, second.depth)
    return Part(value, first_problem(condition.problem, problem), depth)


def first(scope: Scope, call: Call) -> Part:
    """Only what comes before the answer is evaluated, so only its problems count."""
    parts = [_branch(scope, arg, call) for arg in call.args]
    depth = max(part.depth for part in parts)
    problem: exp.Expr | None = None
    for part in reversed(parts):
        if problem is not None:
            missing = exp.Is(this=part.value.copy(), expression=exp.Null())
            problem = exp.case().when(missing, problem)
        problem = first_problem(part.problem, problem)
    value = exp.Coalesce(this=parts[0].value, expressions=[part.value for part in parts[1:]])
    return Part(value, problem, depth)


def given(scope: Scope, call: Call) -> Part:
    """Null gives null without the second argument's problems."""
    tested = scope.plain(call.args[0])
    answer = scope.part(call.args[1])
    value = exp.case().when(present(tested.value), answer.value)
    problem = None if answer.problem is None else exp.case().when(present(tested.value), answer.problem)
    return Part(value, first_problem(tested.problem, problem), max(tested.depth, answer.depth))


def _branch(scope: Scope, node: Expression, call: Call) -> Part:
    """Return a branch in the type of the whole and plain, since it may be written more than once."""
    part = scope.part(node)
    if node.type.kind is not call.type.kind or node.type.scale != call.type.scale:
        part = scope.plain(node)
        cast = exp.TryCast(this=part.value.copy(), to=data_type(call.type), safe=True)
        part = scope.attempted(cast, [part], OUT_OF_RANGE)
    return scope.kept(part) if part.problem is not None else part


def _choice(condition: exp.Expr, first: exp.Expr, second: exp.Expr) -> exp.Expr:
    return exp.case().when(condition.copy(), first).else_(second)


WORDS: dict[str, Translate] = {
    "and": connect(exp.And),
    "eq": compare(exp.EQ),
    "first": first,
    "ge": compare(exp.GTE),
    "given": given,
    "gt": compare(exp.GT),
    "is_null": is_null,
    "le": compare(exp.LTE),
    "lt": compare(exp.LT),
    "ne": compare(exp.NEQ),
    "not": not_,
    "not_null": not_null,
    "one_of": one_of,
    "or": connect(exp.Or),
    "when": when,
}
