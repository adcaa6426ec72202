"""Each word's way back by example, and the reason of each that has none."""

import datetime as dt
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import msgspec
import pytest

from franca.errors import MapError
from franca.mapping.application import Application
from franca.mapping.inverse.inverse import inverse_of
from franca.mapping.mapping import Mapping
from franca.mapping.tree import Constant, ValueType
from franca.mapping.words import choice, identity, logic, moment, number, text
from franca.model.entity import Entity, Table
from franca.model.kind import Kind
from franca.model.markers import Column, Digits, Key
from franca.model.rows import row_type


class Letter(Enum):
    """An enumeration."""

    ALPHA = "Alpha"
    BETA = "Beta"


class Row(Table):
    """A column of each kind."""

    id: Key[str]
    text: str | None
    other: str | None
    wide: Annotated[str | None, Column(width=3)]
    one: Annotated[str | None, Column(width=1)]
    broad: Annotated[str | None, Column(width=2)]
    sure: str
    number: int | None
    amount: Annotated[Decimal | None, Digits(10, 2)]
    ratio: float | None
    yes: bool | None
    date: dt.date | None
    clock: dt.time | None
    moment: dt.datetime | None
    uuid: UUID | None
    letter: Letter | None


class GivesText(Entity):
    id: Key[str]
    value: str | None


class GivesInteger(Entity):
    id: Key[str]
    value: int | None


class GivesDecimal(Entity):
    id: Key[str]
    value: Annotated[Decimal | None, Digits(20, 4)]


class GivesFloat(Entity):
    id: Key[str]
    value: float | None


class GivesBoolean(Entity):
    id: Key[str]
    value: bool | None


class GivesDate(Entity):
    id: Key[str]
    value: dt.date | None


class GivesList(Entity):
    id: Key[str]
    value: list[str]


class GivesBoth(Entity):
    id: Key[str]
    value: int | None
    other: str | None


class GivesMore(Entity):
    id: Key[str]
    value: str | None
    other: str | None
    third: str | None = None


def loud(value: str) -> str:
    """Raise the letters."""
    return value.upper()


NAMES: dict[str, Any] = {
    name: value
    for module in (choice, identity, logic, moment, number, text)
    for name, value in vars(module).items()
    if not name.startswith("_") and callable(value)
}
NAMES |= {"Letter": Letter, "Decimal": Decimal, "loud": loud}


def defined(expression: str, entity: type[Entity], where: str = "") -> Mapping[Any, Any]:
    """Define a mapping whose field `value` is the expression."""
    names: dict[str, Any] = {**NAMES, "made": entity}
    exec(f"def case(row):\n    return made(id=row.id, value={expression})", names)
    names["case"].__annotations__ = {"row": Row, "return": entity}
    exec(f"def where(row):\n    return {where or None}", names)
    application = Application("cases")
    maps: Any = application.maps(Row, where=names["where"]) if where else application.maps
    mapping: Mapping[Any, Any] = maps(names["case"])
    application.check()
    return mapping


@pytest.mark.parametrize(
    ("expression", "entity", "column", "value"),
    [
        ('row.wide + "-" + row.text', GivesText, "text", "x-y"),
        ('row.text + "-" + row.wide', GivesText, "wide", "abc"),
        ('row.wide + row.text + "." + row.broad', GivesText, "broad", "zz"),
        ('row.wide + row.text + "." + row.broad', GivesText, "text", ".."),
        ("row.wide + row.broad", GivesText, "broad", "zz"),
        ("trim(row.wide)", GivesText, "wide", "ab "),
        ("trim(row.wide, side='left')", GivesText, "wide", " ab"),
        ("pad(row.wide, 5, '0')", GivesText, "wide", "00a"),
        ("pad(as_text(row.number), 5, '0')", GivesText, "number", 70),
        ("pad(as_text(row.number), 5, '0')", GivesText, "number", 0),
        ("'C' + pad(as_text(row.number), 5, '0')", GivesText, "number", -100),
        ("as_text(row.amount)", GivesText, "amount", Decimal("-1.50")),
        ("as_text(row.date)", GivesText, "date", dt.date(2024, 2, 29)),
        ("as_text(row.clock)", GivesText, "clock", dt.time(12, 30, 0, 5)),
        ("as_text(row.moment)", GivesText, "moment", dt.datetime(2024, 2, 29, 1, tzinfo=dt.UTC)),
        ("as_text(row.uuid)", GivesText, "uuid", UUID("2ed6657d-e927-568b-95e1-2665a8aea6a2")),
        ("as_text(row.letter)", GivesText, "letter", Letter.BETA),
        (
            'format_timestamp(row.moment, "%Y%j%H%M%S%f")',
            GivesText,
            "moment",
            dt.datetime(1, 1, 1, tzinfo=dt.UTC),
        ),
        ('null_if(row.text, "x")', GivesText, "text", "y"),
        ('null_if(row.sure, "x")', GivesText, "sure", "x"),
        ("first(row.text)", GivesText, "text", "y"),
        ("first(row.text, None)", GivesText, "text", "y"),
        ('pad(as_text(row.number), 9, "0")', GivesText, "number", 0),
        ('pad(required(as_text(row.number)), 9, "0")', GivesText, "number", 7),
        ('pad(row.text, 9, "*")', GivesText, "text", "a"),
        ('pad(as_text(row.amount), 9, "0")', GivesText, "amount", Decimal("0.50")),
        ('pad(as_text(row.amount), 9, "0")', GivesText, "amount", Decimal("-0.50")),
        ('pad(as_text(row.amount), 9, "0", side="right")', GivesText, "amount", Decimal("10.00")),
        ("row.number * -3", GivesInteger, "number", 7),
        ("row.number + 1", GivesInteger, "number", 7),
        ("row.number - 1", GivesInteger, "number", 7),
        ("-row.number", GivesInteger, "number", 7),
        ("row.amount * 4 + 1", GivesDecimal, "amount", Decimal("1.10")),
        ("Decimal('1.5') - row.amount", GivesDecimal, "amount", Decimal("1.10")),
        ("integer(decimal(row.number, 0))", GivesInteger, "number", -12),
        ("decimal(row.number, 2)", GivesDecimal, "number", -12),
        ("decimal(row.wide, 1)", GivesDecimal, "wide", "1.5"),
        ("implied(row.number, 2)", GivesDecimal, "number", 5),
        ("integer(row.wide)", GivesInteger, "wide", "-07"),
        ("integer(row.one)", GivesInteger, "one", "7"),
        ("not_(row.yes)", GivesBoolean, "yes", True),
        ("make_date(row.number, 2, 29)", GivesDate, "number", 2024),
    ],
)
def test_a_word_leads_back(expression: str, entity: type[Entity], column: str, value: object) -> None:
    """The very value comes back."""
    mapping = defined(expression, entity)
    filled: dict[str, Any] = {
        "id": "1",
        "wide": "abc",
        "text": "t",
        "broad": "bb",
        "sure": "s",
        column: value,
    }
    row = {name: filled.get(name) for name in mapping.columns}
    ((_, data),) = mapping.compiled().events(row_type(Row, mapping.columns)(**row))
    inverse = inverse_of(mapping)
    assert inverse.reasons == {}
    assert inverse.reverse(msgspec.to_builtins(data)) == row


def test_an_integer_filled_up_with_noughts_may_be_a_key() -> None:
    """No two integers are filled up to the same text, so that the very value comes back."""
    assert inverse_of(defined("'C' + pad(as_text(row.number), 5, '0')", GivesText)).exact == {"id", "number"}
    assert inverse_of(defined("pad(as_text(row.number), 5, ' ')", GivesText)).exact == {"id"}


@pytest.mark.parametrize(
    ("expression", "entity", "reason"),
    [
        ("row.text + row.other", GivesText, "without a width"),
        ("join(' ', row.text)", GivesText, "several columns"),
        ("trim(row.text)", GivesText, "width"),
        ("upper(row.text)", GivesText, "case"),
        ("substring(row.text, 2)", GivesText, "part"),
        ("sha256(row.text)", GivesText, "digest"),
        ("codes(row.text, {'a': 'b'}, default='c')", GivesText, "default"),
        ("codes(row.text, {'a': 'b', 'c': None})", GivesText, "null"),
        ("codes(row.text, {'a': 'b', 'c': 'b'})", GivesText, "'b'"),
        ("first(row.text, 'x')", GivesText, "which of the values"),
        ("when(row.yes, row.text, 'x')", GivesText, "branch"),
        ("apply(loud, row.text)", GivesText, "inverse="),
        ("format_date(row.date, '%y%m%d')", GivesText, "whole date"),
        ("format_timestamp(row.moment, '%Y%m%d')", GivesText, "whole timestamp"),
        ("format_timestamp(row.moment, '%Y%m%d%H%M%S%f', zone='Europe/Zurich')", GivesText, "overlap"),
        ("row.number + row.number", GivesInteger, "two columns"),
        ("row.number * 0", GivesInteger, "divided"),
        ("row.number * row.number", GivesInteger, "two columns"),
        ("row.amount * 3", GivesDecimal, "divided"),
        ("rounded(row.amount)", GivesDecimal, "rounded"),
        ("row.ratio * 2.0", GivesFloat, "floats"),
        ("is_null(row.text)", GivesBoolean, "test"),
        ("add_days(row.date, row.number)", GivesDate, "two columns"),
        ("gather(row.text)", GivesList, "lists"),
    ],
)
def test_a_word_that_loses_something_says_what(expression: str, entity: type[Entity], reason: str) -> None:
    """The reason stands beside every column of the expression."""
    reasons = inverse_of(defined(expression, entity)).reasons
    assert reasons
    assert all(reason in each for each in reasons.values())


def test_a_column_that_may_be_null_hides_those_beside_it() -> None:
    """Of a null that several columns make, those that are never null can't be told, and none is exact."""
    inverse = inverse_of(defined('row.wide + "-" + row.sure', GivesText))
    assert set(inverse.reasons) == {"sure"}
    assert "beside a column that may be null" in inverse.reasons["sure"]
    assert inverse.exact == {"id"}
    assert inverse.reverse({"id": "1", "value": None}, {"id": "1", "wide": "abc", "sure": "s"}) == {
        "id": "1",
        "wide": None,
        "sure": "s",
    }


def test_a_condition_fixes_the_columns_that_must_equal_a_constant() -> None:
    """A row led back satisfies the condition of its mapping."""
    mapping = defined("row.number", GivesInteger, '(row.text == "A") & (row.other == "B") & (row.amount > 1)')
    inverse = inverse_of(mapping)
    assert set(inverse.reasons) == {"amount"}
    assert inverse.reverse({"id": "1", "value": 7}) == {"id": "1", "text": "A", "other": "B", "number": 7}


def test_data_of_another_type_is_a_problem() -> None:
    """It never becomes a row."""
    with pytest.raises(MapError, match="another type"):
        inverse_of(defined("row.number", GivesInteger)).reverse({"id": "1", "value": "seven"})


def test_data_without_the_field_is_a_problem() -> None:
    """An absent field is not null."""
    with pytest.raises(MapError, match="lacks the field"):
        inverse_of(defined("row.number", GivesInteger)).reverse({"id": "1"})


def test_data_that_no_row_can_hold_is_a_problem() -> None:
    """What the way back can't compute is said with what was expected."""
    inverse = inverse_of(defined("codes(row.number, {1: 'a'})", GivesText))
    with pytest.raises(MapError, match="can't be led back; expected one of"):
        inverse.reverse({"id": "1", "value": "b"})


def test_a_present_row_that_fails_is_replaced() -> None:
    """A value that can't be mapped says nothing that is worth keeping."""
    inverse = inverse_of(defined("codes(row.text, {'a': 'x'})", GivesText))
    assert inverse.reverse({"id": "1", "value": "x"}, {"id": "1", "text": "?"}) == {"id": "1", "text": "a"}


def test_a_condition_may_have_its_constant_first() -> None:
    """Comparisons and what they compare stand in any order; one with another column fixes nothing."""
    mapping = defined("row.number", GivesInteger, 'all_of("A" == row.text, row.other == row.sure)')
    assert inverse_of(mapping).columns["text"] == Constant("A", ValueType(Kind.TEXT, width=1))
    assert set(inverse_of(mapping).reasons) == {"other", "sure"}


def test_a_field_of_a_constant_and_one_that_is_not_named_lead_nowhere() -> None:
    """They have no column."""
    assert inverse_of(defined("'x'", GivesText)).columns.keys() == {"id"}
    assert inverse_of(defined("'x', other=None", GivesMore)).columns.keys() == {"id"}


def test_a_list_of_entities_has_no_inverse() -> None:
    """Which of its entities a column belongs to can't be told."""

    def several(row: Row) -> list[GivesText]:
        return [GivesText(id=row.id, value=row.text), GivesText(id=row.id + "/b", value=row.other)]

    mapping: Mapping[Any, Any] = Application("cases").maps(several)
    assert inverse_of(mapping).reasons.keys() == {"id", "text", "other"}
    assert "makes a list" in inverse_of(mapping).reasons["id"]


def test_a_null_for_a_column_that_is_never_null_is_a_problem() -> None:
    """Another application's event may hold it."""
    with pytest.raises(MapError) as caught:
        inverse_of(defined("row.sure", GivesText)).reverse({"id": "1", "value": None})
    assert caught.value.code == "null-value"


def test_a_column_that_two_fields_tell_differently_has_no_inverse() -> None:
    """What one of them takes for the same the other does not."""
    reasons = inverse_of(defined("integer(row.text), other=row.text + '.'", GivesBoth)).reasons
    assert reasons == {}
    reasons = inverse_of(defined("integer(row.text), other=upper(row.text)", GivesBoth)).reasons
    assert "other tells them apart" in reasons["text"]
