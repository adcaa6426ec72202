"""What came of a data test: how many rows fail, whether that is too many, and a few of them to look at."""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import msgspec

from franca.model.tests import Limits

Status: TypeAlias = Literal["pass", "warn", "error", "skipped"]


class Outcome(msgspec.Struct, frozen=True):
    """One test's. `failing` of the entity's `rows`, counted where some fail; `reason` says the rest."""

    test: str
    kind: str
    status: Status
    failing: int = 0
    rows: int | None = None
    reason: str = ""
    seconds: float = 0.0
    sample: list[dict[str, Any]] = []


def judged(limits: Limits, failing: int, rows: int) -> Status:
    """Return how bad it is that so many of an entity's rows fail.

    >>> judged(Limits(allow=0.1, warn_above=0), 5, 100), judged(Limits(severity="warn"), 1, 1)
    ('warn', 'warn')
    """
    if failing > _rows(limits.allow, rows):
        return limits.severity
    if limits.warn_above is not None and failing > _rows(limits.warn_above, rows):
        return "warn"
    return "pass"


def _rows(limit: float, rows: int) -> float:
    """Return how many rows a limit means: below 1 it is a share of all."""
    return limit * rows if 0 < limit < 1 else limit


def named(columns: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """Return a row by its columns' names."""
    return dict(zip(columns, row, strict=True))
