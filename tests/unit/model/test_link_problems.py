"""Links that no view could follow, or that engines would follow each in its way, are refused."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import pytest

from franca.errors import DefinitionError
from franca.model.entity import Entity, ModelMeta, Value
from franca.model.markers import Digits, Key, Link
from franca.model.shape import link_targets, shape_of


class Kind(Enum):
    FIRM = "a firm"


class Odd(Enum):
    FIRST = 1


class Money(Value):
    amount: Decimal


def problem(link: Any, by: Any = str) -> str:
    """Return what is wrong with an entity that has a link and a field `by`, nothing where nothing is."""
    told = {"id": Key[str], "by": by, "link": link}
    try:
        shape_of(ModelMeta("Odd", (Entity,), {"__annotations__": told, "__module__": __name__}))
    except DefinitionError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("kind", [float, bytes, Money, list[bytes], list[list[str]]])
def test_a_link_is_of_a_kind_that_keys_are(kind: Any) -> None:
    """What no key is, its target's key never is either; of lists the items are links."""
    assert "Odd.link: is a link of kind" in problem(Annotated[kind, Link("firm")])
    assert problem(Annotated[list[str], Link("firm")]) == ""


@pytest.mark.parametrize(
    ("link", "told"),
    [
        (Link({"F": "firm"}), "has targets by value, and no field chooses"),
        (Link("firm", by="by"), "is chosen by 'by' and has one target"),
        (Link({"F": "firm"}, by="bye"), "is chosen by 'bye', which is no field of Odd"),
    ],
)
def test_several_targets_have_a_field_that_chooses(link: Link, told: str) -> None:
    """And a field chooses among targets by value; in lists too."""
    assert told in problem(Annotated[str, link])
    assert told in problem(Annotated[list[str], link])
    assert told in problem(list[Annotated[str, link]])


@pytest.mark.parametrize(
    ("by", "value"),
    [
        (str, "F"),
        (str, Kind.FIRM),
        (Kind, Kind.FIRM),
        (Kind, "a firm"),
        (int, 1),
        (bool, True),
        (Decimal, Decimal(1)),
        (Decimal, 1),
        (date, date(2026, 1, 1)),
        (time, time(10)),
        (time, time(10, fold=1)),
        (UUID, UUID(int=1)),
        (UUID, "6BA7B810-9DAD-11D1-80B4-00C04FD430C8"),
        (int, 10**38 - 1),
        (int, Odd.FIRST),
        (Annotated[Decimal, Digits(8, 2)], Decimal("1E+5")),
        (Annotated[Decimal, Digits(8, 2)], Decimal("-999999.99000")),
        (Annotated[Decimal, Digits(8, 2)], Decimal("0E-50")),
    ],
)
def test_a_value_that_chooses_is_one_that_the_field_can_have(by: Any, value: Any) -> None:
    """An enumeration's members may be told by their texts."""
    assert problem(Annotated[str, Link({value: "firm"}, by="by")], by) == ""


@pytest.mark.parametrize(
    ("by", "value", "told"),
    [
        (str, 1, "has a target by 1, and 'by' is of kind text"),
        (int, True, "has a target by True, and 'by' is of kind integer"),
        (bool, 1, "has a target by 1, and 'by' is of kind boolean"),
        (date, datetime(2026, 1, 1, tzinfo=UTC), "and 'by' is of kind date"),
        (Kind, "F", "has a target by 'F', and 'by' is one of ['a firm']"),
        (str, Odd.FIRST, "and 'by' is of kind text"),
        (str, "a\0b", "and 'by' is of kind text"),
        (time, time(10, tzinfo=UTC), "and 'by' is of kind time"),
        (UUID, "north", "has a target by 'north', and 'by' is of kind uuid"),
        (int, 10**38, "and 'by' is of kind integer"),
        (Decimal, Decimal("NaN"), "and 'by' is of kind decimal with the digits 38, 18"),
        (Decimal, Decimal("-Infinity"), "and 'by' is of kind decimal"),
        (Annotated[Decimal, Digits(8, 2)], Decimal("1.005"), "of kind decimal with the digits 8, 2"),
        (Annotated[Decimal, Digits(8, 2)], 10**6, "and 'by' is of kind decimal"),
        (Annotated[Decimal, Digits(8, 2)], Decimal("1E-999999"), "and 'by' is of kind decimal"),
        (float, 1.5, "is chosen by 'by', a field of kind float"),
        (datetime, datetime(2026, 1, 1, tzinfo=UTC), "is chosen by 'by', a field of kind timestamp"),
        (list[str], "F", "is chosen by 'by', a field of kind list"),
    ],
)
def test_a_value_of_another_kind_is_refused(by: Any, value: Any, told: str) -> None:
    """Some engines would compare them, and some would not take the view; it says what the field is."""
    assert told in problem(Annotated[str, Link({value: "firm"}, by="by")], by)


@pytest.mark.parametrize(
    ("by", "values"),
    [
        (str, ("a firm", Kind.FIRM)),
        (UUID, ("6BA7B810-9DAD-11D1-80B4-00C04FD430C8", UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"))),
    ],
)
def test_a_value_chooses_one_target(by: Any, values: tuple[Any, Any]) -> None:
    """Of two that are the same in the field's column both would be followed."""
    link = Link({value: f"e{number}" for number, value in enumerate(values)}, by="by")
    assert "has two targets by one value" in problem(Annotated[str, link], by)


def test_a_target_that_is_no_class_is_no_entity() -> None:
    """Whatever it is."""

    class Linked(Entity):
        id: Key[str]
        odd: Annotated[str, Link(5)]

    with pytest.raises(DefinitionError, match="links to 5, which is no entity"):
        link_targets(shape_of(Linked).field("odd"), [])
