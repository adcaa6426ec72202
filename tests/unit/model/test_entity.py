"""Objects of a model: frozen, keyword-only, checked when made; rows whose columns may be absent."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import msgspec
import pytest

from franca.model.entity import Entity, Table, Value, construction
from franca.model.markers import Column, Key, Length, Pattern, Range
from franca.model.rows import row_type
from franca.testing import row


class Colour(Enum):
    """An enumeration."""

    RED = "red"


class Thing(Entity):
    """A default comes before a field without one."""

    colour: Colour | None = None
    id: Key[str]


class Line(Table):
    """A table with a legacy column name."""

    num: Annotated[Key[str], Column("L-NUM")]
    colour: Colour | None = None
    amount: Decimal | None = None
    at: datetime | None = None
    tags: list[str] = []  # noqa: RUF012  # msgspec copies it


def test_an_object_is_frozen_and_keyword_only() -> None:
    """Its default may come first."""
    thing = Thing(id="1")
    assert thing == Thing(colour=None, id="1")
    with pytest.raises(AttributeError):
        thing.id = "2"  # type: ignore[misc]  # on purpose


@pytest.mark.parametrize(
    ("fields", "error"), [({}, TypeError), ({"id": 1}, ValueError), ({"id": "1", "x": 1}, TypeError)]
)
def test_an_object_of_wrong_fields_is_refused(fields: dict[str, Any], error: type[Exception]) -> None:
    """Missing, unknown and wrongly typed fields."""
    with pytest.raises(error):
        Thing(**fields)


def test_an_enumerations_value_is_not_its_member() -> None:
    """Only the member itself will do."""
    assert Thing(id="1", colour=Colour.RED).colour is Colour.RED


class Inner(Value):
    """A nested value."""

    name: str


class Nesting(Table):
    """A table with a column of it."""

    id: Key[str]
    inner: Inner | None


def test_rows_are_decoded_by_legacy_names_and_absent_is_not_null() -> None:
    """What is not there is UNSET."""
    kind: Any = row_type(Line, ["num", "colour", "at"])
    decoded = msgspec.json.decode(b'{"L-NUM":"1","colour":null,"more":1}', type=kind)
    assert (decoded.num, decoded.colour, decoded.at) == ("1", None, msgspec.UNSET)
    assert kind is row_type(Line, ("at", "colour", "num"))


@pytest.mark.parametrize(
    "text", [b'{"L-NUM":null}', b'{"L-NUM":1}', b'{"at":"2020-01-01T00:00:00"}', b'{"tags":[1]}']
)
def test_rows_of_wrong_types_are_refused(text: bytes) -> None:
    """Null where there may be none, another type, a timestamp without zone."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=row_type(Line, ["num", "at", "tags"]))


def test_an_unknown_column_is_refused() -> None:
    """By name."""
    with pytest.raises(KeyError, match="nothing"):
        row_type(Line, ["nothing"])


def test_a_test_row_has_only_what_is_given() -> None:
    """The other columns are absent, and unknown ones are refused."""
    partial: Any = row(Line, num="1", at=datetime(2020, 1, 1, tzinfo=UTC))
    assert (partial.num, partial.amount) == ("1", msgspec.UNSET)
    with pytest.raises(TypeError, match="nothing"):
        row(Line, nothing=1)


def test_constraints_say_what_is_wrong_without_the_value() -> None:
    """A value may be personal."""
    assert Length(2, 3).violation("abcd") == "has length 4, expected at most 3"
    assert Length(2).violation("a") == "has length 1, expected at least 2"
    assert Length(2, 3).violation("ab") is None
    assert Pattern("[a-z]+").violation("ab") is None
    assert Pattern("[a-z]+").violation("ab\n") == "does not match the pattern '[a-z]+'"
    assert Range(1, 3).violation(0) == "is less than 1"
    assert Range(1, 3).violation(4) == "is greater than 3"
    assert Range(0.5, 3).violation(Decimal("0.5")) is None
    assert Range().violation(1) is None


def test_whoever_traces_is_handed_the_fields() -> None:
    """Nothing is made and nothing is checked meanwhile."""
    held = construction.set(lambda cls, fields: (cls, fields))
    try:
        assert Line(num=1) == (Line, {"num": 1})  # type: ignore[arg-type, comparison-overlap]  # a symbol stands there
    finally:
        construction.reset(held)


def test_columns_of_nested_values_are_decoded_as_such() -> None:
    """A row may hold what its message nests."""
    kind: Any = row_type(Nesting, ["inner"])
    assert msgspec.json.decode(b'{"inner":{"name":"a"}}', type=kind).inner == Inner(name="a")
