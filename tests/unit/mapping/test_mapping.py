"""A mapping as its user and the stream see it: objects, events, keys, lineage, hash."""

from typing import Any

import msgspec
import pytest

from franca.errors import MapError
from franca.mapping.reference import Reference
from franca.mapping.words.choice import first, given, lookup, required, when
from franca.mapping.words.identity import apply
from franca.mapping.words.logic import not_null
from franca.mapping.words.number import integer
from franca.mapping.words.text import join, trim
from franca.model.entity import Entity, Table
from franca.model.markers import Key, Pii
from franca.testing import row
from tests.unit.mapping.person import (
    Cust,
    Flagged,
    Numbered,
    Pair,
    Person,
    application,
    data,
    defined,
    failing,
)


class Number(Entity):
    """An entity with a key of two fields."""

    owner: Key[str]
    number: Key[str]


class Secret(Table):
    """A table with personal columns."""

    id: Key[str]
    first: Pii[str]
    second: Pii[str]


def test_an_event_has_every_field_in_the_models_order_and_null_where_none_is_named() -> None:
    """Whatever the default; the object shows the default."""
    mapping = defined()
    event = data(mapping)
    assert list(event) == list(Person.__struct_fields__)
    assert event == {**dict.fromkeys(Person.__struct_fields__), "id": "1"}
    assert mapping(row(Cust, num="1")).name == "nobody"


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


def test_numbers_and_flags_are_keys_too() -> None:
    """As the text that JSON has for them."""

    def numbered(cust: Cust) -> Numbered:
        return Numbered(id=required(cust.age))

    def flagged(cust: Cust) -> Flagged:
        return Flagged(id=cust.num, main=cust.kind == "P")

    partial = row(Cust, num="1", age=7, kind="P")
    keys = [application().maps(each).compiled().keys(partial)[0][0] for each in (numbered, flagged)]
    assert keys == ["7", "1/true"]


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
    assert failing(people, phone1=None, phone2="")[:2] == ("[2].id", "empty-key")
    assert people.lineage()["id"] == ("num", "phone1", "phone2")


def test_a_key_that_a_list_gives_twice_is_a_problem() -> None:
    """Two events of one key and one sequence would be one or the other, as each store likes."""
    app = application()

    @app.maps
    def people(cust: Cust) -> list[Person | None]:
        return [
            Person(id=cust.num),
            given(cust.phone1, lambda phone: Person(id=phone)),
            given(cust.phone2, lambda phone: Person(id=phone, age=3)),
        ]

    same = row(Cust, num="1", phone1="2", phone2="2")
    reason = "got '2', expected a key that no other item of the list has: give each item a key of its own"
    with pytest.raises(MapError) as caught:
        people(same)
    assert (caught.value.path, caught.value.code, caught.value.reason) == ("id", "repeated-key", reason)
    assert [person.id for person in people(row(Cust, num="1", phone1="2", phone2=None))] == ["1", "2"]
    assert [subject for subject, _ in people.compiled().keys(same)] == ["1", "2", "2"]


def test_a_repeated_key_of_several_fields_is_named_by_them_and_hides_what_is_personal() -> None:
    """The path has the fields as the key's text joins them; a personal column's value is not shown."""
    app = application()

    @app.maps
    def numbers(secret: Secret) -> list[Number]:
        return [Number(owner="x", number=secret.first), Number(owner="x", number=secret.second)]

    with pytest.raises(MapError) as caught:
        numbers(row(Secret, id="1", first="044", second="044"))
    assert (caught.value.path, caught.value.code) == ("owner/number", "repeated-key")
    assert "044" not in caught.value.reason
    assert len(numbers.compiled().keys(row(Secret, id="1", first="044", second="044"))) == 2


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


def test_the_hash_follows_the_source_of_functions_that_are_applied() -> None:
    """Where there is a source; a function made at run time counts by its name."""

    def hashed(function: Any) -> str:
        app = application()

        @app.maps
        def person(cust: Cust) -> Person:
            return Person(id=cust.num, code=apply(function, cust.fname))

        return app.hash

    def once(value: str) -> str:
        return value

    def twice(value: str) -> str:
        return value + value

    made: dict[str, Any] = {}
    exec("def once(value: str) -> str:\n    return value", made)
    assert len({hashed(once), hashed(twice), hashed(made["once"])}) == 3
    assert hashed(once) == hashed(once)


def test_a_mapping_tells_its_file_and_line() -> None:
    """For `franca check`."""
    mapping = conditional()
    assert (mapping.file, mapping.name, mapping.table, mapping.entity) == (__file__, "person", Cust, Person)
    assert mapping.line > 0
    assert repr(mapping) == "<mapping crm.person>"
    assert repr(mapping.application) == "<application crm>"


def test_two_tables_of_one_name_are_a_problem() -> None:
    """Which of them a message is of could not be told."""
    app = application()

    class Other(Table, name="cust"):
        num: Key[str]

    def first(cust: Cust) -> Person:
        return Person(id=cust.num)

    def second(other: Other) -> Number:
        return Number(owner=other.num, number="1")

    app.maps(first)
    second.__annotations__ = {"other": Other, "return": Number}
    app.maps(second)

    (problem,) = app.problems()
    assert "has the name 'cust', as Cust has" in str(problem)
    assert problem.line


@pytest.mark.parametrize("kind", ["Driver's", 'a"b', "a'b\"c", "a\\b", "{x}", "a\nb", "\u2028", "50%/a"])
def test_a_constant_in_a_key_of_several_fields_is_any_text(kind: str) -> None:
    """As it stands, but for what looks like the border of two fields."""
    app = application()

    def number(cust: Cust) -> Number:
        return Number(owner=cust.num, number=kind)

    ((subject, _),) = app.maps(number).compiled().events(row(Cust, num="1"))
    assert subject == "1/" + kind.replace("%", "%25").replace("/", "%2F")
