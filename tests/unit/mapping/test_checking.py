"""What does not fit the entity or the application is told at definition, all at once."""

from decimal import Decimal
from typing import Any

import pytest

from franca.errors import DefinitionError
from franca.mapping.application import Application
from franca.mapping.reference import Reference
from franca.mapping.words.choice import codes, first, gather, given, lookup, required, when
from franca.model.entity import Table, Value
from tests.unit.mapping.person import Address, Cust, Pair, Person, application

CODES = Reference({"a": "1234", "b": "1"})


class Pairs(Table):
    """Another table."""

    a: int


class Spot(Value):
    """Another nested value."""

    north: str


PROBLEMS: list[tuple[Any, str]] = [
    (lambda c: Person(id=c.num, name=c.fname), "may get null"),
    (lambda c: Person(id=c.num, name=None), "gets null"),  # type: ignore[arg-type]  # on purpose
    (lambda c: Person(id=c.age), "gets integer or null, expected text"),
    (lambda c: Person(name="x"), "does not name it"),  # type: ignore[call-arg]  # on purpose
    (lambda c: Person(id=c.num, nick="x"), "no field 'nick'"),  # type: ignore[call-arg]  # on purpose
    (lambda c: Person(id=c.num, gender=codes(c.sex, {"M": "Male"})), "expected Gender or null"),
    (lambda c: Person(id=c.num, age=200), "constant 200"),
    (lambda c: Person(id=c.num, balance=Decimal("1.234")), "constant Decimal"),
    (lambda c: Person(id=c.num, age=when(c.kind == "P", c.age, 200)), "constant 200"),
    (
        lambda c: Person(id=c.num, balance=when(c.age == 1, c.amount, 2**63 - 1)),  # type: ignore[arg-type]  # an int is a decimal
        "constant 9223372036854775807",
    ),
    (lambda c: Person(id=c.num, balance=first(c.amount, Decimal("1.234"))), "constant Decimal('1.234')"),
    (lambda c: Person(id=c.num, balance=given(c.sex, lambda _: Decimal("1.234"))), "constant Decimal"),
    (lambda c: Person(id=c.num, balance=required(first(c.amount, Decimal("1.234")))), "constant Decimal"),
    (
        lambda c: Person(id=c.num, balance=codes(c.sex, {"a": Decimal("0.125"), "b": None})),
        "constant Decimal",
    ),
    (lambda c: Person(id=c.num, age=codes(c.sex, {"a": 1}, default=200)), "constant 200"),
    (lambda c: Person(id=c.num, age=codes(c.age, {7: 200}, keep=True)), "constant 200"),
    (lambda c: Person(id=c.num, address=Address(street="x", code=lookup(c.sex, CODES))), "constant '1'"),
    (lambda c: Person(id=c.num, tags=[c.age]), "gets integer or null, expected text"),
    (lambda c: Person(id=c.num, tags=[c.fname]), "may get null"),
    (lambda c: Person(id=c.num, tags=c.num), "gets text, expected list"),
    (lambda c: Person(id=c.num, address=Address(street=c.fname)), "may get null"),
    (lambda c: Person(id=c.num, address=Address(street="x", since=c.fname)), "expected date or null"),
    (lambda c: Person(id=c.num, address=Address(code="1234")), "Address needs it"),  # type: ignore[call-arg]  # on purpose
    (lambda c: Person(id=c.num, address=Address(street="x", code="1")), "constant '1'"),
    (lambda c: Person(id=c.num, places=gather(Address(street=c.age))), "gets integer or null"),
    (
        lambda c: Person(id=c.num, address=given(c.fname, lambda f: Address(street=f, since=f))),
        "gets text, expected date or null",
    ),
    (
        lambda c: Person(id=c.num, places=[Address(street=c.num), Spot(north=c.num)]),  # type: ignore[list-item]  # on purpose
        "with north, which Address does not have",
    ),
    (lambda c: Person(id=c.num, address=Pair(left="a", right=1)), "got the entity Pair"),  # type: ignore[arg-type]  # on purpose
    (lambda c: Pair(left="a", right=1), "returned Pair"),
    (lambda c: [Person(id=c.num)], "returned list"),
    (lambda c: c.num, "returned a value"),
    (lambda c: None, "returned NoneType"),
    (lambda c: Cust(num="1"), "can't be made"),
    (lambda c: when(c.age == 1, Person(id="a"), Pair(left="a", right=1)), "something else"),
    (lambda c: when(c.age == 1, Person(id="a"), Person(id="a", name="b")), "same fields"),
]


@pytest.mark.parametrize(("body", "reason"), PROBLEMS)
def test_what_does_not_fit_the_entity_is_a_problem_at_definition(body: Any, reason: str) -> None:
    """Before any row comes, with file and line."""
    app = application()

    @app.maps
    def person(cust: Cust) -> Person:
        found: Person = body(cust)
        return found

    (problem,) = app.problems()
    assert reason in problem.reason
    assert problem.remedy
    assert (problem.file, problem.line > 0) == (__file__, True)
    with pytest.raises(DefinitionError):
        person.compiled()


def test_a_list_of_a_choice_is_looked_into() -> None:
    """Each branch is; null has nothing inside."""
    app = application()

    @app.maps
    def person(cust: Cust) -> Person:
        return Person(id=cust.num, days=when(cust.kind == "P", gather(cust.fname), None))  # type: ignore[arg-type]  # on purpose

    assert "expected date" in app.problems()[0].reason


class Places(Table):
    """A table with nested columns."""

    num: str
    spot: Spot | None
    spots: list[Spot] | None


@pytest.mark.parametrize(
    "body",
    [
        lambda c: Person(id=c.num, address=c.spot),
        lambda c: Person(id=c.num, address=first(c.spot, Address(street="x"))),
        lambda c: Person(id=c.num, places=gather(c.spot)),
        lambda c: Person(id=c.num, places=first(c.spots, gather(Address(street="x")))),
    ],
)
def test_a_nested_column_of_another_class_is_looked_into(body: Any) -> None:
    """Its rows would all be refused, one by one."""
    app = application()

    @app.maps
    def person(places: Places) -> Person:
        found: Person = body(places)
        return found

    (problem,) = app.problems()
    assert "gets a nested value without street" in problem.reason


def test_what_is_wrong_with_several_items_is_said_once() -> None:
    """One mistake in a loop is one problem."""
    app = application()

    @app.maps
    def people(cust: Cust) -> list[Person]:
        return [Person(id=cust.num + each, age=200) for each in "ab"]

    assert len(app.problems()) == 1


def test_what_is_no_function_and_what_can_not_be_read_are_problems() -> None:
    """Whoever decorates a class, or names a class that is nowhere, is told so."""
    app = application()

    def nowhere(cust: "Nobody") -> Person:  # type: ignore[name-defined]  # noqa: F821  # on purpose
        return Person(id=cust.num)

    app.maps(nowhere)
    assert "annotations can't be read" in app.problems()[0].reason
    with pytest.raises(DefinitionError, match="no function"):
        app.maps(len)  # type: ignore[arg-type, type-var]  # on purpose


def test_all_problems_of_all_mappings_come_at_once() -> None:
    """So does what is wrong with the application and the signatures."""
    app = Application("C R M", epoch=0, timezone="Mars")

    @app.maps
    def one(cust: Cust) -> Person:
        return Person(id=required(cust.fname), name=cust.fname, age=cust.num)  # type: ignore[arg-type]  # on purpose

    def untyped(cust: Any, other: Any) -> Any:
        return cust, other

    app.maps(untyped)  # type: ignore[arg-type]  # on purpose
    app.maps(lambda cust: cust)
    app.maps(Pairs, where=lambda pairs: pairs.a == 1)(one._signature.function)
    paths = [problem.path for problem in app.problems()]
    assert paths[:3] == ["application", "C R M", "C R M"]
    assert {"one.name", "one.age", "untyped", "<lambda>", "one"} <= set(paths)
    with pytest.raises(DefinitionError) as caught:
        app.check()
    assert len(caught.value.problems) == len(app.problems())
