"""A mapping as its user and the stream see it: objects, events, keys, problems, lineage, hash."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import msgspec
import pytest

from franca.errors import DefinitionError, MapError
from franca.mapping.application import Application
from franca.mapping.reference import Reference
from franca.mapping.words.choice import codes, first, gather, given, lookup, required, when
from franca.mapping.words.identity import apply
from franca.mapping.words.logic import not_null
from franca.mapping.words.moment import date_of, time_of, timestamp_of
from franca.mapping.words.number import implied, integer
from franca.mapping.words.text import join, trim, upper
from franca.model.entity import Entity, Table, Value
from franca.model.markers import Digits, Key, Length, Pii, Range
from franca.testing import row


class Gender(Enum):
    """An enumeration."""

    MALE = "Male"
    FEMALE = "Female"


class Address(Value):
    """A nested value."""

    street: str
    since: date | None = None
    code: Annotated[str, Length(4, 5)] | None = None


class Person(Entity):
    """An entity with all kinds of fields."""

    id: Key[str]
    name: Pii[str] = "nobody"
    gender: Gender | None = None
    born: date | None = None
    balance: Annotated[Decimal, Digits(6, 2)] | None = None
    bare: Decimal | None = None
    ratio: float | None = None
    seen: datetime | None = None
    wakes: time | None = None
    photo: bytes | None = None
    token: UUID | None = None
    age: Annotated[int, Range(0, 150)] | None = None
    code: Annotated[str, Length(max=3)] | None = None
    address: Address | None = None
    tags: list[str] = []  # noqa: RUF012  # msgspec copies it
    days: list[date] | None = None
    places: list[Address] | None = None
    sizes: Annotated[list[Annotated[int, Range(max=9)]], Length(max=2)] | None = None


class Pair(Entity):
    """An entity with two key fields."""

    left: Key[str]
    right: Key[int]
    note: str | None = None


class Cust(Table):
    """A table."""

    num: Key[str]
    kind: str = "P"
    fname: str | None = None
    secret: Pii[str] | None = None
    sex: str | None = None
    born: str | None = None
    amount: Decimal | None = None
    ratio: float | None = None
    seen: datetime | None = None
    photo: bytes | None = None
    token: UUID | None = None
    age: int | None = None
    day: date | None = None
    phone1: str | None = None
    phone2: str | None = None


def application() -> Application:
    """Return an application of no mappings."""
    return Application("crm", timezone="Europe/Zurich")


def defined(**fields: Any) -> Any:
    """Return a mapping of the row `c` to a person, each field given as a function of the row."""

    def person(cust: Cust) -> Person:
        return Person(**{"id": cust.num, **{name: field(cust) for name, field in fields.items()}})

    return application().maps(person)


def data(mapping: Any, **columns: Any) -> dict[str, Any]:
    """Return the data of the one event that a row makes."""
    ((_, event),) = mapping.compiled().events(row(Cust, **{"num": "1", **columns}))
    found: dict[str, Any] = msgspec.to_builtins(event)
    return found


def failing(mapping: Any, **columns: Any) -> tuple[str, str, str]:
    """Return path, code and reason of a row's problem."""
    with pytest.raises(MapError) as caught:
        mapping.compiled().events(row(Cust, **{"num": "1", **columns}))
    return caught.value.path, caught.value.code, caught.value.reason


LEAVES: list[tuple[str, Any, dict[str, Any], Any]] = [
    ("born", lambda c: c.day, {"day": date(2000, 1, 2)}, "2000-01-02"),
    ("born", lambda c: date_of(c.born, "%d.%m.%Y"), {"born": "02.01.2000"}, "2000-01-02"),
    ("born", lambda c: when(c.num == "1", date_of(c.born), None), {"born": "2000-01-02"}, "2000-01-02"),
    ("born", lambda c: date(2000, 1, 2), {}, "2000-01-02"),
    ("days", lambda _: [], {}, []),
    ("places", lambda _: gather(), {}, []),
    ("sizes", lambda c: gather(c.age), {"age": 9}, [9]),
    (
        "address",
        lambda c: Address(street="x", code=c.fname),
        {"fname": None},
        {"street": "x", "since": None, "code": None},
    ),
    ("wakes", lambda c: time_of(c.born, "%H:%M"), {"born": "12:30"}, "12:30:00.000000"),
    ("seen", lambda c: c.seen, {"seen": datetime(2000, 1, 2, 3, tzinfo=UTC)}, "2000-01-02T03:00:00.000000Z"),
    ("seen", lambda c: timestamp_of(c.born, "%Y%m%d"), {"born": "20000102"}, "2000-01-01T23:00:00.000000Z"),
    ("balance", lambda c: c.amount, {"amount": Decimal("1.5")}, "1.50"),
    ("balance", lambda c: c.amount, {"amount": Decimal("-0.00")}, "0.00"),
    ("balance", lambda c: c.age, {"age": 12}, "12.00"),
    ("balance", lambda c: implied(c.born, 2), {"born": "1234"}, "12.34"),
    ("bare", lambda c: c.amount, {"amount": Decimal("1.500")}, "1.5"),
    ("bare", lambda c: c.amount, {"amount": Decimal("1E+3")}, "1000"),
    ("bare", lambda c: c.amount, {"amount": Decimal("1E-10")}, "0.0000000001"),
    ("ratio", lambda c: c.ratio, {"ratio": 0.5}, 0.5),
    ("ratio", lambda c: c.ratio, {"ratio": float("nan")}, "NaN"),
    ("ratio", lambda c: c.ratio, {"ratio": float("-inf")}, "-Infinity"),
    ("ratio", lambda c: c.ratio, {"ratio": float("inf")}, "Infinity"),
    ("photo", lambda c: c.photo, {"photo": b"\x00\xff"}, "AP8="),
    ("token", lambda c: c.token, {"token": UUID(int=1)}, "00000000-0000-0000-0000-000000000001"),
    ("gender", lambda c: codes(c.sex, {"M": Gender.MALE}), {"sex": "M"}, "Male"),
    ("gender", lambda c: codes(c.sex, {"M": None}, default=Gender.MALE), {"sex": "X"}, "Male"),
    ("gender", lambda c: first(codes(c.sex, {"M": Gender.MALE}), Gender.FEMALE), {"sex": None}, "Female"),
    ("gender", lambda c: given(c.sex, lambda s: Gender.MALE), {"sex": None}, None),
    ("age", lambda c: c.age, {"age": 2}, 2),
    ("tags", lambda c: gather(c.phone1, c.phone2), {"phone1": None, "phone2": "2"}, ["2"]),
    ("tags", lambda c: [c.num, "x"], {}, ["1", "x"]),
    (
        "days",
        lambda c: gather(c.day, date(2000, 1, 2)),
        {"day": date(2000, 1, 3)},
        ["2000-01-03", "2000-01-02"],
    ),
    (
        "address",
        lambda c: given(c.fname, lambda street: Address(street=upper(street), since=c.day)),
        {"fname": "a", "day": date(2000, 1, 2)},
        {"street": "A", "since": "2000-01-02", "code": None},
    ),
    ("address", lambda c: Address(street=c.num), {}, {"street": "1", "since": None, "code": None}),
    ("code", lambda c: apply(len_text, c.fname), {"fname": "abc"}, "3"),
    ("code", lambda c: lookup(c.fname, Reference({"a": "b"}), default="x"), {"fname": "q"}, "x"),
]


def len_text(value: str) -> str:
    """Return a text's length as text."""
    if value == "":
        raise ValueError("empty")
    return str(len(value)) if value != "bad" else None  # type: ignore[return-value]  # on purpose


@pytest.mark.parametrize(("field", "body", "columns", "expected"), LEAVES)
def test_an_events_values_are_ready_for_json(
    field: str, body: Any, columns: dict[str, Any], expected: Any
) -> None:
    """Each kind has one text; the object of the same row has the value itself."""
    mapping = defined(**{field: body})
    assert data(mapping, **columns)[field] == expected
    made = mapping(row(Cust, num="1", **columns))
    assert type(made) is Person
    assert made.id == "1"


def test_an_event_has_every_field_in_the_models_order_and_null_where_none_is_named() -> None:
    """Whatever the default; the object shows the default."""
    mapping = defined()
    event = data(mapping)
    assert list(event) == list(Person.__struct_fields__)
    assert event == {**dict.fromkeys(Person.__struct_fields__), "id": "1"}
    assert mapping(row(Cust, num="1")).name == "nobody"


FAILURES: list[tuple[str, Any, dict[str, Any], tuple[str, str, str]]] = [
    ("gender", lambda c: codes(c.sex, {"M": Gender.MALE}), {"sex": "Q"}, ("gender", "unknown-code", "'Q'")),
    ("gender", lambda c: codes(c.sex, {"M": Gender.MALE}), {}, ("sex", "absent-input", "lacks")),
    ("name", lambda c: required(c.fname), {"fname": None}, ("name", "null-value", "null")),
    ("age", lambda c: c.age, {"age": 151}, ("age", "constraint", "greater than 150")),
    ("code", lambda c: c.fname, {"fname": "abcd"}, ("code", "constraint", "at most 3")),
    ("code", lambda c: c.fname, {"fname": "x" * 99}, ("code", "constraint", "101 characters")),
    ("balance", lambda c: c.amount, {"amount": Decimal("1.234")}, ("balance", "out-of-range", "2 digits")),
    ("balance", lambda c: c.amount, {"amount": Decimal("12345")}, ("balance", "out-of-range", "4 digits")),
    ("balance", lambda c: c.amount, {"amount": Decimal("NaN")}, ("balance", "out-of-range", "NaN")),
    ("age", lambda c: integer(c.secret), {"secret": "hush"}, ("age", "not-an-integer", "personal")),
    (
        "name",
        lambda c: required(codes(c.sex, {"M": "m"})),
        {"sex": "hush"},
        ("name", "unknown-code", "personal"),
    ),
    ("code", lambda c: apply(len_text, c.fname), {"fname": ""}, ("code", "apply-failed", "ValueError")),
    ("code", lambda c: apply(len_text, c.num), {"num": "bad"}, ("code", "apply-failed", "NoneType")),
    (
        "address",
        lambda c: given(c.fname, lambda f: Address(street=f, code=f)),
        {"fname": "abc"},
        ("address", "constraint", "'abc'"),
    ),
    (
        "places",
        lambda c: [Address(street="x", code=c.fname)],
        {"fname": "abcdef"},
        ("places", "constraint", "at most 5"),
    ),
    ("sizes", lambda c: gather(c.age, 1), {"age": 10}, ("sizes", "constraint", "greater than 9")),
    ("sizes", lambda c: gather(c.age, 1, 2), {"age": 3}, ("sizes", "constraint", "at most 2")),
    ("born", lambda c: date_of(c.fname), {"fname": 5}, ("born", "bad-value", "TypeError")),
]


@pytest.mark.parametrize(("field", "body", "columns", "expected"), FAILURES)
def test_a_failing_row_names_path_code_and_value_but_nothing_personal(
    field: str, body: Any, columns: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    """The mapping is run again piece by piece to find the place."""
    path, code, reason = failing(defined(**{field: body}), **columns)
    assert (path, code) == expected[:2]
    assert expected[2] in reason
    assert "hush" not in reason


def test_a_column_that_feeds_a_personal_field_is_shown_for_no_other_field_either() -> None:
    """Whether in the same mapping or in one that is defined later, and in conditions too."""
    app = application()

    def pair(cust: Cust) -> Pair:
        return Pair(left=cust.num, right=integer(required(cust.fname)))

    def person(cust: Cust) -> Person:
        return Person(id=cust.num, name=required(cust.fname))

    mapping = app.maps(pair)
    before = mapping.personal()
    app.maps(person)

    assert [set(before), set(mapping.personal())] == [{"secret"}, {"secret", "fname"}]
    path, code, reason = failing(mapping, fname="hush")
    assert (path, code) == ("right", "not-an-integer")
    assert reason.startswith("got a personal value, expected ")


def test_an_empty_key_is_a_problem() -> None:
    """A key has at least one character."""
    assert failing(defined(), num="")[:2] == ("id", "empty-key")


def test_several_key_fields_are_joined_and_encoded() -> None:
    """By `/`, with `%` and `/` in them percent-encoded."""

    def pair(cust: Cust) -> Pair:
        return Pair(left=cust.num, right=required(cust.age))

    mapping = application().maps(pair)
    partial = row(Cust, num="50%/a", age=7)
    assert [subject for subject, _ in mapping.compiled().events(partial)] == ["50%25%2Fa/7"]
    ((subject, keys),) = mapping.compiled().keys(partial)
    assert (subject, msgspec.to_builtins(keys)) == ("50%25%2Fa/7", {"left": "50%/a", "right": 7})


def conditional() -> Any:
    """Return a mapping with a condition on an attribute that no field mentions."""
    app = application()

    @app.maps(Cust, where=lambda cust: cust.kind == "P")
    def person(cust: Cust) -> Person:
        return Person(id=cust.num, name=join(" ", cust.fname, "x"))

    return person


def test_a_row_that_does_not_match_makes_nothing() -> None:
    """Even when it lacks what the fields mention; null is not true."""
    mapping = conditional()
    assert mapping(row(Cust, num="1", kind="Q")) is None
    assert mapping(row(Cust, num="1", kind="P", fname=None)) == Person(id="1", name="x")
    assert mapping.conditional
    assert mapping.columns == {"num", "kind", "fname"}
    assert mapping.key_columns == {"num", "kind"}
    assert mapping.compiled().keys(row(Cust, num="1", kind="P"))[0][0] == "1"
    assert failing(mapping, kind="P")[:2] == ("fname", "absent-input")
    assert failing(mapping)[:2] == ("fname", "absent-input") or failing(mapping)[0] == "kind"


def test_a_list_makes_an_entity_per_item_whose_condition_holds() -> None:
    """`given` and `when` put conditions before items."""
    app = application()

    @app.maps
    def people(cust: Cust) -> list[Person | None]:
        return [
            Person(id=cust.num),
            given(cust.phone1, lambda phone: Person(id=phone, age=integer(phone))),
            when(not_null(cust.phone2), Person(id=first(cust.phone2, "")), None),
            None,
        ]

    everything = row(Cust, num="1", phone1="2", phone2="3")
    assert [person.id for person in people(everything)] == ["1", "2", "3"]
    assert [person.id for person in people(row(Cust, num="1", phone1=None, phone2="3"))] == ["1", "3"]
    assert people.is_list
    assert people.conditional
    assert failing(people, phone1="x", phone2=None)[:2] == ("[1].age", "not-an-integer")
    assert people.lineage()["id"] == ("num", "phone1", "phone2")


def test_a_choice_between_two_entities_chooses_field_by_field() -> None:
    """One entity is made, whichever branch applies."""
    app = application()

    @app.maps
    def person(cust: Cust) -> Person:
        return when(cust.kind == "P", Person(id=cust.num, name="p"), Person(id="x" + cust.num, name="p"))

    assert [person(row(Cust, num="1", kind=kind)).id for kind in "PQ"] == ["1", "x1"]


def test_one_or_none_is_declared() -> None:
    """A condition in the body of a mapping to exactly one is a problem."""
    app = application()

    @app.maps
    def maybe(cust: Cust) -> Person | None:
        return when(cust.kind == "P", None, Person(id=cust.num))

    @app.maps
    def always(cust: Cust) -> Person:
        return when(cust.kind == "P", Person(id=cust.num), None)  # type: ignore[return-value]  # on purpose

    assert maybe(row(Cust, num="1", kind="P")) is None
    assert maybe(row(Cust, num="1", kind="Q")) == Person(id="1")
    assert [problem.path for problem in app.problems()] == ["always"]


def test_a_real_row_of_wrong_types_is_refused() -> None:
    """The generated function trusts the decoder; a call checks."""
    mapping = defined(name=lambda c: trim(required(c.fname)))
    with pytest.raises(MapError, match="fname") as caught:
        mapping(row(Cust, num="1", fname=5))
    assert caught.value.code == "bad-value"
    with pytest.raises(MapError, match="no such attribute"):
        mapping(object())


def test_a_full_row_of_the_table_is_mapped() -> None:
    """Tests may make rows of the table's own class."""
    assert defined(name=lambda c: required(c.fname))(Cust(num="1", fname="Ada")).name == "Ada"


PROBLEMS: list[tuple[Any, str]] = [
    (lambda c: Person(id=c.num, name=c.fname), "may get null"),
    (lambda c: Person(id=c.num, name=None), "gets null"),  # type: ignore[arg-type]  # on purpose
    (lambda c: Person(id=c.age), "gets integer or null, expected text"),
    (lambda c: Person(name="x"), "does not name it"),  # type: ignore[call-arg]  # on purpose
    (lambda c: Person(id=c.num, nick="x"), "no field 'nick'"),  # type: ignore[call-arg]  # on purpose
    (lambda c: Person(id=c.num, gender=codes(c.sex, {"M": "Male"})), "expected Gender or null"),
    (lambda c: Person(id=c.num, age=200), "constant 200"),
    (lambda c: Person(id=c.num, balance=Decimal("1.234")), "constant Decimal"),
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


class Pairs(Table):
    """Another table."""

    a: int


def test_the_hash_follows_what_the_mappings_say() -> None:
    """Names of Python variables do not count, reference tables do."""

    def hashed(table: dict[str, str], prefix: str = "C") -> str:
        app = application()

        @app.maps
        def person(cust: Cust) -> Person:
            return Person(id=prefix + cust.num, code=lookup(cust.fname, Reference(table)), token=cust.token)

        app.check()
        assert app.tables == (Cust,)
        assert [mapping.name for mapping in app.mappings] == ["person"]
        return app.hash

    assert hashed({"a": "b"}) == hashed({"a": "b"})
    assert len({hashed({"a": "b"}), hashed({"a": "c"}), hashed({"a": "b"}, "D")}) == 3


def test_a_mapping_tells_its_file_and_line() -> None:
    """For `franca check`."""
    mapping = conditional()
    assert (mapping.file, mapping.name, mapping.table, mapping.entity) == (__file__, "person", Cust, Person)
    assert mapping.line > 0
    assert repr(mapping) == "<mapping crm.person>"
    assert repr(mapping.application) == "<application crm>"
