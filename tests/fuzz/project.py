"""The project that mutated messages run through: columns of every kind, mappings of every shape."""

from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated
from uuid import UUID

from franca import (
    Application,
    Csv,
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
from tests.cases.tables import Account, Line, Thing
from tests.cases.tables import Listed as ManyLists

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


class Single(Thing, name="single", topic="raw.shop.thing"):
    """The table of the titled cases, alone on its topic."""


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


class Sheet(Thing, name="sheet", topic="raw.shop.sheet", format=Csv()):
    """The same as CSV."""


class Unquoted(Thing, topic="raw.shop.unquoted", format=Csv(";", quote="", encoding="cp1252", null="NULL")):
    """The same as CSV of another kind."""


class Lines(Line, topic="raw.shop.lines"):
    """Records of fixed width."""


class Accounts(Account, topic="raw.shop.accounts"):
    """Records of a copybook."""


class Lists(ManyLists, name="lists", topic="raw.shop.lists"):
    """Columns that hold lists, alone on their topic."""


class Many(Entity):
    """What a row has many of."""

    id: Key[int]
    counts: list[int | None] | None = None
    prices: list[Decimal | None] | None = None
    days: list[date] | None = None
    moments: list[datetime] | None = None
    clocks: list[time] | None = None
    blobs: list[bytes] | None = None


class Text(Entity):
    """A document as text."""

    id: Key[int]
    doc: str | None = None


LAID_OUT: dict[str, tuple[type[Table], ...]] = {
    "csv": (Sheet, Unquoted),
    "fixed": (Lines,),
    "copybook": (Accounts,),
}
"""By format the tables that it is told by; each is alone on its topic."""


class Leaf(Entity):
    """What stands in a sheet without quotes."""

    id: Key[int]
    name: str | None = None
    price: Annotated[Decimal, Digits(12, 2)] | None = None
    born: date | None = None
    data: bytes | None = None


class Listed(Entity):
    """What stands in a sheet."""

    id: Key[int]
    name: str | None = None
    flag: bool | None = None
    price: Annotated[Decimal, Digits(12, 2)] | None = None
    weight: float | None = None
    born: date | None = None
    at: datetime | None = None
    clock: time | None = None
    data: bytes | None = None
    ref: UUID | None = None


class Entry(Entity):
    """What stands in a line."""

    id: Key[int]
    name: str
    price: Decimal | None = None
    born: date | None = None


class Holding(Entity):
    """Whose an account is, and what it holds."""

    id: Key[str]
    owner: Pii[str | None] = None
    balance: Annotated[Decimal, Digits(9, 2)] | None = None
    rate: Decimal | None = None
    sizes: list[int] | None = None


@shop.maps
def item(thing: Single) -> Item:
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
def label(thing: Single) -> Label:
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


@shop.maps
def listed(sheet: Sheet) -> Listed:
    """Map what CSV has."""
    return Listed(
        id=sheet.id,
        name=sheet.name,
        flag=sheet.flag,
        price=first(sheet.price, sheet.cents),
        weight=sheet.weight,
        born=sheet.born,
        at=first(sheet.at, sheet.seen),
        clock=sheet.clock,
        data=sheet.data,
        ref=sheet.ref,
    )


@shop.maps
def unquoted(unquoted: Unquoted) -> Leaf:
    """Map what other CSV has."""
    return Leaf(
        id=unquoted.id, name=unquoted.name, price=unquoted.price, born=unquoted.born, data=unquoted.data
    )


@shop.maps
def entry(lines: Lines) -> Entry:
    """Map a line."""
    return Entry(id=lines.id, name=lines.name, price=lines.price, born=lines.born)


@shop.maps
def holding(accounts: Accounts) -> Holding:
    """Map what every record of an account has."""
    return Holding(
        id=accounts.acct_no,
        owner=accounts.owner,
        balance=accounts.balance,
        rate=accounts.rate,
        sizes=[accounts.credit],
    )


@shop.maps
def many(lists: Lists) -> Many:
    """Map lists as they are."""
    return Many(
        id=lists.id,
        counts=lists.counts,
        prices=lists.prices,
        days=lists.days,
        moments=lists.moments,
        clocks=lists.clocks,
        blobs=lists.blobs,
    )


@shop.maps
def text(lists: Lists) -> Text:
    """Map a document."""
    return Text(id=lists.id, doc=lists.doc)
