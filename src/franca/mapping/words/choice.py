"""The words that choose: `when`, `given` and `first` are lazy; `codes` and `lookup` translate by a table."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, TypeVar, overload
from uuid import UUID

from franca.mapping import operators
from franca.mapping.made import Made, chosen
from franca.mapping.operands import NULL, any_null, call, constant, expect, retyped, unify
from franca.mapping.reference import Reference
from franca.mapping.refusal import refuse
from franca.mapping.symbol import Symbol, lift, word, wrap
from franca.mapping.tree import Expression, ValueType
from franca.model.kind import Kind

K = TypeVar("K", bound=str | int | Decimal | date | Enum | UUID)
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
V = TypeVar("V")
E = TypeVar("E", bound=Enum)


class _Missing(Enum):
    MISSING = "missing"


MISSING = _Missing.MISSING


@overload
def when(condition: bool | None, then: A, otherwise: B, /) -> A | B: ...
@overload
def when(
    condition: bool | None, then: A, condition_2: bool | None, then_2: B, otherwise: C, /
) -> A | B | C: ...
@overload
def when(condition: bool | None, then: A, /, *rest: bool | A) -> A: ...
@word
def when(*parts: Any) -> Any:
    """Return the value after the first condition that is true, the last value where none is.

    A condition that is null is not true. Only the conditions up to the true one and the value chosen are
    evaluated.
    """
    if len(parts) < 3 or len(parts) % 2 == 0:
        raise refuse(f"when got {len(parts)} arguments", "expected when(condition, value, ..., otherwise)")
    condition = expect("when", lift(parts[0]), Kind.BOOLEAN, remedy="compare it with something")
    otherwise = when(*parts[2:]) if len(parts) > 3 else parts[2]
    if isinstance(parts[1], Made) or isinstance(otherwise, Made):
        return chosen(condition, parts[1], otherwise)
    first, second = lift(parts[1]), lift(otherwise)
    result = unify("when", first, second)
    return wrap(call("when", (condition, retyped(first, result), retyped(second, result)), result))


@word
def given(value: A | None, function: Callable[[A], B]) -> B | None:
    """Return the function of the value, null where the value is null; then it is not evaluated."""
    lifted = lift(value)
    if not lifted.type.nullable:
        return function(value)  # type: ignore[arg-type]  # it is known not to be null
    body: Any = function(wrap(call("known", (lifted,), known(lifted.type))))
    if isinstance(body, Made):
        return body.only(call("not_null", (lifted,), ValueType(Kind.BOOLEAN)))  # type: ignore[return-value]  # tracing
    result = lift(body)
    made: B | None = wrap(call("given", (lifted, result), nullable(result.type)))
    return made


@overload
def first(value: A | None, last: B, /) -> A | B: ...
@overload
def first(value: A | None, value_2: B | None, last: C, /) -> A | B | C: ...
@overload
def first(value: A | None, *values: A | None) -> A | None: ...
@word  # type: ignore[misc]  # positional only, and so are all values
def first(*values: Any) -> Any:
    """Return the first value that is not null (SQL's coalesce); those after it are not evaluated."""
    lifted = tuple(lift(value) for value in values)
    if not lifted:
        raise refuse("first got no values", "give at least one")
    result = unify("first", *lifted)
    typed = tuple(retyped(each, result) for each in lifted)
    never_null = any(not each.type.nullable for each in typed)
    return wrap(call("first", typed, known(result) if never_null else result))


@overload
def codes(value: K, table: Mapping[K, V], /) -> V: ...
@overload
def codes(value: K | None, table: Mapping[K, V], /) -> V | None: ...
@overload
def codes(value: K, table: Mapping[K, V], /, *, default: D) -> V | D: ...
@overload
def codes(value: K | None, table: Mapping[K, V], /, *, default: D) -> V | D | None: ...
@overload
def codes(value: K, table: Mapping[K, K], /, *, keep: Literal[True]) -> K: ...
@overload
def codes(value: K | None, table: Mapping[K, K], /, *, keep: Literal[True]) -> K | None: ...
@word
def codes(value: Any, table: Mapping[Any, Any], /, *, default: Any = MISSING, keep: bool = False) -> Any:
    """Return what the table holds for the value; null for null.

    A value that is not in the table is the problem `unknown-code`, or `default`, or with `keep` stays.
    """
    lifted = lift(value)
    _check_table("codes", lifted, table)
    if keep and default is not MISSING:
        raise refuse(
            "codes got both default and keep", "give one of them: default for a constant, keep for the value"
        )
    return wrap(_translated("codes", lifted, dict(table), default, keep=keep))


@word
def enum_of(value: str | None, enum: type[E]) -> E:
    """Return the member of the enumeration with that value; null for null, else `unknown-code`."""
    table = {member.value: member for member in enum}
    made: E = wrap(
        _translated("codes", expect("enum_of", lift(value), Kind.TEXT), table, MISSING, keep=False)
    )
    return made


@overload
def lookup(value: str, reference: Reference, /) -> str: ...
@overload
def lookup(value: str | None, reference: Reference, /) -> str | None: ...
@overload
def lookup(value: str, reference: Reference, /, *, default: str) -> str: ...
@overload
def lookup(value: str | None, reference: Reference, /, *, default: str | None) -> str | None: ...
@word
def lookup(value: Any, reference: Reference, /, *, default: Any = MISSING) -> Any:
    """Return what the reference table holds for the value, as `codes` does; its content is in the hash."""
    if not isinstance(reference, Reference):
        raise refuse(
            f"lookup got a {type(reference).__name__}", 'give Reference("file.csv", key=..., value=...)'
        )
    lifted = expect("lookup", lift(value), Kind.TEXT)
    return wrap(_translated("lookup", lifted, reference.rows, default, keep=False))


@word
def flag(value: str | None, true: str = "Y", false: str = "N") -> bool:
    """Return true and false for the two codes; null for null, else `unknown-code`."""
    table = {true: True, false: False}
    made: bool = wrap(
        _translated("codes", expect("flag", lift(value), Kind.TEXT), table, MISSING, keep=False)
    )
    return made


@word
def null_if(value: A, *constants: object) -> A | None:
    """Return null where the value is one of the constants, else the value."""
    lifted = lift(value)
    for each in constants:
        operators.compare("eq", lifted, constant(each))
    made: A | None = wrap(call("null_if", (lifted,), nullable(lifted.type), constants=tuple(constants)))
    return made


@word
def required(value: A | None) -> A:
    """Return the value; null is the problem `null-value`."""
    lifted = lift(value)
    made: A = wrap(call("required", (lifted,), known(lifted.type)))
    return made


@word
def gather(*values: A | None) -> list[A]:
    """Return a list of the values that are not null."""
    lifted = tuple(lift(value) for value in values)
    item = known(unify("gather", *lifted)) if lifted else ValueType(Kind.TEXT)
    made: list[A] = wrap(call("gather", lifted, ValueType(Kind.LIST, item=item)))
    return made


def known(kind: ValueType) -> ValueType:
    """Return the type without null."""
    return _with_null(kind, null=False)


def nullable(kind: ValueType) -> ValueType:
    """Return the type with null."""
    return _with_null(kind, null=True)


def _with_null(kind: ValueType, *, null: bool) -> ValueType:
    return replace(kind, nullable=null)


def _check_table(word: str, value: Expression, table: object) -> None:
    if not isinstance(table, Mapping):
        raise refuse(f"{word} got a {type(table).__name__}", "expected a dict of constants")
    if not table:
        raise refuse(f"{word} got an empty table", "give at least one code")
    for code, meaning in table.items():
        if type(code) is Symbol or type(meaning) is Symbol:
            raise refuse(f"{word} got a table with a value of the row in it", "use when and ==")
        if code is None:
            raise refuse(f"{word} got a table with None as a code", "use first(x, default) for null")
        operators.compare("eq", value, constant(code))


def _translated(
    word: str, value: Expression, table: "dict[Any, Any]", default: object, *, keep: bool
) -> Expression:
    meanings = [constant(meaning) for meaning in table.values()]
    if default is not MISSING:
        if type(default) is Symbol:
            raise refuse(
                f"{word} got a default from the row", "use first(codes(x, table, default=None), other)"
            )
        meanings.append(constant(default))
    result = unify(word, *meanings, *([value] if keep else []))
    if any_null(value, *(each for each in meanings if each is NULL)):
        result = nullable(result)
    otherwise = "keep" if keep else "problem" if default is MISSING else "default"
    return call(
        word,
        (value,),
        result,
        table=tuple(table.items()),
        otherwise=otherwise,
        default=None if default is MISSING else default,
    )
