"""A body is traced behind what it refuses: all its problems are told, each once, none that is not its own."""

from collections.abc import Callable
from typing import Any

import pytest

from franca.mapping.application import Application
from franca.mapping.words.choice import codes, given, when
from franca.mapping.words.number import integer
from franca.mapping.words.text import trim, upper
from franca.model.entity import Entity, Table, Value
from franca.model.markers import Key


class Cust(Table):
    """A table for the bodies below."""

    num: Key[str]
    name: str | None
    age: int


class Address(Value):
    """A nested value."""

    street: str
    zip: str


class Person(Entity):
    """An entity for the bodies below."""

    id: Key[str]
    name: str
    nick: str | None = None
    address: Address | None = None
    tags: list[str] | None = None
    age: int | None = None


def body(cust: Any) -> Any:
    """Do wrong in each field, and once before."""
    other = cust.missing
    return Person(
        id=cust.num + cust.age,
        name=cust.name,
        nick=f"{cust.num} the {other}",
        address=Address(street=cust.num.strip().lower(), zipp=cust.num, zip=other),  # type: ignore[call-arg]  # on purpose
        tags=[upper(cust.age), cust.num[1:2], other],
        age=given(cust.other, lambda value: integer(value)),
    )


def several(cust: Any) -> Any:
    """Do wrong in each of several entities."""
    return [
        Person(id=cust.a, name=trim(cust.b)),
        when(cust.c == 1, Person(id=cust.num, name=codes(cust.d, {"x": "y"})), None),
        when(cust.num == "1", Person(id=cust.num, name=cust.e), Person(id=cust.num, name="x")),
    ]


def judging(cust: Any) -> Any:
    """Go on as long as no value has to be known."""
    name = cust.a
    if cust.num:
        name = cust.b
    return Person(id=cust.num, name=name)


def lost(cust: Any) -> Any:
    """Return nothing but what is lost."""
    return when(cust.a, Person(id="1", name="x"), Person(id="2", name="y"))


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (
            body,
            [
                "'missing'", "+ got text and integer", "into text", "'strip'", "no field 'zipp'",
                "upper got", "indexed", "'other'", "may get null",
            ],
        ),
        (several, ["column 'a'", "column 'b'", "column 'c'", "column 'd'", "column 'e'"]),
        (judging, ["column 'a'", "true or false"]),
        (lost, ["column 'a'"]),
    ],
)  # fmt: skip
def test_every_problem_of_a_body_is_told_at_once(function: Callable[[Any], Any], told: list[str]) -> None:
    """What was refused takes part in nothing more, so that nothing follows from it."""
    application = Application("crm")
    if function is several:

        @application.maps
        def people(cust: Cust) -> list[Person]:
            return function(cust)  # type: ignore[no-any-return]  # what it gives is the test's subject
    else:

        @application.maps
        def person(cust: Cust) -> Person:
            return function(cust)  # type: ignore[no-any-return]  # as above

    problems = application.problems()

    assert len(problems) == len(told), problems
    assert all(text in each.reason for text, each in zip(told, problems, strict=True)), problems


def test_a_wrong_condition_does_not_hide_what_is_wrong_in_the_body() -> None:
    """`where=` and body are one definition."""
    application = Application("crm")

    @application.maps(Cust, where=lambda cust: cust.nope == "A")  # type: ignore[attr-defined]  # on purpose
    def person(cust: Cust) -> Person:
        return Person(id=cust.num, name=cust.gone)  # type: ignore[attr-defined]  # on purpose

    assert [each.reason.split("'")[3] for each in application.problems()] == ["nope", "gone"]
