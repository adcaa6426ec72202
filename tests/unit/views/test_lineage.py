"""What each column of each kind of view says: which legacy columns it comes from, what it means, its mark."""

from decimal import Decimal
from typing import Annotated

import pytest

from franca.mapping.application import Application
from franca.mapping.words.text import join
from franca.model.entity import Entity, Table, Value
from franca.model.markers import Column, Key, Link, Pii
from franca.model.shape import shape_of
from franca.model.views import Declared, metric, view
from franca.views.catalogue import Catalogue
from franca.views.lineage import lineage_of, origins_of
from franca.views.plan import plan
from franca.views.remarks import column_remark
from franca.views.view import STATE_COLUMNS


class Place(Value):
    """Where something is."""

    street: Pii[str | None] = None


class Person(Entity, star="dimension"):
    """A person."""

    number: Annotated[Key[Pii[str]], "What the state calls them."]
    name: Annotated[Pii[str | None], "As it is spoken."] = None
    home: Place | None = None
    boss: Annotated[str | None, Link("Person")] = None


class Sale(Entity, star="fact"):
    """A sale."""

    id: Key[int]
    buyer: Annotated[str | None, Link(Person)] = None
    amount: Annotated[Decimal | None, "In euros."] = None


class Pers(Table):
    """Persons, as the application has them."""

    nr: Annotated[Key[str], Column("PERS-NR")]
    first: str | None
    last: str | None
    above: str | None
    place: Place | None = None


class Sal(Table):
    """Sales, as the application has them."""

    id: Key[int]
    nr: str | None
    cents: Decimal | None


crm = Application("crm")


@crm.maps
def person(row: Pers) -> Person:
    """Return the person."""
    return Person(number=row.nr, name=join(" ", row.first, row.last), home=row.place, boss=row.above)


@crm.maps
def sale(row: Sal) -> Sale:
    """Return the sale."""
    return Sale(id=row.id, buyer=row.nr, amount=row.cents)


DECLARED: dict[str, Declared] = {
    "best": view("select upper(person_name) as loud, max(amount) as most from sale_joined group by all"),
    "sold": metric("sum(amount)", over="sale", by=["buyer"]),
    "known": view("select count(name) as names, 1 as one from person_history"),
}
ORIGINS = origins_of(crm.mappings)
NUMBER, NAME, BOSS = ("crm.pers.PERS-NR",), ("crm.pers.first", "crm.pers.last"), ("crm.pers.above",)
ID, BUYER, AMOUNT = ("crm.sal.id",), ("crm.sal.nr",), ("crm.sal.cents",)
SPOKEN, CALLED, EUROS = "As it is spoken.", "What the state calls them.", "In euros."


def views() -> Catalogue:
    """Return all views."""
    return plan([shape_of(Person), shape_of(Sale)], [Person, Sale], DECLARED)


TOLD = [
    ("person", "name", NAME, SPOKEN, True),
    ("person", "home", ("crm.pers.place",), "", True),
    ("person", "boss", BOSS, "", False),
    ("person", "_event_id", (), "The event that the row comes from.", False),
    ("person_history", "number", NUMBER, CALLED, True),
    ("person_history", "valid_from", (), "From when on the row was so.", False),
    ("person_as_of", "home", ("crm.pers.place",), "", True),
    ("person_changes", "number", NUMBER, CALLED, True),
    ("person_changes", "_change", (), "What happened: created, updated or deleted.", False),
    ("person_changes", "_changed_fields", (*NAME, "crm.pers.place", *BOSS), None, False),
    ("person_changes", "old_name", NAME, f"Before the change. {SPOKEN}", True),
    ("person_changes", "new_home", ("crm.pers.place",), "After the change.", True),
    ("sale_changes", "old_amount", AMOUNT, f"Before the change. {EUROS}", False),
    ("person_joined", "boss_name", NAME, SPOKEN, True),
    ("sale_joined", "amount", AMOUNT, EUROS, False),
    ("sale_joined", "person_boss_number", NUMBER, CALLED, True),
    ("sale_joined", "_changed_at", (), "When the source committed the change.", False),
    ("sale_joined_history", "person_home", ("crm.pers.place",), "", True),
    ("sale_joined_history", "valid_to", (), None, False),
    ("person_with_counts", "name", NAME, SPOKEN, True),
    ("person_with_counts", "sale_count", BUYER, "How many of sale link here by buyer.", False),
    ("person_with_counts", "person_count", BOSS, "How many of person link here by boss.", False),
    ("dim_person", "person_key", NUMBER, None, True),
    ("dim_person", "boss_name", NAME, SPOKEN, True),
    ("dim_person_history", "person_key", NUMBER, None, True),
    ("dim_person_history", "name", NAME, SPOKEN, True),
    ("fact_sale", "person_key", NUMBER, None, True),
    ("fact_sale", "amount", AMOUNT, EUROS, False),
    ("best", "loud", NAME, "", True),
    ("best", "most", AMOUNT, "", False),
    ("sold", "buyer", BUYER, "", False),
    ("sold", "sold", AMOUNT, "", False),
    ("known", "names", NAME, "", False),
    ("known", "one", (), "", False),
]


@pytest.mark.parametrize(("name", "column", "places", "said", "is_personal"), TOLD)
def test_a_column_says_where_it_comes_from(
    name: str, column: str, places: tuple[str, ...], said: str | None, is_personal: bool
) -> None:
    """Down to the applications' columns; what is only counted is not personal."""
    found = views().view(name).column(column)
    assert tuple(lineage_of(found, ORIGINS)) == places
    assert found.is_personal is is_personal
    assert found.description if said is None else found.description == said
    assert column_remark(found, ORIGINS) == " ".join(
        [
            *([found.description] if found.description else []),
            *(["Personal data."] if is_personal else []),
            *([f"From {', '.join(places)}."] if places else []),
        ]
    )


def test_each_kind_is_in_the_table() -> None:
    """And of no kind a column says nothing of its own: neither a source nor a meaning."""
    found = views()
    assert {view.kind for view in found} == {found.view(name).kind for name, *_ in TOLD}
    for each in found:
        for column in each.columns:
            assert column.sources or column.description or column.name == "one", (each.name, column.name)
            assert column.name not in STATE_COLUMNS or not column.sources


def test_a_mark_is_never_lost() -> None:
    """Whatever has a personal field among its sources is marked, unless it counts or names fields."""
    shapes = {shape.name: shape for shape in views().shapes}
    for each in views():
        for column in each.columns:
            is_told = column.name.endswith(("_count", "_changed_fields")) or column.name == "names"
            behind = any(shapes[entity].field(name).is_personal for entity, name in column.sources)
            assert column.is_personal is (behind and not is_told), (each.name, column.name)
