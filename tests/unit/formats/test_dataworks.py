"""What DataWorks' messages mean beyond their titled cases: moments in a zone, and what comes before what."""

import json
from datetime import UTC, date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import pytest
from msgspec import UNSET

from franca.errors import DecodeError
from franca.formats.change import Change, Wanted, decode
from franca.formats.registry import format_named
from franca.model.entity import Table
from franca.model.markers import Column, Key
from franca.types import Record

TYPES = {"id": "LONG", "born": "DATE", "at": "DATE", "clock": "DATE", "name": "DATE"}


class Visit(Table):
    """A table with a date, a moment, a time of day and a text, each of which may be a DATE."""

    id: Key[int]
    born: date | None
    at: datetime | None
    clock: time | None
    name: str | None


def message(row: dict[str, Any], sequence: object = "17", moment: int = 1_764_496_800_123) -> bytes:
    """Return an insert."""
    columns = [{"name": name, "type": TYPES[name]} for name in row]
    times = {"eventTime": moment, "systemTime": 1_764_496_801_456}
    payload = {"op": "INSERT", "after": {"dataColumn": row}, "sequenceId": sequence, "timestamp": times}
    return json.dumps({"schema": {"dataColumn": columns}, "payload": payload}).encode()


def marked(row: dict[str, Any], sequence: object = "17", moment: int = 1_764_496_800_123) -> bytes:
    """Return an insert as a row with what is added to it."""
    kind = {"_operation_type_": "I", "_before_image_": "N", "_after_image_": "Y"}
    return json.dumps({**row, **kind, "_sequence_id_": sequence, "_execute_time_": moment}).encode()


def read(value: bytes, zone: str | None = None, offset: int = 7) -> Any:
    """Return the change, which is the same the first time and when it has been learnt."""
    columns = frozenset(TYPES)
    decoder = format_named("dataworks").decoder(
        Wanted(Visit, columns, columns, zone=ZoneInfo(zone) if zone else None)
    )
    record = Record("t", 0, offset, 1, None, value)
    first, again = (decode(decoder, record) for _ in range(2))
    assert first == again
    assert isinstance(first, Change)
    return first


@pytest.mark.parametrize(
    ("zone", "column", "number", "expected"),
    [
        ("Asia/Shanghai", "born", 1_731_600_000_000, date(2024, 11, 15)),
        ("Asia/Shanghai", "clock", 7_200_000, time(10, 0)),
        ("Asia/Shanghai", "clock", -28_799_000, time(0, 0, 1)),
        ("Asia/Shanghai", "at", 1_731_661_114_000, datetime(2024, 11, 15, 8, 58, 34, tzinfo=UTC)),
        ("Asia/Shanghai", "name", 1_731_661_114_000, "2024-11-15T08:58:34.000Z"),
        ("America/Sao_Paulo", "born", 1_541_300_400_000, date(2018, 11, 4)),
        (None, "born", -62_135_596_800_000, date(1, 1, 1)),
    ],
)
def test_a_number_is_a_moment_and_the_zone_says_its_day(
    zone: str | None, column: str, number: int, expected: object
) -> None:
    """A moment is the same everywhere; the day that begins then, and the hour, are the application's.

    The day on which clocks went forward at midnight begins an hour later.
    """
    assert getattr(read(message({"id": 1, column: number}), zone).after, column) == expected


class Counted(Table):
    """A table that says itself what its numbers count."""

    id: Key[int]
    born: Annotated[date | None, Column(unit="ms")]
    at: Annotated[datetime | None, Column(unit="ms")]
    clock: Annotated[time | None, Column(unit="ms")]
    day: date | None


def test_a_row_without_types_has_moments_where_its_table_says_so() -> None:
    """They count in UTC as a DATE does, whatever the zone; days are days."""
    columns = frozenset({"id", "born", "at", "clock", "day"})
    wanted = Wanted(Counted, columns, columns, zone=ZoneInfo("Asia/Shanghai"))
    decoder = format_named("dataworks").decoder(wanted)
    row = {"id": 1, "born": 1_731_600_000_000, "at": 1_731_661_114_000, "clock": 7_200_000, "day": 20_042}
    for _ in range(2):
        got: Any = decode(decoder, Record("t", 0, 7, 1, None, marked(row)))
        assert (got.after.born, got.after.clock, got.after.day) == (
            date(2024, 11, 15),
            time(10, 0),
            date(2024, 11, 15),
        )
        assert got.after.at == datetime(2024, 11, 15, 8, 58, 34, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "column", "number", "code"),
    [
        (None, "born", 1_731_600_000_000, "inexact"),
        ("Asia/Shanghai", "born", 1_731_600_000_001, "inexact"),
        ("America/New_York", "born", -62_135_596_800_000, "out-of-range"),
        ("Asia/Shanghai", "born", 253_402_300_799_999, "out-of-range"),
        ("Asia/Shanghai", "clock", 253_402_300_799_999, "out-of-range"),
        (None, "at", 253_402_300_800_000, "out-of-range"),
    ],
)
def test_a_moment_that_is_no_day_is_refused(zone: str | None, column: str, number: int, code: str) -> None:
    """A capture in another zone than the application's would give the day before, so nothing is rounded."""
    with pytest.raises(DecodeError) as caught:
        read(message({"id": 1, column: number}), zone)
    assert (caught.value.code, caught.value.path) == (code, column)


@pytest.mark.parametrize("make", [message, marked])
def test_every_change_comes_after_every_row_of_a_full_load(make: Any) -> None:
    """Rows of a load sort as they came; changes sort by their number, whatever its length."""
    row = {"id": 1}
    loads = [make(row, "-1", -1), make(row, "-1"), make(row, "99999999999999999999", -1), make(row, "-1", -1)]
    changes = [make(row, str(number)) for number in (1, 17, 1_764_496_800_123_000_007, 10**19)]
    sequences = [read(value, offset=offset).sequence for offset, value in enumerate([*loads, *changes])]
    assert sequences == sorted(set(sequences))
    kinds = [read(value).operation for value in [*loads, *changes]]
    assert kinds == ["read"] * len(loads) + ["insert"] * len(changes)


@pytest.mark.parametrize("make", [message, marked])
@pytest.mark.parametrize(("first", "second"), [("5", "-1"), ("-1", "5"), ("5", "05"), ("5", 6), ("5", None)])
def test_what_was_learnt_of_one_place_reads_no_other_wrongly(make: Any, first: Any, second: Any) -> None:
    """A row of a load among changes, noughts, a number as such: as if nothing had been learnt."""
    columns = frozenset(TYPES)
    learnt = format_named("dataworks").decoder(Wanted(Visit, columns, columns))
    for sequence, moment in [(first, 5), (first, 5), (second, 5), (second, -1), (first, -1), (first, 5)]:
        record = Record("t", 0, 7, 1, None, make({"id": 1}, sequence, moment))
        fresh = format_named("dataworks").decoder(Wanted(Visit, columns, columns))
        assert decode(learnt, record) == fresh(record)


class Clashing(Table):
    """A table with a column that has the name of something that is added."""

    id: Key[int]
    place: Annotated[str | None, Column("_sequence_id_")]


def test_a_column_called_like_what_is_added_is_absent() -> None:
    """What stands there is DataWorks' own, however the row is read."""
    columns = frozenset({"id", "place"})
    decoder = format_named("dataworks").decoder(Wanted(Clashing, columns, columns))
    for _ in range(2):
        got: Any = decode(decoder, Record("t", 0, 7, 1, None, marked({"id": 1})))
        assert (got.after.id, got.after.place) == (1, UNSET)


def test_a_change_of_other_columns_is_typed_by_its_own() -> None:
    """What a column means may change at any message; what was learnt of another list is not applied."""
    columns = frozenset(TYPES)
    decoder = format_named("dataworks").decoder(Wanted(Visit, columns, columns))
    told = message({"id": 1, "at": 1_731_661_114_000})
    for value in (told, told, told.replace(b'"at", "type": "DATE"', b'"at", "type": "LONG"')):
        record = Record("t", 0, 7, 1, None, value)
        if b'"at", "type": "LONG"' in value:
            with pytest.raises(DecodeError) as caught:
                decode(decoder, record)
            assert caught.value.code == "unknown-unit"
        else:
            assert isinstance(decode(decoder, record), Change)
