"""Digests of tables."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

from franca.model.entity import Entity
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
