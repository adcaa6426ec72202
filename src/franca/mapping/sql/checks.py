"""What an entity's field asks of its value in SQL: that it keeps its constraints and fits the type."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from sqlglot import exp

from franca.errors import DefinitionError
from franca.mapping.row import type_of
from franca.mapping.sql.constants import bounded
from franca.mapping.sql.layers import Part, present
from franca.mapping.sql.literals import data_type, field_type, number, quoted, text
from franca.mapping.sql.numbers import OUT_OF_RANGE
from franca.mapping.sql.regex import portable
from franca.mapping.sql.scope import Scope
from franca.mapping.tree import ValueType
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.markers import Constraint, Length, Pattern


def checked(scope: Scope, part: Part, source: ValueType, field: Field) -> Part:
    """Return the plain part in the field's type, with what the field finds wrong as a further problem."""
    for broken in _found(part.value, field, source, _broken):
        part = scope.made(part.value, [part], exp.case().when(broken, text("constraint")))
    if field.kind is Kind.DECIMAL and data_type(source) != field_type(field):
        part = _fitted(scope, part, source, field)
    if field.kind in {Kind.LIST, Kind.STRUCT}:
        for unfit in _found(part.value, field, source, _unfit):
            part = scope.made(part.value, [part], exp.case().when(unfit, text(OUT_OF_RANGE)))
        part = scope.made(exp.TryCast(this=part.value, to=field_type(field), safe=True), [part])
    return part


def _broken(value: exp.Expr, field: Field, source: ValueType) -> Iterator[exp.Expr]:
    """Yield the tests that are true where a constraint of the field is broken."""
    for constraint in field.constraints:
        yield exp.Not(this=exp.Paren(this=_kept(value.copy(), constraint, field, source)))


def _unfit(value: exp.Expr, field: Field, source: ValueType) -> Iterator[exp.Expr]:
    """Yield the test that is true where a decimal has more digits than the field."""
    if field.kind is Kind.DECIMAL and data_type(source) != field_type(field):
        yield exp.and_(present(value), exp.Is(this=_cast(value, source, field), expression=exp.Null()))


_Tests: TypeAlias = Callable[[exp.Expr, Field, ValueType], Iterator[exp.Expr]]


def _found(
    value: exp.Expr, field: Field, source: ValueType, tests: _Tests, depth: int = 0
) -> Iterator[exp.Expr]:
    """Yield what the tests of a field are, and those of all that is nested in it."""
    yield from tests(value, field, source)
    types = dict(source.fields)
    for member in field.fields:
        inside = exp.Dot(this=value.copy(), expression=quoted(member.name))
        yield from _found(inside, member, types.get(member.name, type_of(member)), tests, depth)
    if field.item is not None:
        each, kind = f"x{depth}", source.item or type_of(field.item)
        for wrong in _found(exp.column(each), field.item, kind, tests, depth + 1):
            test = exp.Lambda(this=wrong, expressions=[exp.to_identifier(each)], colon=True)
            found = exp.ArrayFilter(this=value.copy(), expression=test)
            yield exp.GT(this=exp.ArraySize(this=found), expression=number(0))


def not_empty(scope: Scope, part: Part) -> Part:
    """Return the part of an entity's only key, a text, which may not be empty."""
    empty = exp.EQ(this=part.value.copy(), expression=text(""))
    return scope.made(part.value, [part], exp.case().when(empty, text("empty-key")))


def _fitted(scope: Scope, part: Part, source: ValueType, field: Field) -> Part:
    return scope.attempted(_cast(part.value, source, field), [part], OUT_OF_RANGE)


def _cast(value: exp.Expr, source: ValueType, field: Field) -> exp.Expr:
    """Return a number as the field's decimal, null where it has more digits."""
    fitted = exp.TryCast(this=value.copy(), to=field_type(field), safe=True)
    if (source.scale or 0) <= (field.scale or 0):
        return fitted
    return exp.case().when(exp.EQ(this=fitted.copy(), expression=value.copy()), fitted)


def _kept(value: exp.Expr, constraint: Constraint, field: Field, source: ValueType) -> exp.Expr:
    """Return whether a value keeps a constraint; never false where the value is null."""
    if isinstance(constraint, Pattern):
        return exp.RegexpLike(this=value, expression=text(f"^(?:{_portable(constraint, field)})\\z"))
    if isinstance(constraint, Length):
        value = exp.ArraySize(this=value) if field.kind is Kind.LIST else exp.Length(this=value)
        source = ValueType(Kind.INTEGER)
    tests = [
        bounded(make, value, bound, source)
        for make, bound in ((exp.GTE, constraint.min), (exp.LTE, constraint.max))
        if bound is not None
    ]
    return exp.and_(*tests) if tests else exp.true()


def _portable(constraint: Pattern, field: Field) -> str:
    try:
        return portable(constraint.pattern)
    except (AssertionError, KeyError):
        reason = f"its pattern {constraint.pattern!r} can't be expressed in SQL"
        raise DefinitionError.one(
            field.name, reason, "use characters, classes and repetitions only"
        ) from None
