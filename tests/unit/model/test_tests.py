"""Data tests as a model declares them: what is wrong is told where it is written."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from types import new_class
from typing import Annotated
from uuid import UUID

import pytest

from franca.errors import DefinitionError
from franca.model.entity import Entity
from franca.model.markers import Key
from franca.model.shape import shape_of
from franca.model.tests import (
    Accepted,
    Expectation,
    NotNull,
    Relationship,
    Unique,
    expects,
    failing_rows,
    freshness,
)


class Thing(Entity):
    """Something."""

    id: Key[str]
    size: Annotated[str | None, Accepted("S", "M", allow=3), NotNull(warn_above=0.1)]


def test_markers_stand_on_their_field() -> None:
    """In the order in which they were said."""
    assert shape_of(Thing).field("size").tests == (Accepted("S", "M", allow=3), NotNull(warn_above=0.1))


def test_a_function_that_expects_something_can_still_be_called() -> None:
    """So a unit test asks it about one row."""

    @expects(Thing, severity="warn")
    def is_sized(thing: Thing) -> bool:
        return thing.size is not None

    assert isinstance(is_sized, Expectation)
    assert (is_sized(Thing(id="1", size="S")), is_sized(Thing(id="1", size=None))) == (True, False)


@pytest.mark.parametrize(
    "mark",
    [
        lambda: Unique(severity="bad"),  # type: ignore[arg-type]  # what a user may write
        lambda: NotNull(allow=-1),
        lambda: Accepted("A", allow=float("nan")),
        lambda: failing_rows("select 1", allow=True),
        lambda: failing_rows("select 1", warn_above="3"),  # type: ignore[arg-type]  # as above
        lambda: freshness(Thing, within=timedelta(0)),
        lambda: freshness(Thing, within=timedelta(1), warn_after=timedelta(-1)),
    ],
)
def test_limits_that_can_not_be_are_refused(mark: object) -> None:
    """Where they are written, before anything is asked."""
    with pytest.raises(DefinitionError, match="expected"):
        mark()  # type: ignore[operator]  # a function without arguments


def test_a_marker_that_does_not_apply_is_a_problem() -> None:
    """Each at its field."""

    class Bad(Entity):
        id: Key[str]
        a: Annotated[str, Relationship()]
        b: Annotated[list[str], Unique()]
        c: Annotated[str, Accepted()]
        d: Annotated[str, Accepted(1.5)]
        e: Annotated[Decimal, Accepted(1, Decimal("NaN"))]
        f: Annotated[UUID, Accepted("north")]
        g: Annotated[time, Accepted("10:00", "10:00Z")]

    with pytest.raises(DefinitionError) as caught:
        shape_of(Bad)
    assert [(p.path, p.reason) for p in caught.value.problems] == [
        ("Bad.a", "is tested for a Relationship and has no Link"),
        ("Bad.b", "Unique does not apply to the kind list"),
        ("Bad.c", "has an Accepted without values"),
        ("Bad.d", "has the accepted values (1.5,)"),
        ("Bad.e", "has the accepted value Decimal('NaN'), which no decimal of it can be"),
        ("Bad.f", "has the accepted value 'north', which no uuid of it can be"),
        ("Bad.g", "has the accepted value '10:00Z', which no time of it can be"),
    ]


class Size(Enum):
    """Of a shirt."""

    SMALL = "S"


U = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


@pytest.mark.parametrize(
    ("kind", "accepted", "refused"),
    [
        (date, (date(2026, 1, 1), "2026-01-01"), ("nope", "2026-02-30", "10:00", 5, True, Decimal(5))),
        (int, (5, Decimal(5), "5", 10**37), ("x", "", "5.5", "NaN", True, date(2026, 1, 1), 10**38)),
        (Decimal, (5, Decimal("0.5"), "0.5"), ("x", "Infinity", False, date(2026, 1, 1))),
        (float, (5, Decimal("0.5"), "0.5"), ("x", "inf", True, date(2026, 1, 1))),
        (bool, (True, False, "true", "False"), ("maybe", "", 1, Decimal(1), date(2026, 1, 1))),
        (datetime, (date(2026, 1, 1), "2026-01-01 10:00:00"), ("nope", 5, True)),
        (time, ("10:00",), ("nope", 5, False, Decimal(5), date(2026, 1, 1))),
        (UUID, (U,), ("nope", 5, True, Decimal(5), date(2026, 1, 1))),
        (str, ("5", "true"), ("a\0", 5, True, Decimal(5), date(2026, 1, 1))),
        (Size, ("S",), ("M", 5, True, date(2026, 1, 1))),
    ],
)
def test_an_accepted_value_that_the_field_can_not_have_is_a_problem(
    kind: type, accepted: tuple[object, ...], refused: tuple[object, ...]
) -> None:
    """Texts stand for values of every kind; all else is of the field's type."""

    def told(values: tuple[object, ...]) -> list[str]:
        thing = {"__annotations__": {"id": Key[str], "a": Annotated[kind, Accepted(*values)]}}
        try:
            shape_of(new_class("Thing", (Entity,), {}, lambda names: names.update(thing)))
        except DefinitionError as error:
            return [problem.reason for problem in error.problems]
        return []

    assert told(accepted) == []
    said = [reason.partition(", which no ")[0] for reason in told(refused)]
    assert said == [f"has the accepted value {value!r}" for value in refused]
