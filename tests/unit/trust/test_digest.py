"""Digests of tables."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any

from franca.model.entity import Entity, Value
from franca.model.markers import Key
from franca.model.shape import shape_of
from franca.trust.digest import digest


class Sample(Entity):
    """One field of each kind that stores spell differently."""

    id: Key[str]
    amount: Decimal | None = None
    born: date | None = None
    at: datetime | None = None
    count: int | None = None


SHAPE = shape_of(Sample)


def test_the_order_of_rows_does_not_matter() -> None:
    """Stores return rows in any order."""
    rows = [{"id": "a"}, {"id": "b"}]

    assert digest(SHAPE, rows) == digest(SHAPE, reversed(rows))


def test_a_row_that_is_doubled_or_changed_is_noticed() -> None:
    """Neither a repeat nor a change may hide."""
    one, other = {"id": "a"}, {"id": "a", "count": 1}

    digests = {digest(SHAPE, rows) for rows in ([one], [one, one], [other])}

    assert len(digests) == 3


def test_typed_values_and_their_json_texts_have_one_digest() -> None:
    """A topic has texts, a store has types: the row is the same."""
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=1)))
    typed = {"id": "a", "amount": Decimal("1.50"), "born": date(2000, 1, 2), "at": at, "count": Decimal(7)}
    text = {"id": "a", "amount": "1.5", "born": "2000-01-02", "at": "2026-01-02T02:04:05.000000Z", "count": 7}

    assert digest(SHAPE, [typed]) == digest(SHAPE, [text])
    assert digest(SHAPE, [{**typed, "at": at.astimezone(UTC)}]) == digest(SHAPE, [text])


class Color(Enum):
    """An enumeration."""

    RED = "Red"


class Part(Value):
    """A nested value."""

    size: int
    color: Color | None = None


class Whole(Entity):
    """The kinds that stores hold as JSON, as bytes or as objects."""

    id: Key[str]
    parts: list[Part] | None = None
    part: Part | None = None
    ratio: float | None = None
    wakes: time | None = None
    photo: bytes | None = None
    color: Color | None = None


def test_nested_values_in_json_and_as_objects_have_one_digest() -> None:
    """One store has columns for them, another their JSON."""
    shape = shape_of(Whole)
    typed: dict[str, Any] = {
        "id": "a",
        "parts": [{"size": 1, "color": Color.RED}, None],
        "part": {"size": 2},
        "ratio": 1,
    }
    typed |= {"wakes": time(6, 30), "photo": b"\x00\xff", "color": Color.RED}
    text: dict[str, Any] = {
        "id": "a",
        "parts": '[{"size":1,"color":"Red"},null]',
        "part": '{"size":2}',
        "ratio": 1.0,
    }
    text |= {"wakes": "06:30:00", "photo": "AP8=", "color": "Red"}

    assert digest(shape, [typed]) == digest(shape, [text])


def test_floats_that_json_has_no_number_for_are_text() -> None:
    """As in events."""
    assert digest(shape_of(Whole), [{"id": "a", "ratio": "NaN"}]).count == 1
