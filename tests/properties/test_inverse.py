"""The way back: what an inverse makes of an event maps to that very event again."""

import datetime as dt
import os
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from franca.errors import MapError
from franca.mapping.application import Application
from franca.mapping.inverse.inverse import inverse_of
from franca.mapping.mapping import Mapping
from franca.mapping.words.choice import codes, enum_of, flag, required
from franca.mapping.words.choice import given as given_
from franca.mapping.words.identity import apply, uuid_of
from franca.mapping.words.moment import (
    add_days,
    date_of,
    format_date,
    from_epoch,
    make_date,
    start_of_day,
    time_of,
    timestamp_of,
)
from franca.mapping.words.number import as_text, decimal, implied, integer
from franca.mapping.words.text import join, pad, trim, upper
from franca.model.entity import Entity, Table
from franca.model.markers import Column, Digits, Key
from franca.model.rows import row_type
from franca.model.shape import shape_of

EXAMPLES = 2_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 60


class Letter(Enum):
    """An enumeration for the entity."""

    ALPHA = "Alpha"
    BETA = "Beta"


def doubled(value: str) -> str:
    """Write the text twice."""
    return value + value


def halved(value: str) -> str:
    """Return one half of a text written twice."""
    return value[: len(value) // 2]


class Loose(Table):
    """Columns without widths: a value that maps to the same comes back."""

    id: Key[str]
    plain: str | None
    prefixed: str | None
    padded: str | None
    code: str | None
    kept: str | None
    yes: str | None
    letter: str | None
    digits: str | None
    money: str | None
    places: str | None
    born: str | None
    named: str | None
    clock: str | None
    stamp: str | None
    count: int | None
    scaled: Annotated[Decimal | None, Digits(10, 2)]
    seconds: int | None
    day: dt.date | None
    shown: dt.date | None
    later: dt.date | None
    year: int
    month: int
    twice: str | None
    uuid: str | None
    amount: Annotated[Decimal | None, Digits(12, 2)]
    given: str | None
    needed: str


class Made(Entity):
    """What all of the loose columns make."""

    id: Key[str]
    plain: str | None
    prefixed: str | None
    padded: str | None
    code: Letter | None
    kept: str | None
    yes: bool | None
    letter: Letter | None
    digits: int | None
    money: Annotated[Decimal | None, Digits(20, 2)]
    places: Decimal | None
    born: dt.date | None
    named: dt.date | None
    clock: dt.time | None
    stamp: dt.datetime | None
    count: str | None
    scaled: Annotated[Decimal | None, Digits(20, 4)]
    seconds: dt.datetime | None
    day: dt.datetime | None
    shown: str | None
    later: dt.date | None
    first_of: dt.date
    twice: str | None
    uuid: UUID | None
    amount: str | None
    given: str | None
    needed: str


application = Application("laws", timezone="Europe/Zurich")


@application.maps
def loose(row: Loose) -> Made:
    """Use every word that must invert."""
    return Made(
        id="A/" + row.id + "-Z",
        plain=row.plain,
        prefixed=given_(row.prefixed, lambda value: "C." + value),
        padded=pad(row.padded, 9, "0"),
        code=codes(row.code, {"a": Letter.ALPHA, "": Letter.BETA}),
        kept=codes(row.kept, {"a": "Alpha", "b": "a"}, keep=True),
        yes=flag(row.yes),
        letter=enum_of(row.letter, Letter),
        digits=given_(row.digits, lambda value: 7 - (integer(value) * 3 + 1)),
        money=implied(row.money, 2),
        places=decimal(row.places, 3),
        born=date_of(row.born, "%y%m%d", pivot=1930),
        named=date_of(row.named, "%d-%b-%Y"),
        clock=time_of(row.clock, "%H%M"),
        stamp=timestamp_of(row.stamp, "%Y-%m-%d %H:%M:%S"),
        count=as_text(row.count),
        scaled=given_(row.scaled, lambda value: value * Decimal("0.01") - Decimal("2.5")),
        seconds=from_epoch(row.seconds),
        day=start_of_day(row.day),
        shown=format_date(row.shown, "%d.%m.%Y"),
        later=add_days(row.later, 30),
        first_of=make_date(row.year, row.month, 1),
        twice=apply(doubled, row.twice, inverse=halved),
        uuid=uuid_of(row.uuid),
        amount=as_text(row.amount),
        given=given_(row.given, lambda value: value + "!"),
        needed=required(row.needed),
    )


def mapped(mapping: Mapping[Any, Any], row: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON-ready data of the row's only event. Raises MapError."""
    decoded = row_type(mapping.table, mapping.columns)(**{name: row[name] for name in mapping.columns})
    ((_, data),) = mapping.compiled().events(decoded)
    made: dict[str, Any] = msgspec.to_builtins(data)
    return made


digits = st.from_regex(r"\A[+-]?[0-9]{1,7}\Z")
letters = st.text("aZß 0-.\n", min_size=1, max_size=6)
years = st.dates(dt.date(1931, 1, 1), dt.date(2029, 12, 31))
local = st.datetimes(dt.datetime(1980, 1, 1), dt.datetime(2030, 1, 1))
edges = st.sampled_from(["2024-03-31 02:30:00", "2024-10-27 02:30:00", "2024-10-27 03:00:00"])


def decimals(digits: int, places: int) -> st.SearchStrategy[Decimal]:
    """Return decimals of so many digits."""
    most = 10**digits - 1
    return st.integers(-most, most).map(lambda number: Decimal(number).scaleb(-places))


LOOSE_ROWS = st.fixed_dictionaries(
    {
        "id": letters,
        "plain": st.none() | st.text(max_size=5).filter(str.isprintable),
        "prefixed": st.none() | letters,
        "padded": st.none() | st.text("0a1 ", max_size=9),
        "code": st.sampled_from([None, "a", ""]),
        "kept": st.none() | st.sampled_from(["a", "b", "Alpha", "x"]),
        "yes": st.sampled_from([None, "Y", "N"]),
        "letter": st.sampled_from([None, "Alpha", "Beta"]),
        "digits": st.none() | digits,
        "money": st.none() | digits,
        "places": st.none() | st.from_regex(r"\A[+-]?[0-9]{1,6}(\.[0-9]{1,3})?\Z"),
        "born": st.none() | years.map(lambda day: f"{day:%y%m%d}"),
        "named": st.none() | years.map(lambda day: f"{day:%d-%b-%Y}"),
        "clock": st.none() | st.times().map(lambda time: f"{time:%H%M}"),
        "stamp": st.none() | edges | local.map(lambda moment: f"{moment:%Y-%m-%d %H:%M:%S}"),
        "count": st.none() | st.integers(-(2**63), 2**63 - 1),
        "scaled": st.none() | decimals(10, 2),
        "seconds": st.none() | st.integers(-62135596800, 253402300799),
        "day": st.none() | st.dates(dt.date(1, 1, 2)),
        "shown": st.none() | st.dates(),
        "later": st.none() | st.dates(max_value=dt.date(9999, 12, 1)),
        "year": st.integers(1, 9999),
        "month": st.integers(1, 12),
        "twice": st.none() | letters,
        "uuid": st.none() | st.uuids().map(str) | st.uuids().map(lambda value: str(value).upper()),
        "amount": st.none() | decimals(12, 2),
        "given": st.none() | letters,
        "needed": letters,
    }
)


def test_a_mapping_of_words_that_invert_has_no_column_without_an_inverse() -> None:
    """Direct fields, prefixes, padding, codes, dates, decimals and casts always lead back."""
    assert inverse_of(loose).reasons == {}
    assert set(inverse_of(loose).columns) == {field.name for field in shape_of(Loose).fields}


@settings(max_examples=EXAMPLES, deadline=None)
@given(row=LOOSE_ROWS)
def test_the_row_led_back_maps_to_the_same_event(row: dict[str, Any]) -> None:
    """map(inverse(map(row))) = map(row)."""
    event = mapped(loose, row)
    assert mapped(loose, inverse_of(loose).reverse(event)) == event


@settings(max_examples=EXAMPLES, deadline=None)
@given(row=LOOSE_ROWS)
def test_exact_columns_come_back_as_they_were(row: dict[str, Any]) -> None:
    """What the inverse calls exact is the very value."""
    inverse = inverse_of(loose)
    back = inverse.reverse(mapped(loose, row))
    assert {name: back[name] for name in inverse.exact} == {name: row[name] for name in inverse.exact}


@settings(max_examples=EXAMPLES, deadline=None)
@given(row=LOOSE_ROWS)
def test_a_present_row_that_maps_to_the_event_already_is_left_as_it_is(row: dict[str, Any]) -> None:
    """No application sees its own notation changed for nothing."""
    assert inverse_of(loose).reverse(mapped(loose, row), row) == row


class Wide(Table):
    """Columns with widths: equal rows come back."""

    branch: Annotated[Key[str], Column(width=3)]
    account: Annotated[Key[str], Column(width=7)]
    digits: Annotated[str, Column(width=6)]
    money: Annotated[str, Column(width=8)]
    padded: Annotated[str | None, Column(width=4)]
    name: Annotated[str | None, Column(width=8)]
    born: str


class Account(Entity):
    """What the wide columns make."""

    id: Key[str]
    number: int
    digits: int
    money: Annotated[Decimal, Digits(18, 2)]
    padded: str | None
    name: str | None
    born: dt.date


@application.maps
def wide(row: Wide) -> Account:
    """Cut, pad and cast columns of declared widths."""
    return Account(
        id=row.branch + "-" + row.account,
        number=integer(row.account),
        digits=integer(row.digits),
        money=implied(row.money, 2),
        padded=pad(row.padded, 9, "x", side="right"),
        name=trim(row.name, side="right"),
        born=date_of(row.born, "%Y%m%d"),
    )


def numbers(width: int) -> st.SearchStrategy[str]:
    """Return numbers of exactly so many characters, with a sign where negative."""
    most = 10 ** (width - 1) - 1
    return st.integers(-most, 10**width - 1).map(lambda n: f"{n:0{width}d}")


WIDE_ROWS = st.fixed_dictionaries(
    {
        "branch": st.text("0a-", min_size=3, max_size=3),
        "account": st.from_regex(r"\A[0-9]{7}\Z"),
        "digits": numbers(6),
        "money": numbers(8),
        "padded": st.none() | st.text("x0a", min_size=4, max_size=4),
        "name": st.none() | st.text("a b", max_size=8).map(lambda value: value.ljust(8)),
        "born": st.dates().map(lambda day: f"{day.year:04d}{day:%m%d}"),
    }
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(row=WIDE_ROWS)
def test_columns_with_widths_give_equal_rows(row: dict[str, Any]) -> None:
    """A declared width makes padding, trimming, casts and keys exact."""
    inverse = inverse_of(wide)
    assert inverse.reasons == {}
    assert inverse.exact == set(row)
    assert inverse.reverse(mapped(wide, row)) == row


class Lossy(Table):
    """Columns that lose something on their way."""

    number: Key[str]
    fname: str | None
    lname: str | None
    status: str | None
    title: str | None
    kind: str | None


class Person(Entity):
    """What is left of them."""

    id: Key[int]
    name: str
    status: str | None
    title: str | None
    kind: str | None


@application.maps
def lossy(row: Lossy) -> Person:
    """Use words that have no inverse."""
    return Person(
        id=integer(row.number),
        name=join(" ", row.fname, row.lname),
        status=codes(row.status, {"A": "Active", "B": "Active"}),
        title=upper(row.title),
        kind=codes(row.kind, {"A": "Active"}, default="Other"),
    )


def test_a_column_that_cannot_be_written_back_says_why() -> None:
    """The reason names the field and what is lost, and for a key the remedy."""
    reasons = inverse_of(lossy).reasons
    assert set(reasons) == {"number", "fname", "lname", "status", "title", "kind"}
    assert "width" in reasons["number"]
    assert reasons["fname"].startswith("name: several columns")
    assert "'Active'" in reasons["status"]
    assert "case of the letters" in reasons["title"]
    assert "default" in reasons["kind"]


def test_a_value_that_no_row_maps_to_is_a_problem_of_its_field() -> None:
    """An event of another application may hold what this one can't say."""
    row: dict[str, Any] = {"id": "1", "year": 2024, "month": 2, "needed": "x"}
    event = mapped(loose, {**dict.fromkeys(loose.columns), **row})
    foreign = {"id": "B/1", "first_of": "2024-02-02", "clock": "12:30:15.000000", "twice": "abc"}
    for field, value in foreign.items():
        with pytest.raises(MapError) as caught:
            inverse_of(loose).reverse({**event, field: value})
        assert caught.value.code == "not-invertible"
