"""A class's shape: names, kinds, keys, links, and every problem at once with its place."""

from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import pytest

from franca.errors import DefinitionError
from franca.model.entity import Entity, ModelMeta, Table, Value
from franca.model.kind import Kind
from franca.model.layouts import Csv
from franca.model.markers import Column, Digits, Key, Length, Link, Pattern, Pii, Range
from franca.model.shape import link_targets, shape_of


class Gender(Enum):
    """An enumeration of text."""

    MALE = "Male"


class Address(Value):
    """A nested value."""

    street: str


class BankAccount(Entity):
    """An account.

    With a longer description.
    """

    number: Key[str]
    owner: Annotated[str, Link("person")]
    any_party: Annotated[str, Link({"P": "Person", "A": "bank_account"}, by="party_type")] = ""
    party_type: str = "P"


class Person(Entity, name="person"):
    """All kinds of fields."""

    id: Key[int]
    name: Annotated[Pii[str] | None, Length(max=3), Pattern("[a-z]+"), "what they are called"] = None
    age: Annotated[int, Range(0, 150)] = 0
    balance: Annotated[Decimal, Digits(12, 2)] = Decimal(0)
    bare: Decimal | None = None
    ratio: float = 0.0
    active: bool = True
    born: date | None = None
    wakes: time | None = None
    seen: datetime | None = None
    photo: bytes = b""
    token: UUID | None = None
    gender: Gender | None = None
    tags: list[str | None] = []  # noqa: RUF012  # msgspec copies it
    address: Address | None = None


class Cust(Table, name="CUSTMAST", topic="legacy.*.cust"):
    """A table with legacy names."""

    num: Annotated[Key[str], Column("CUST-NUM", width=8)]
    name: str | None


def test_names_default_to_the_class_in_snake_case() -> None:
    """`name=` says otherwise."""
    assert shape_of(BankAccount).name == "bank_account"
    assert shape_of(Cust).name == "CUSTMAST"


def test_the_docstring_is_the_description() -> None:
    """Indentation is removed."""
    assert shape_of(BankAccount).description == "An account.\n\nWith a longer description."


def test_a_table_keeps_topic_columns_and_widths() -> None:
    """`topic=` and `Column` are what the legacy side says."""
    shape = shape_of(Cust)
    assert shape.topic == "legacy.*.cust"
    assert [(field.name, field.column, field.width) for field in shape.fields] == [
        ("num", "CUST-NUM", 8),
        ("name", "name", None),
    ]
    assert shape_of(Person).topic is None


def test_every_supported_type_has_its_kind() -> None:
    """The order is the model's."""
    kinds = [field.kind for field in shape_of(Person).fields]
    assert kinds == [
        Kind.INTEGER,
        Kind.TEXT,
        Kind.INTEGER,
        Kind.DECIMAL,
        Kind.DECIMAL,
        Kind.FLOAT,
        Kind.BOOLEAN,
        Kind.DATE,
        Kind.TIME,
        Kind.TIMESTAMP,
        Kind.BYTES,
        Kind.UUID,
        Kind.ENUM,
        Kind.LIST,
        Kind.STRUCT,
    ]


def test_markers_are_read_through_optional_types() -> None:
    """`Pii`, constraints and descriptions hold wherever they stand."""
    name = shape_of(Person).field("name")
    assert (name.pii, name.nullable, name.description) == (True, True, "what they are called")
    assert name.constraints == (Length(max=3), Pattern("[a-z]+"))
    assert (shape_of(Person).field("balance").precision, shape_of(Person).field("balance").scale) == (12, 2)
    assert (shape_of(Person).field("bare").precision, shape_of(Person).field("bare").scale) == (38, 18)
    assert shape_of(Person).field("active").has_default
    assert shape_of(Person).field("active").default is True
    assert not shape_of(Person).field("id").has_default


def test_lists_and_nested_values_have_their_fields() -> None:
    """A list's item is a field of its own."""
    tags, address = shape_of(Person).field("tags"), shape_of(Person).field("address")
    assert tags.item is not None
    assert (tags.item.kind, tags.item.nullable) == (Kind.TEXT, True)
    assert [field.name for field in address.fields] == ["street"]
    with pytest.raises(KeyError):
        shape_of(Person).field("nothing")


def test_links_are_found_by_class_and_by_name() -> None:
    """A link of several classes is chosen by a field."""
    entities: list[type[Entity]] = [Person, BankAccount]
    shape = shape_of(BankAccount)
    assert link_targets(shape.field("owner"), entities) == {None: Person}
    assert link_targets(shape.field("any_party"), entities) == {"P": Person, "A": BankAccount}
    assert link_targets(shape.field("number"), entities) == {}
    with pytest.raises(DefinitionError, match="no entity"):
        link_targets(shape.field("owner"), [BankAccount])
    assert "party_type" in repr(shape.field("any_party").link)
    assert "person" in repr(shape.field("owner").link)


class Part(Entity):
    """A part, linked to by its class's name."""

    id: Key[str]
    whole: Annotated[str | None, Link("Part")] = None
    newest: Annotated[str | None, Link("part")] = None


class GrownPart(Entity, name="part", version=2):
    """The same entity, later."""

    id: Key[str]


def test_a_class_s_name_means_the_class_and_an_entity_s_its_newest_version() -> None:
    """So that links stay what they are when a version comes beside another."""
    shape = shape_of(Part)
    entities: list[type[Entity]] = [GrownPart, Part]
    assert link_targets(shape.field("whole"), entities) == {None: Part}
    assert link_targets(shape.field("newest"), entities) == {None: GrownPart}


class Keyless(Entity):
    """No key."""

    name: str


class Broken(Entity, name="Bro ken"):
    """Many problems."""

    id: Key[float]
    Name: str
    either: int | str
    thing: complex
    text: Annotated[str, Range(1, 2)] = ""
    size: Annotated[int, Length(3)] = 0
    shape: Annotated[int, Pattern("x")] = 0
    digits: Annotated[int, Digits(3)] = 0
    wide: Annotated[Decimal, Digits(99, 2)] = Decimal(0)
    maybe: Key[str] | None = None
    link: Annotated[str, Link({"a": "b"}, by="nothing")] = ""


class Lengthy(Entity, name="x" * 63, version=2):
    """A field of 63 characters is kept; of 64 it is not, and neither is the name with its version."""

    id: Key[str]
    this_name_has_exactly_as_many_characters_as_postgresql_can_keep: str | None = None
    this_name_has_exactly_one_character_more_than_postgresql_can_kee: str | None = None


class PgClass(Entity):
    """What PostgreSQL calls one of its own tables."""

    id: Key[str]


@pytest.mark.parametrize("name", ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"])
def test_a_field_is_called_as_no_column_that_postgresql_s_tables_have_already(name: str) -> None:
    """The store could not make the table. A table of an application and a nested value are free to."""
    told = {"__annotations__": {"id": Key[str], name: str}, "__module__": __name__}
    with pytest.raises(DefinitionError, match=f"Odd.{name}: has a name that each of PostgreSQL's tables has"):
        shape_of(ModelMeta("Odd", (Entity,), dict(told)))
    assert shape_of(ModelMeta("Plain", (Table,), dict(told))).field(name)
    assert shape_of(ModelMeta("Part", (Value,), dict(told))).field(name)


class Number(Enum):
    """Not of text."""

    ONE = 1


class Numbered(Entity):
    """An enumeration that is not of text."""

    id: Key[str]
    number: Number


class Doubled(Table):
    """Two attributes of one column."""

    a: Annotated[str, Column("X")]
    b: Annotated[str, Column("X")]


class Spelt(Value):
    """Parts that differ in case only, with ß as engines that fold letters have it."""

    city: str
    City: str
    strasse: str
    straße: str
    CITY: str


class Spelling(Entity):
    """A nested value, and a list of such."""

    id: Key[str]
    places: list[Spelt]


class Unread(Entity):
    """A type that does not exist."""

    id: "Key[Missing]"  # type: ignore[name-defined]  # noqa: F821  # on purpose


@pytest.mark.parametrize(
    ("cls", "paths"),
    [
        (Keyless, ["Keyless"]),
        (
            Broken,
            [
                *(
                    "Broken.either",
                    "Broken.thing",
                    "Broken.text",
                    "Broken.text",
                    "Broken.size",
                    "Broken.shape",
                ),
                *("Broken.digits", "Broken.wide", "Broken.id", "Broken.maybe", "Broken", "Broken.Name"),
                "Broken.link",
            ],
        ),
        (
            Lengthy,
            ["Lengthy", "Lengthy.this_name_has_exactly_one_character_more_than_postgresql_can_kee"],
        ),
        (PgClass, ["PgClass"]),
        (Numbered, ["Numbered.number"]),
        (Doubled, ["Doubled"]),
        (Spelt, ["Spelt.City", "Spelt.CITY", "Spelt.straße"]),
        (Unread, ["Unread"]),
    ],
)
def test_all_problems_of_a_class_come_at_once_with_their_lines(cls: Any, paths: list[str]) -> None:
    """Each names the field, this file and a line."""
    with pytest.raises(DefinitionError) as caught:
        shape_of(cls)
    problems = caught.value.problems
    assert sorted(problem.path for problem in problems) == sorted(paths)
    assert all(problem.file == __file__ and problem.line > 0 and problem.remedy for problem in problems)


def test_a_field_s_problem_is_at_the_field_s_line() -> None:
    """Not at the class's."""
    with pytest.raises(DefinitionError) as caught:
        shape_of(Broken)
    lines = {problem.path: problem.line for problem in caught.value.problems}
    assert lines["Broken.thing"] == lines["Broken.either"] + 1


def test_a_class_without_a_source_has_its_problems_all_the_same() -> None:
    """One that was made at run time has no line."""
    made: dict[str, Any] = {"Entity": Entity, "Key": Key}
    exec("class Made(Entity):\n    id: Key[str]\n    value: bytearray", made)
    with pytest.raises(DefinitionError) as caught:
        shape_of(made["Made"])
    assert [(problem.path, problem.line) for problem in caught.value.problems] == [("Made.value", 0)]


def test_parts_that_differ_in_case_only_are_refused_where_they_are_used() -> None:
    """Every engine takes them for one, so that no table can hold both."""
    with pytest.raises(DefinitionError, match="differs from 'city' only in upper and lower case") as caught:
        shape_of(Spelling)
    assert [each.path for each in caught.value.problems] == ["Spelt.City", "Spelt.straße", "Spelt.CITY"]


def test_what_a_column_declares_has_to_go_together() -> None:
    """Digits without a point, a trimmed text of a fixed width, an order of dates that nobody knows."""

    class Wrong(Table, date_style="YDM"):
        id: Key[str]
        cents: Annotated[Decimal, Column(unit="unscaled")]
        name: Annotated[str, Column(width=8, trim=True)]
        born: Annotated[date, Column(date_style="DYM")]

    with pytest.raises(DefinitionError) as caught:
        shape_of(Wrong)
    assert [problem.reason for problem in caught.value.problems] == [
        "counts unscaled digits, and nothing tells where their point is",
        "is trimmed, and yet each text has 8 characters",
        "has the date style 'DYM'",
        "has the date style 'YDM'",
    ]


def test_a_table_has_the_format_of_the_table_that_it_derives_from() -> None:
    """As its columns, until it says another."""

    class Sheet(Table, format=Csv(";")):
        id: Key[str]

    class Second(Sheet, topic="raw.second"):
        pass

    class Third(Sheet, format="plain"):
        pass

    assert [shape_of(each).format for each in (Second, Third)] == [Csv(";"), "plain"]


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb"])
def test_a_column_whose_name_json_must_escape_is_refused(name: str) -> None:
    """It could not be told apart in messages; better said at definition than when one comes."""

    class Odd(Table):
        id: Key[str]
        odd: Annotated[str, Column(name)]

    with pytest.raises(DefinitionError, match="control character"):
        shape_of(Odd)


def test_only_an_entity_has_a_place_in_a_star_and_there_are_two() -> None:
    """A dimension or a fact."""

    class Odd(Entity, star="snowflake"):
        id: Key[str]

    class Plain(Table, star="fact"):
        id: Key[str]

    class Sale(Entity, star="fact"):
        id: Key[str]

    assert shape_of(Sale).star == "fact"
    with pytest.raises(DefinitionError, match="has star='snowflake'; expected one of 'dimension', 'fact'"):
        shape_of(Odd)
    with pytest.raises(DefinitionError, match="only entities are dimensions and facts"):
        shape_of(Plain)
