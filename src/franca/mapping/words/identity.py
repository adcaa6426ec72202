"""Identifiers made of values, and `apply` for what no other word can say."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints, overload
from uuid import UUID

from franca.errors import Problem
from franca.mapping.operands import call, expect
from franca.mapping.refusal import quietly, refuse
from franca.mapping.symbol import Symbol, lift, word, wrap
from franca.mapping.tree import ValueType
from franca.model.annotations import read_field
from franca.model.field import Field
from franca.model.kind import Kind

Text = TypeVar("Text", str, str | None)
A = TypeVar("A")
B = TypeVar("B")


@word
def sha256(text: Text) -> Text:
    """Return the SHA-256 of the text's UTF-8 bytes in lower-case hexadecimal."""
    return _digest("sha256", text, 64)


@word
def md5(text: Text) -> Text:
    """Return the MD5 of the text's UTF-8 bytes in lower-case hexadecimal; not for secrets."""
    return _digest("md5", text, 32)


def _digest(word: str, text: Text, width: int) -> Text:
    lifted = expect(word, lift(text), Kind.TEXT)
    made: Text = wrap(call(word, (lifted,), ValueType(Kind.TEXT, lifted.type.nullable, width=width)))
    return made


@overload
def uuid5(namespace: str | UUID, name: str) -> UUID: ...
@overload
def uuid5(namespace: str | UUID, name: str | None) -> UUID | None: ...
@word
def uuid5(namespace: str | UUID, name: Any) -> Any:
    """Return the name-based UUID (RFC 9562, version 5) of a text in a constant namespace."""
    if isinstance(namespace, Symbol):
        raise refuse(
            "uuid5 got a namespace from the row", "give a constant UUID, and put the value in the name"
        )
    try:
        space = namespace if isinstance(namespace, UUID) else UUID(namespace)
    except (ValueError, AttributeError, TypeError):
        raise refuse(f"uuid5 got the namespace {namespace!r}", "expected a constant UUID") from None
    lifted = expect("uuid5", lift(name), Kind.TEXT)
    return wrap(call("uuid5", (lifted,), ValueType(Kind.UUID, lifted.type.nullable), namespace=str(space)))


@overload
def uuid_of(text: str) -> UUID: ...
@overload
def uuid_of(text: str | None) -> UUID | None: ...
@word
def uuid_of(text: Any) -> Any:
    """Return the UUID that the text shows as 8-4-4-4-12 hexadecimal digits, else `not-a-uuid`."""
    lifted = expect("uuid_of", lift(text), Kind.TEXT)
    return wrap(call("uuid_of", (lifted,), ValueType(Kind.UUID, lifted.type.nullable)))


@overload
def apply(function: Callable[[A], B], value: A, *, inverse: Callable[[B], A] | None = None) -> B: ...
@overload
def apply(
    function: Callable[[A], B], value: A | None, *, inverse: Callable[[B], A] | None = None
) -> B | None: ...
@word
def apply(function: Callable[[Any], Any], value: Any, *, inverse: Callable[[Any], Any] | None = None) -> Any:
    """Return a Python function of the value, null for null; an exception is the problem `apply-failed`.

    The function says in its annotation what it returns, is pure, and makes the mapping unable to run in
    SQL. `inverse` leads back for the off-ramp.
    """
    result = _returns(function)
    lifted = lift(value)
    if inverse is not None:
        _returns(inverse)
    kind = ValueType(
        result.kind,
        lifted.type.nullable or result.nullable,
        precision=result.precision,
        scale=result.scale,
        enum=result.enum,
    )
    return wrap(call("apply", (lifted,), kind, function=function, inverse=inverse))


def _returns(function: Any) -> Field:
    name = getattr(function, "__qualname__", repr(function))
    if not inspect.isroutine(function):
        raise refuse(f"apply got {name}, which is no function", "give a plain function")
    try:
        with quietly():
            hint = get_type_hints(function, include_extras=True)["return"]
    except (KeyError, NameError, TypeError):
        reason = f"apply got {name}, which does not say what it returns"
        raise refuse(reason, "annotate it: def f(x: str) -> int") from None
    problems: list[Problem] = []
    field = read_field("return", hint, name, problems.append)
    if problems or field.kind in {Kind.LIST, Kind.STRUCT}:
        raise refuse(
            f"apply got {name}, which returns {hint}", "return text, a number, a date or an enumeration"
        )
    return field
