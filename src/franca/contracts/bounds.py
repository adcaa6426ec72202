"""The constraints of a field as values that compare: which of two allows more."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from franca.contracts.contract import Bound, Member
from franca.model.kind import Kind

_READ: dict[str, Callable[[Any], Any]] = {
    Kind.DECIMAL.value: lambda bound: Decimal(str(bound)),
    Kind.FLOAT.value: float,
    Kind.DATE.value: date.fromisoformat,
    Kind.TIME.value: time.fromisoformat,
    Kind.TIMESTAMP.value: datetime.fromisoformat,
}

Loosening = Literal["constraint-loosened", "constraint-tightened", "constraint-changed"]


@dataclass(frozen=True, slots=True)
class Interval:
    """From where to where values or lengths may go; None is without end. `noun` says what is bounded.

    `_low` and `_high` compare; `least` and `most` are what stands in the contract.
    """

    noun: str
    least: Bound | None
    most: Bound | None
    kind: str = field(default="", compare=False)

    def change_to(self, other: "Interval") -> Loosening:
        """Return whether another interval allows more, less, or something else."""
        opens = [self._is_lower(other.least, self.least), self._is_lower(self.most, other.most, is_end=True)]
        closes = [self._is_lower(self.least, other.least), self._is_lower(other.most, self.most, is_end=True)]
        if any(opens) and any(closes):
            return "constraint-changed"
        return "constraint-loosened" if any(opens) else "constraint-tightened"

    def _is_lower(self, one: Bound | None, other: Bound | None, *, is_end: bool = False) -> bool:
        """Return whether one bound lies below the other; no bound is below all, at the end above all."""
        if one is None or other is None:
            return (other is None) is is_end and one is not other
        read = _READ.get(self.kind, _as_it_is)
        return bool(read(one) < read(other))

    def __str__(self) -> str:
        if self.least is None and self.most is None:
            return f"any {self.noun}"
        ends = ["" if end is None else str(end) for end in (self.least, self.most)]
        if not all(ends):
            return f"{self.noun} " + (f"from {ends[0]} on" if ends[0] else f"up to {ends[1]}")
        return f"{self.noun} from {ends[0]} to {ends[1]}"


@dataclass(frozen=True, slots=True)
class Shapes:
    """The patterns that a text keeps; of two sets nothing is known but which holds the other."""

    patterns: frozenset[str]

    def change_to(self, other: "Shapes") -> Loosening:
        """Return whether other patterns allow more, less, or something else."""
        if other.patterns < self.patterns:
            return "constraint-loosened"
        return "constraint-tightened" if self.patterns < other.patterns else "constraint-changed"

    def __str__(self) -> str:
        return "pattern " + " and ".join(sorted(self.patterns)) if self.patterns else "any text"


class Limits(NamedTuple):
    """What a field may hold apart from its type."""

    length: Interval
    range: Interval
    patterns: Shapes


def limits_of(member: Member) -> Limits:
    """Return a field's limits. Bounds of one kind that are written differently are the same."""
    return Limits(
        Interval("length", member.shortest or None, member.longest),
        Interval("value", member.least, member.most, member.kind),
        Shapes(frozenset(member.patterns)),
    )


def _as_it_is(bound: Any) -> Any:
    return bound
