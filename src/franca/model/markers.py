"""What can be said about a field in its annotation: key, personal, link, column name, constraints."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeyMark:
    """Says that the field is the key, or one of several key fields."""


@dataclass(frozen=True, slots=True)
class PiiMark:
    """Says that the field is personal: masked in logs, errors and listings."""


Key: TypeAlias = Annotated[T, KeyMark()]
"""`id: Key[str]`: the field is the key, or one of several."""

Pii: TypeAlias = Annotated[T, PiiMark()]
"""`name: Pii[str]`: the field is personal, and masked wherever people look."""


class Link:
    """`Annotated[str, Link(Individual)]`: the field holds the key of another entity.

    The target is a class, a name (for one declared later), or several classes chosen by the value of
    another field: `Link({"Individual": Individual, "Organisation": "organisation"}, by="party_type")`.
    """

    __slots__ = ("by", "targets")

    def __init__(self, target: "type | str | dict[object, type | str]", by: str | None = None) -> None:
        if isinstance(target, dict):
            self.targets = tuple(target.items())
        else:
            self.targets = ((None, target),)
        self.by = by

    def __repr__(self) -> str:
        return f"Link({dict(self.targets)!r}, by={self.by!r})" if self.by else f"Link({self.targets[0][1]!r})"


Unit: TypeAlias = Literal["days", "s", "ms", "us", "ns", "unscaled"]
"""What a column's number counts: since 1970 for dates and timestamps, since midnight for times.

`unscaled` is for decimals: the integer without its point, as base64 or as a number; `Digits` gives its scale.
"""

DateStyle: TypeAlias = Literal["DMY", "MDY", "YMD"]
"""In which order day, month and year stand in a server's dates: `31/12/2026` is DMY."""


Star: TypeAlias = Literal["dimension", "fact"]
"""What an entity is in a star schema: what one groups by, or what is counted and summed."""


@dataclass(frozen=True, slots=True)
class Column:
    """`Annotated[str, Column("CUST-NUM", width=8)]`: the column's legacy name and exact text width.

    `width` says that each text in the column has exactly so many characters, which makes padding and
    trimming invertible. `unit` says what a number in the column counts, where messages carry no schema.
    `date_style` tells the order in dates that are not ISO, and `trim` takes the blanks from a text's end,
    with which a CHAR column is padded; both may be said of a whole table, as arguments of its class.
    In records of fixed width, `width` is how many characters the column takes, whatever its type, and
    `start` the first of them, from 1, where that is not the one after the column before.
    """

    name: str | None = None
    width: int | None = None
    unit: Unit | None = None
    start: int | None = None
    date_style: DateStyle | None = None
    trim: bool | None = None


@dataclass(frozen=True, slots=True)
class Digits:
    """`Annotated[Decimal, Digits(12, 2)]`: at most 12 digits, 2 of them after the point."""

    precision: int
    scale: int = 0


@dataclass(frozen=True, slots=True)
class Length:
    """`Annotated[str, Length(max=35)]`: how many characters, bytes or items there may be."""

    min: int = 0
    max: int | None = None

    def violation(self, value: object) -> str | None:
        """Return what is wrong with the value, in words without the value, or None."""
        size = len(value)  # type: ignore[arg-type]  # only put on text, bytes and lists
        if size < self.min:
            return f"has length {size}, expected at least {self.min}"
        if self.max is not None and size > self.max:
            return f"has length {size}, expected at most {self.max}"
        return None


@dataclass(frozen=True, slots=True)
class Pattern:
    """`Annotated[str, Pattern("[A-Z]{3}")]`: a regular expression for the whole text."""

    pattern: str

    def violation(self, value: object) -> str | None:
        """Return what is wrong with the value, in words without the value, or None."""
        if re.fullmatch(self.pattern, str(value), re.ASCII):
            return None
        return f"does not match the pattern {self.pattern!r}"


@dataclass(frozen=True, slots=True)
class Range:
    """`Annotated[int, Range(0, 100)]`: the smallest and the largest value, both allowed."""

    min: object = None
    max: object = None

    def violation(self, value: object) -> str | None:
        """Return what is wrong with the value, in words without the value, or None."""
        if self.min is not None and value < _same(self.min, value):  # type: ignore[operator]  # checked by shape_of
            return f"is less than {self.min!r}"
        if self.max is not None and value > _same(self.max, value):  # type: ignore[operator]  # checked by shape_of
            return f"is greater than {self.max!r}"
        return None


Constraint: TypeAlias = Length | Pattern | Range


def _same(bound: object, value: object) -> object:
    """Return the bound in the value's type where only its notation differs (a float beside a decimal)."""
    if isinstance(value, Decimal) and isinstance(bound, float):
        return Decimal(str(bound))
    return bound
