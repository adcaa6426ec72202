"""Events are read strictly: what does not fit its model type is refused, with its place."""

from datetime import datetime, time
from decimal import Decimal
from typing import Annotated, Any

import msgspec
import pytest

from franca.errors import WriteError
from franca.model.entity import Entity, Value
from franca.model.markers import Digits, Key, Range
from franca.model.shape import shape_of
from franca.topics.event_decoder import CACHED_MAPPINGS, EventDecoder, MappingNumbers, decimal_fits


class Amount(Value):
    """A nested value with a limit that its JSON does not show."""

    value: Annotated[Decimal, Digits(4, 2)]


class Account(Entity):
    """An entity with limits at every depth."""

    id: Key[str]
    count: int | None = None
    small: Annotated[int, Range(0, 9)] | None = None
    fee: Amount | None = None
    fees: list[Amount] | None = None
    counts: list[int] | None = None
    names: list[str] | None = None
    seen: list[datetime] | None = None
    opens: time | None = None
    note: str | None = None


DECODER = EventDecoder(shape_of(Account))


def event(**changes: Any) -> bytes:
    """Return an event's JSON; `data` is added to the key."""
    data = {"id": "1", **changes.pop("data", {})}
    whole = {"id": "t/0/1/a/c", "source": "crm/cust", "type": "account.changed", "subject": "1"}
    whole |= {"time": "2026-11-22T10:00:00Z", "sequence": "0001.lsn.1.000", "mapping": "1-a"}
    return msgspec.json.encode({**whole, "data": data, **changes})


def test_an_event_within_all_limits_is_read() -> None:
    """Nested values and lists too; null is within every limit."""
    data = {"count": 10**37, "fee": {"value": "12.30"}, "fees": [{"value": "1"}, None], "counts": [1, None]}
    data["seen"] = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", None]
    found = DECODER.decode(event(data=data))
    assert found.data.count == 10**37
    assert found.data.fee.value == "12.30"
    assert DECODER.numbers == {"1-a": 1}


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"data": {"count": 10**38}}, "data.count", "out-of-range"),
        ({"data": {"counts": [1, -(10**38)]}}, "data.counts[1]", "out-of-range"),
        ({"data": {"fee": {"value": "123"}}}, "data.fee.value", "out-of-range"),
        ({"data": {"fees": [{"value": "1"}, {"value": "1.234"}]}}, "data.fees[1].value", "out-of-range"),
        ({"data": {"fee": {"value": "many"}}}, "data.fee.value", "out-of-range"),
        ({"time": "2026-11-22T10:00:00"}, "time", "wrong-shape"),
        ({"time": "yesterday"}, "time", "wrong-shape"),
        ({"time": "0001-01-01T00:00:00+01:00"}, "time", "wrong-shape"),
        ({"data": {"seen": ["9999-12-31T23:59:59-05:00"]}}, "data.seen[0]", "wrong-shape"),
        ({"data": {"seen": ["2026-11-22T10:00:00.1234567Z"]}}, "data.seen[0]", "out-of-range"),
        ({"data": {"opens": "23:59:59.9999999"}}, "data.opens", "out-of-range"),
        ({"data": {"opens": "10:00:00.0000001"}}, "data.opens", "out-of-range"),
        ({"mapping": "a-1"}, "mapping", "wrong-shape"),
        ({"type": "account.created"}, "type", "wrong-type"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_place(changes: dict[str, Any], path: str, code: str) -> None:
    """The path leads into lists and nested values."""
    with pytest.raises(WriteError) as caught:
        DECODER.decode(event(**changes))
    assert (caught.value.path, caught.value.code) == (path, code)


def test_a_decimal_fits_by_its_value_and_not_by_its_notation() -> None:
    """Noughts at the end take no room, and what is no finite number never fits."""
    assert all(decimal_fits(text, 4, 2) for text in ("12.3000", "-0012", "+1e1", ".5", "1.", "0e99999999"))
    assert not any(decimal_fits(text, 4, 2) for text in ("123", "1.234", "-100.0", "1e2", "1e-3"))
    assert not decimal_fits("NaN", 4, 2)
    assert not decimal_fits("1e", 4, 2)
    assert not decimal_fits("1e9999999999999999999", 4, 2)


def test_a_time_is_as_fine_as_its_value_and_not_as_its_notation() -> None:
    """Noughts at the end are not kept, and what is no time may hold any digits."""
    found = DECODER.decode(event(data={"opens": "10:00:00.1234560000", "note": "12:00:00.1234567"})).data
    assert found.opens == time(10, microsecond=123456)
    moments = ["2026-11-22T10:00:00.00000000+01:00", None]
    assert DECODER.decode(event(data={"seen": moments})).data.seen[0].microsecond == 0


@pytest.mark.parametrize("text", ["1_0", " 1", "1\n", "\t1", "\u0661", "\uff11", "0x1", ""])
def test_a_decimal_is_written_as_every_store_reads_it(text: str) -> None:
    """What Python reads beside is none: PostgreSQL would refuse what the lake has."""
    assert not decimal_fits(text, 4, 2)


def test_the_remembered_numbers_stay_few() -> None:
    """Whatever versions a topic holds."""
    numbers = MappingNumbers()
    for number in range(CACHED_MAPPINGS + 1):
        assert numbers[f"{number}-a"] == number
    assert len(numbers) == 1
