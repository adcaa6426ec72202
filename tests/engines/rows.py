"""Compares what a reader finds in the lake that has lived with the rows that were written by hand."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.engines import things

EXPECTED = {"events": things.events, "snapshot": things.snapshot, "current": things.current}
tables = pytest.mark.parametrize("name", ["events", "snapshot"])


def check(
    name: str, rows: Iterable[dict[str, Any]], moment: Callable[[datetime], Any] = lambda moment: moment
) -> None:
    """Compare a table's rows with what they should be; the columns may stand in any order.

    `moment` is what the reader makes of a moment.
    """
    order = "_offset" if name == "events" else "id"
    found = sorted(rows, key=lambda row: row[order])
    wanted = EXPECTED[name]()
    assert [row["id"] for row in found] == [row["id"] for row in wanted]
    for row, expected in zip(found, wanted, strict=True):
        assert {key: exact(value) for key, value in row.items()} == {
            key: exact(moment(value) if isinstance(value, datetime) else value)
            for key, value in expected.items()
        }


def exact(value: Any) -> Any:
    """Return what tells a value from all others, its type too: NaN is like NaN, a moment is in UTC."""
    match value:
        case dict():
            return {key: exact(part) for key, part in value.items()}
        case list():
            return [exact(part) for part in value]
        case Decimal() if value.as_tuple().exponent == 0:
            return repr(int(value))  # franca's own answers have whole numbers of any size as integers
        case datetime():
            return value.astimezone(UTC).isoformat()
        case _:
            return repr(value)
