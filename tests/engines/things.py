"""An entity with every type of the model, which grew; what its events say, and by hand what its rows are."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

from franca.model.entity import Entity, Value
from franca.model.markers import Digits, Key, Range
from franca.model.shape import shape_of

TOPIC = "topic-1"
STEADY = 102
"""How many commits the key `steady` makes before the model grows: more than there are between checkpoints."""

CROWD = 1_100
"""So many more keys come in one commit: enough that their few texts are held in a dictionary."""


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Part(Value, name="part"):
    name: str
    price: Annotated[Decimal, Digits(6, 2)] | None = None


class GrownPart(Value, name="part"):
    name: str
    price: Annotated[Decimal, Digits(6, 2)] | None = None
    made: date | None = None


class Box(Value):
    part: Part
    sizes: list[int] | None = None


class Thing(Entity):
    """The entity as it was first."""

    id: Key[str]
    text: str | None = None
    colour: Colour | None = None
    small: Annotated[int, Range(-(2**63), 2**63 - 1)] | None = None
    large: int | None = None
    price: Annotated[Decimal, Digits(12, 2)] | None = None
    exact: Decimal | None = None
    ratio: float | None = None
    on: bool | None = None
    day: date | None = None
    hour: time | None = None
    moment: datetime | None = None
    raw: bytes | None = None
    token: UUID | None = None
    words: list[str] | None = None
    rows: list[list[bool]] | None = None
    box: Box | None = None
    parts: list[Part] | None = None


class GrownThing(Entity, name="thing"):
    """The entity with columns that came late, and a part of a list that did."""

    id: Key[str]
    text: str | None = None
    colour: Colour | None = None
    small: Annotated[int, Range(-(2**63), 2**63 - 1)] | None = None
    large: int | None = None
    price: Annotated[Decimal, Digits(12, 2)] | None = None
    exact: Decimal | None = None
    ratio: float | None = None
    on: bool | None = None
    day: date | None = None
    hour: time | None = None
    moment: datetime | None = None
    raw: bytes | None = None
    token: UUID | None = None
    words: list[str] | None = None
    rows: list[list[bool]] | None = None
    box: Box | None = None
    parts: list[GrownPart] | None = None
    late: Annotated[Decimal, Digits(9, 3)] | None = None
    boxes: list[Box] | None = None


EARLY, GROWN = shape_of(Thing), shape_of(GrownThing)
ABSENT = dict.fromkeys(field.name for field in GROWN.fields)
"""The row of an entity of which nothing is known."""

Told = tuple[str, dict[str, Any], dict[str, Any]]
"""A key, what an event's JSON says of it, and what a row has."""

FULL: Told = (
    "full",
    {
        "text": "a'\"\\\n\tß 😀",
        "colour": "red",
        "small": -9223372036854775808,
        "large": 99999999999999999999999999999999999999,
        "price": "-9999999999.99",
        "exact": "12345678901234567890.123456789012345678",
        "ratio": 0.1,
        "on": True,
        "day": "1582-10-14",
        "hour": "23:59:59.999999",
        "moment": "1969-12-31T23:59:59.999999Z",
        "raw": "AAEC/w==",
        "token": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "words": ["", "b", "b"],
        "rows": [[True, False], []],
        "box": {"part": {"name": "p", "price": "0.05"}, "sizes": [1, -2]},
        "parts": [{"name": "q", "price": "1234.50"}, {"name": "r", "price": None}],
    },
    {
        "text": "a'\"\\\n\tß 😀",
        "colour": "red",
        "small": -(2**63),
        "large": Decimal(10**38 - 1),
        "price": Decimal("-9999999999.99"),
        "exact": Decimal("12345678901234567890.123456789012345678"),
        "ratio": 0.1,
        "on": True,
        "day": date(1582, 10, 14),
        "hour": "23:59:59.999999",
        "moment": datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        "raw": b"\x00\x01\x02\xff",
        "token": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "words": ["", "b", "b"],
        "rows": [[True, False], []],
        "box": {"part": {"name": "p", "price": Decimal("0.05")}, "sizes": [Decimal(1), Decimal(-2)]},
        "parts": [
            {"name": "q", "price": Decimal("1234.50"), "made": None},
            {"name": "r", "price": None, "made": None},
        ],
    },
)
EMPTY: Told = ("empty", {}, {})
ODD: Told = (
    "odd",
    {
        "text": "",
        "colour": "blue",
        "small": 9223372036854775807,
        "large": -1,
        "price": "0",
        "exact": "0.000000000000000001",
        "ratio": "NaN",
        "on": False,
        "day": "9999-12-31",
        "hour": "00:00:00",
        "moment": "9999-12-31T23:59:59.999999Z",
        "raw": "",
        "words": [],
        "rows": [],
        "box": {"part": {"name": "", "price": None}, "sizes": None},
        "parts": [],
    },
    {
        "text": "",
        "colour": "blue",
        "small": 2**63 - 1,
        "large": Decimal(-1),
        "price": Decimal("0.00"),
        "exact": Decimal("1E-18"),
        "ratio": float("nan"),
        "on": False,
        "day": date(9999, 12, 31),
        "hour": "00:00:00",
        "moment": datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        "raw": b"",
        "words": [],
        "rows": [],
        "box": {"part": {"name": "", "price": None}, "sizes": None},
        "parts": [],
    },
)
GONE: Told = ("gone", {"text": "soon deleted"}, {"text": "soon deleted"})
FIRST = (FULL, EMPTY, ODD, GONE)
"""What the first commit has; the second one on have the key `steady`."""

LATE: Told = (
    "late",
    {
        "ratio": "-Infinity",
        "day": "0001-01-01",
        "moment": "0001-01-01T00:00:00Z",
        "parts": [{"name": "s", "price": "1.00", "made": "2026-11-28"}],
        "late": "-0.125",
        "boxes": [{"part": {"name": "t", "price": None}, "sizes": [3]}],
    },
    {
        "ratio": float("-inf"),
        "day": date(1, 1, 1),
        "moment": datetime(1, 1, 1, tzinfo=UTC),
        "parts": [{"name": "s", "price": Decimal("1.00"), "made": date(2026, 11, 28)}],
        "late": Decimal("-0.125"),
        "boxes": [{"part": {"name": "t", "price": None}, "sizes": [Decimal(3)]}],
    },
)
FULLER: Told = ("empty", {"late": "1.5"}, {"late": Decimal("1.500")})
LAST: Told = ("steady", {"small": -1, "late": "2"}, {"small": -1, "late": Decimal("2.000")})


def steady(number: int) -> Told:
    """Return what the key `steady` is in a commit."""
    return "steady", {"small": number}, {"small": number}


def crowd(number: int) -> Told:
    """Return what one key of many is, of which few texts come again and again."""
    said = {"text": ("few", "", None, "ß 😀")[number % 4], "colour": "blue", "hour": "06:30:00"}
    return f"crowd {number:04d}", said, said


def events() -> list[dict[str, Any]]:
    """Return the rows of `events`, in the order of their offsets."""
    gone: tuple[str, None, dict[str, Any]] = ("gone", None, {})
    told = [*FIRST, *map(steady, range(STEADY)), *map(crowd, range(CROWD)), LATE, gone, FULLER, LAST]
    return [{**ABSENT, "id": key, **row, **envelope(key, n, said)} for n, (key, said, row) in enumerate(told)]


def snapshot() -> list[dict[str, Any]]:
    """Return the rows of `snapshot` by their keys: all is folded but the last event."""
    last = len(FIRST) + STEADY + CROWD
    return _states(
        {3 + STEADY: steady(STEADY - 1), 0: FULL, 2: ODD, last: LATE, last + 2: FULLER, **_crowd()}
    )


def current() -> list[dict[str, Any]]:
    """Return the rows of the current state by their keys."""
    last = len(FIRST) + STEADY + CROWD
    rows = _states({last + 3: LAST, 0: FULL, 2: ODD, last: LATE, last + 2: FULLER, **_crowd()})
    return [{name: value for name, value in row.items() if name != "_subject"} for row in rows]


def _crowd() -> dict[int, Told]:
    return {len(FIRST) + STEADY + number: crowd(number) for number in range(CROWD)}


def _states(states: dict[int, Told]) -> list[dict[str, Any]]:
    """Return the rows of the current state that events at these offsets make."""
    rows = []
    for offset, (key, said, row) in states.items():
        of = envelope(key, offset, said)
        names = ("_sequence", "_mapping", "_event_id", "_origin", "_changed_at", "_subject")
        rows.append({**ABSENT, "id": key, **row, **{name: of[name] for name in names}})
    return sorted(rows, key=lambda row: str(row["id"]))


def envelope(key: str, offset: int, said: object) -> dict[str, Any]:
    """Return the envelope's columns of the event at an offset."""
    return {
        "_event_id": f"raw.x.y/0/{offset}/thing/c",
        "_source": "x/y",
        "_type": "thing.deleted" if said is None else "thing.changed",
        "_subject": key,
        "_changed_at": datetime(2026, 1, 1, 0, offset // 60, offset % 60, 123456, tzinfo=UTC),
        "_sequence": f"0001.lsn.{offset:020d}.000",
        "_origin": "x",
        "_mapping": 1,
        "_mapping_hash": "abc",
        "_schema": "thing/1",
        "_partition": 0,
        "_offset": offset,
        "_topic_id": TOPIC,
    }
