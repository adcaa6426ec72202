"""Finds out why a row failed: runs the mapping again piece by piece, and words the problem."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from franca.errors import MapError
from franca.mapping.python.failure import Absent, Failed

_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a mapping: a column, a condition or a field.

    A condition that does not hold skips the later parts of its `scope`; the empty scope is the mapping.
    """

    path: str
    scope: str
    personal: bool
    run: Callable[[Any], object]
    condition: bool = False


class Explainer:
    """Words a row's failure as a MapError with the path of the first piece that fails."""

    def __init__(self, make_parts: Callable[[], list[Part]]) -> None:
        self._make_parts = make_parts
        self._parts: list[Part] | None = None

    def explain(self, row: object, error: Exception) -> MapError:
        """Return the problem of a row on which the mapping failed."""
        if self._parts is None:
            self._parts = self._make_parts()
        skipped: set[str] = set()
        for part in self._parts:
            if part.scope in skipped:
                continue
            try:
                answer = part.run(row)
            except Exception as failure:  # noqa: BLE001  # a row may fail in any way, and is parked
                return _worded(part, failure)
            if part.condition and not answer:
                if not part.scope:
                    break
                skipped.add(part.scope)
        return _worded(Part("", "", True, lambda _row: None), error)


def _worded(part: Part, failure: Exception) -> MapError:
    if isinstance(failure, Absent):
        reason = "the row lacks this column, which the mapping mentions; expected a value or null"
        return MapError(part.path, reason, "absent-input")
    if isinstance(failure, Failed):
        got = (
            "null"
            if failure.value is None
            else "a personal value"
            if part.personal
            else _short(failure.value)
        )
        return MapError(part.path, f"got {got}, expected {failure.expected}", failure.code)
    reason = f"can't be computed ({type(failure).__name__}); expected a row with values of the columns' types"
    return MapError(part.path, reason, "bad-value")


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}... ({len(shown)} characters)"
