"""What the rules of the inverse are made of: steps back through a word, or the reason why there is none."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from franca.mapping.operands import any_null, call
from franca.mapping.tree import Call, Constant, Expression, ValueType
from franca.model.kind import Kind


@dataclass(frozen=True, slots=True)
class Step:
    """Says that `argument` is `answer`, an expression of what the word gave.

    `exact` means that the very value comes back, not only one that maps to the same.
    """

    argument: Expression
    answer: Expression
    exact: bool = True


Rule: TypeAlias = Callable[[Call, Expression], "list[Step] | str"]
"""Solves a call for its arguments, given an expression of its value; a text is the reason why it can't."""


def of_kind(word: str, kind: Kind, *args: Expression, **options: object) -> Call:
    """Return a word applied, giving a plain kind, null where an argument is."""
    return call(word, args, ValueType(kind, any_null(*args)), **options)


def of_type(word: str, result: ValueType, *args: Expression, **options: object) -> Call:
    """Return a word applied, giving a type, null where an argument is."""
    return call(word, args, replace(result, nullable=any_null(*args)), **options)


def text(value: str) -> Constant:
    """Return a text constant."""
    return Constant(value, ValueType(Kind.TEXT, width=len(value)))


def whole(value: int) -> Constant:
    """Return an integer constant."""
    return Constant(value, ValueType(Kind.INTEGER))


def extracted(value: Expression, before: str, after: str) -> Expression:
    """Return what stands between two patterns that together with it make the whole text, else null."""
    pattern = rf"^{before}((?:.|\n)*){after}$"
    found = ValueType(Kind.TEXT, nullable=True)
    return call("extract", (value,), found, pattern=pattern, group=1)


def literally(value: str) -> str:
    """Return the pattern of a text."""
    return re.escape(value)


def anything(count: int) -> str:
    """Return the pattern of so many characters."""
    return rf"(?:.|\n){{{count}}}" if count else ""
