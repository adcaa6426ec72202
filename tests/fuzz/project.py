"""The project that mutated messages run through: columns of every kind, mappings of every shape."""

from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated
from uuid import UUID

from franca import (
    Application,
    Column,
    Digits,
    Entity,
    Key,
    Pii,
    Range,
    Table,
    Value,
    as_text,
    codes,
    first,
    join,
    lower,
    trim,
    upper,
)

shop = Application("shop")


class State(Enum):
    """Whether a thing is flagged."""

    ON = "On"
    OFF = "Off"


class Part(Value):
    """A piece of an item."""

    label: str | None = None
    price: Annotated[Decimal, Digits(12, 2)] | None = None


class Item(Entity):
    """A field of every kind."""

    id: Key[str]
    name: Pii[str | None] = None
    state: State | None = None
    count: int | None = None
    small: Annotated[int, Range(-1_000_000, 1_000_000)] | None = None
    price: Annotated[Decimal, Digits(12, 2)] | None = None
    weight: float | None = None
    born: date | None = None
    at: datetime | None = None
    clock: time | None = None
    data: bytes | None = None
    ref: UUID | None = None
    parts: list[Part] | None = None


class Label(Entity):
    """A key of two parts, of texts that somebody else chose."""

    name: Key[str]
    number: Key[int]
    text: str | None = None


class Person(Entity):
    """Who is behind an address."""

    id: Key[str]
    full_name: str | None = None
    email: str | None = None


class Thing(Table, name="single", topic="raw.shop.thing"):
    """A column of every kind, as the titled cases have them."""

    id: Key[int]
    name: str | None
    flag: bool | None
    price: Decimal | None
    weight: float | None
    born: date | None
    at: datetime | None
    clock: time | None
    data: bytes | None
    ref: UUID | None
    cents: Annotated[Decimal | None, Column(unit="unscaled"), Digits(10, 2)]
    seen: Annotated[datetime | None, Column("SEEN-AT", unit="ms")]


class Mixed(Table, name="thing", topic="raw.shop.m*"):
    """The same table on a topic with others."""

    id: Key[int]
    name: str | None


class Customers(Table, topic="raw.shop.m*"):
    """A table of texts."""

    id: Key[int]
    full_name: str | None
    email: str | None


class Alias(Entity):
    """What else a thing is called."""

    id: Key[str]
    name: str | None = None


@shop.maps
def item(thing: Thing) -> Item:
    """Map every column."""
    return Item(
        id="T" + as_text(thing.id),
        name=thing.name,
        state=codes(thing.flag, {True: State.ON, False: State.OFF}, default=None),
        count=thing.id,
        small=thing.id,
        price=thing.price,
        weight=thing.weight,
        born=thing.born,
        at=first(thing.at, thing.seen),
        clock=thing.clock,
        data=thing.data,
        ref=thing.ref,
        parts=[Part(label=thing.name, price=thing.cents)],
    )


@shop.maps
def label(thing: Thing) -> Label:
    """Map a key that is text."""
    return Label(name=first(thing.name, "-"), number=thing.id, text=upper(trim(thing.name)))


@shop.maps
def person(customers: Customers) -> Person:
    """Map texts as they are."""
    return Person(id="C" + as_text(customers.id), full_name=customers.full_name, email=lower(customers.email))


@shop.maps
def alias(mixed: Mixed) -> Alias:
    """Map what the other table of the topic has."""
    return Alias(id="M" + as_text(mixed.id), name=join(" ", mixed.name, mixed.name))
