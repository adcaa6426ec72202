"""Every JSON value against every kind of column: its Python value, or the stable code of its refusal."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from franca.formats.semantics import UNKNOWN, Semantic
from franca.formats.unfit import Unfit
from franca.formats.values import converter
from franca.model.entity import Table, Value
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.markers import Key
from franca.model.shape import shape_of

CONNECT, DEBEZIUM = "org.apache.kafka.connect.data.", "io.debezium.time."
UNSCALED = Semantic("bytes", CONNECT + "Decimal", 2)
BITS = Semantic("bytes", "io.debezium.data.Bits", None, 4)


def convert(
    kind: Kind, value: Any, semantic: Semantic = UNKNOWN, zone: str | None = None, **more: Any
) -> Any:
    """Return the value of a column of a kind."""
    field = Field("v", "v", kind, **more)
    return converter(field, semantic, ZoneInfo(zone) if zone else None)(value)


@pytest.mark.parametrize(
    ("kind", "value", "semantic", "expected"),
    [
        (Kind.TEXT, "a", UNKNOWN, "a"),
        (Kind.TEXT, "bg==", UNSCALED, "1.10"),
        (Kind.TEXT, "BQ==", BITS, "0101"),
        (Kind.TEXT, {"scale": 1, "value": "bg=="}, UNKNOWN, "11.0"),
        (Kind.TEXT, {"a": [1, Decimal("1.50"), None]}, Semantic("struct"), '{"a":[1,1.50,null]}'),
        (Kind.TEXT, 86_400_000_000, Semantic("int64", DEBEZIUM + "MicroTime"), "24:00:00.000000"),
        (Kind.TEXT, -719_529, Semantic("int32", DEBEZIUM + "Date"), "-0001-12-31"),
        (Kind.TEXT, 17_109, Semantic("int32", CONNECT + "Date"), "2016-11-04"),
        (
            Kind.TEXT,
            253_402_300_800_000,
            Semantic("int64", CONNECT + "Timestamp"),
            "+10000-01-01T00:00:00.000",
        ),
        (Kind.INTEGER, 5, UNKNOWN, 5),
        (Kind.INTEGER, "-12", UNKNOWN, -12),
        (Kind.INTEGER, Decimal("1.0"), UNKNOWN, 1),
        (Kind.INTEGER, "Fg==", Semantic("bytes", CONNECT + "Decimal", 0), 22),
        (Kind.INTEGER, "BQ==", BITS, 5),
        (Kind.INTEGER, {"scale": 0, "value": "Fg=="}, UNKNOWN, 22),
        (Kind.DECIMAL, 5, UNKNOWN, Decimal(5)),
        (Kind.DECIMAL, "1.50", UNKNOWN, Decimal("1.50")),
        (Kind.DECIMAL, "Ag==", Semantic("bytes", CONNECT + "Decimal", -2), Decimal(200)),
        (Kind.FLOAT, 5, UNKNOWN, 5.0),
        (Kind.FLOAT, Decimal("0.5"), UNKNOWN, 0.5),
        (Kind.FLOAT, "-Infinity", UNKNOWN, float("-inf")),
        (Kind.BOOLEAN, 0, UNKNOWN, False),
        (Kind.DATE, 1_478_217_600_000, Semantic("int64", CONNECT + "Timestamp"), date(2016, 11, 4)),
        (Kind.DATE, "2016-11-04T00:00:00.000", UNKNOWN, date(2016, 11, 4)),
        (Kind.TIME, "13:51", UNKNOWN, time(13, 51)),
        (Kind.TIME, "00:30:00+02:00", UNKNOWN, time(22, 30)),
        (Kind.TIMESTAMP, "2016-11-04", UNKNOWN, datetime(2016, 11, 4, tzinfo=UTC)),
        (
            Kind.TIMESTAMP,
            "2016-11-04 13:51:30.1234560 +01",
            UNKNOWN,
            datetime(2016, 11, 4, 12, 51, 30, 123456, UTC),
        ),
        (Kind.BYTES, "_-8=", UNKNOWN, b"\xff\xef"),
    ],
)
def test_a_value_that_fits_is_exact(kind: Kind, value: object, semantic: Semantic, expected: object) -> None:
    """A value is read by what its schema says, else by the column's kind, and nothing is rounded."""
    got = convert(kind, value, semantic)

    assert got == expected
    assert type(got) is type(expected)


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        (Kind.TEXT, True, "wrong-type"),
        (Kind.TEXT, {"a": 1}, "wrong-type"),
        (Kind.TEXT, ["a"], "wrong-type"),
        (Kind.TEXT, None, "null"),
        (Kind.INTEGER, True, "wrong-type"),
        (Kind.INTEGER, "007", "wrong-type"),
        (Kind.INTEGER, "9" * 2000, "number-too-long"),
        (Kind.INTEGER, Decimal("1.5"), "inexact"),
        (Kind.INTEGER, Decimal("1e999999"), "number-too-long"),
        (Kind.INTEGER, {}, "wrong-type"),
        (Kind.INTEGER, [], "wrong-type"),
        (Kind.DECIMAL, "1_0", "malformed"),
        (Kind.DECIMAL, "9" * 3000, "number-too-long"),
        (Kind.DECIMAL, Decimal("NaN"), "not-finite"),
        (Kind.DECIMAL, "infinity", "not-finite"),
        (Kind.DECIMAL, {"scale": 0, "value": ""}, "malformed"),
        (Kind.DECIMAL, {"scale": 10**6, "value": "Ag=="}, "number-too-long"),
        (Kind.DECIMAL, False, "wrong-type"),
        (Kind.FLOAT, 10**400, "out-of-range"),
        (Kind.FLOAT, Decimal("1e400"), "out-of-range"),
        (Kind.FLOAT, "1.5", "wrong-type"),
        (Kind.BOOLEAN, "true", "wrong-type"),
        (Kind.DATE, 10**9, "out-of-range"),
        (Kind.DATE, "2016-11-04T00:00:01", "inexact"),
        (Kind.DATE, "04.11.2016", "malformed"),
        (Kind.DATE, 1.5, "wrong-type"),
        (Kind.TIME, "24:00:00", "out-of-range"),
        (Kind.TIME, "noon", "malformed"),
        (Kind.TIME, "13:51:30.1234567", "inexact"),
        (Kind.TIME, -1, "out-of-range"),
        (Kind.TIME, [], "wrong-type"),
        (Kind.TIMESTAMP, 10**18, "out-of-range"),
        (Kind.TIMESTAMP, "2016-02-30 00:00:00", "out-of-range"),
        (Kind.TIMESTAMP, "0001-01-01T00:00:00+14:00", "out-of-range"),
        (Kind.TIMESTAMP, "-infinity", "not-finite"),
        (Kind.TIMESTAMP, "tomorrow", "malformed"),
        (Kind.TIMESTAMP, {}, "wrong-type"),
        (Kind.BYTES, 1, "wrong-type"),
        (Kind.UUID, 1, "wrong-type"),
    ],
)
def test_a_value_that_does_not_fit_has_its_code(kind: Kind, value: object, code: str) -> None:
    """A refusal has a stable code, and its reason never shows the value."""
    with pytest.raises(Unfit) as caught:
        convert(kind, value)

    assert caught.value.code == code


class Size(Enum):
    """An enumeration."""

    SMALL = "S"


class Part(Value):
    """A nested value."""

    name: str
    at: datetime | None = None


class Holder(Table):
    """A table with a nested value."""

    id: Key[int]
    part: Part


PART: dict[str, Any] = {"kind": Kind.STRUCT, "cls": Part, "fields": shape_of(Holder).fields[1].fields}
TEXTS, TIMES = Field("v[]", "v", Kind.TEXT), Field("v[]", "v", Kind.TIMESTAMP)
NESTED: list[tuple[dict[str, Any], object, object]] = [
    ({"kind": Kind.LIST, "item": TEXTS}, ["a", "b"], ["a", "b"]),
    ({"kind": Kind.LIST, "item": replace(TEXTS, nullable=True)}, ["a", None], ["a", None]),
    ({"kind": Kind.ENUM, "enum": Size}, "S", Size.SMALL),
    (PART, {"name": "a", "more": 1}, Part(name="a")),
    (PART, {"name": "a", "at": None}, Part(name="a")),
    (PART, {"name": "a", "at": "2016-11-04"}, Part(name="a", at=datetime(2016, 11, 4, tzinfo=UTC))),
    ({"kind": Kind.FLOAT}, 0.5, 0.5),
]
WRONG: list[tuple[dict[str, Any], object]] = [
    ({"kind": Kind.LIST, "item": TEXTS}, "a"),
    ({"kind": Kind.LIST, "item": TEXTS}, [None]),
    ({"kind": Kind.ENUM, "enum": Size}, "M"),
    (PART, {"name": 5}),
    (PART, {"name": None}),
    (PART, {}),
    (PART, "a"),
]


@pytest.mark.parametrize(("field", "value", "expected"), NESTED)
def test_lists_enumerations_and_nested_values_are_made(
    field: dict[str, Any], value: object, expected: object
) -> None:
    """Items are read as columns of their kind are."""
    assert convert(value=value, **field) == expected


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_lists_enumerations_and_nested_values_are_checked(field: dict[str, Any], value: object) -> None:
    """Their refusal has a code, as any."""
    with pytest.raises(Unfit):
        convert(value=value, **field)


@pytest.mark.parametrize(
    ("value", "unit"),
    [(1_478_267_490_123, "ms"), (1_478_267_490_123_000, "us"), ("2016-11-04T13:51:30.123", None)],
)
def test_a_wall_clock_is_read_in_the_applications_zone(value: object, unit: str | None) -> None:
    """A timestamp without an offset is at home where the application is; the event's is UTC."""
    got = convert(Kind.TIMESTAMP, value, zone="Europe/Prague", unit=unit)

    assert got == datetime(2016, 11, 4, 12, 51, 30, 123_000, UTC)


def test_a_wall_clock_in_a_list_or_a_nested_value_is_read_in_that_zone_too() -> None:
    """What is inside a value is as much the application's as what stands beside it."""
    text, moment = "2016-11-04T13:51:30", datetime(2016, 11, 4, 12, 51, 30, tzinfo=UTC)

    assert convert(value=[text], zone="Europe/Prague", kind=Kind.LIST, item=TIMES) == [moment]
    assert convert(value={"name": "a", "at": text}, zone="Europe/Prague", **PART) == Part(name="a", at=moment)


@pytest.mark.parametrize(
    ("kind", "number", "unit"), [(Kind.DATE, 1, "ms"), (Kind.TIMESTAMP, 1, "ns"), (Kind.TIME, 1, "ns")]
)
def test_what_is_finer_than_the_column_is_refused(kind: Kind, number: int, unit: str) -> None:
    """Nothing is rounded in silence."""
    with pytest.raises(Unfit) as caught:
        convert(kind, number, unit=unit)
    assert caught.value.code == "inexact"


def test_what_is_said_of_a_column_is_said_of_what_is_in_it() -> None:
    """A unit, an order of day and month, and trimming count for items and nested fields as for a column."""
    days, moments = Field("v[]", "v", Kind.DATE), Field("v[]", "v", Kind.TIMESTAMP)
    ada = Part(name="a", at=datetime(2016, 11, 4, tzinfo=UTC))

    assert convert(Kind.LIST, ["04/11/2016"], item=days, date_style="DMY") == [date(2016, 11, 4)]
    assert convert(Kind.LIST, [0], item=moments, unit="ms") == [datetime(1970, 1, 1, tzinfo=UTC)]
    assert convert(Kind.LIST, ["a "], item=TEXTS, trim=True) == ["a"]
    assert convert(value={"name": "a ", "at": "04/11/2016"}, trim=True, date_style="DMY", **PART) == ada
