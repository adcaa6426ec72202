"""The applications whose rows are remembered: what they make of a row depends on columns that change.

They differ in what their messages are said to hold. In most, every key begins with that of the row.
"""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, NamedTuple
from uuid import UUID

from franca import (
    Application,
    Digits,
    Entity,
    Key,
    Pii,
    Table,
    as_text,
    codes,
    first,
    given,
    is_null,
    not_,
    upper,
)
from franca.mapping.application import Application as App
from franca.pipeline.onramp import Tables
from tests.cases.tables import Account, Listed, Thing


class Whole(Entity):
    """All that a thing has."""

    id: Key[str]
    name: Pii[str | None] = None
    flag: bool | None = None
    price: Decimal | None = None
    weight: float | None = None
    born: date | None = None
    at: datetime | None = None
    clock: time | None = None
    data: bytes | None = None
    ref: UUID | None = None
    cents: Annotated[Decimal, Digits(10, 2)] | None = None
    seen: datetime | None = None


class Flagged(Entity):
    """A thing as long as it is flagged."""

    id: Key[int]
    name: str | None = None


class Named(Entity):
    """A thing by what it is called, which may change."""

    number: Key[int]
    name: Key[str]


class Word(Entity):
    """Each of up to three things that stand in a row."""

    number: Key[int]
    word: Key[str]


class Gathered(Entity):
    """What a row has many of."""

    id: Key[int]
    counts: list[int | None] | None = None
    prices: list[Decimal | None] | None = None
    days: list[date] | None = None
    moments: list[datetime] | None = None
    clocks: list[time] | None = None
    blobs: list[bytes] | None = None
    doc: str | None = None


class Document(Entity):
    """A row's document, where it has one."""

    id: Key[int]
    doc: str


class Holder(Entity):
    """Whose an account is: the key has a part that changes."""

    acct: Key[str]
    owner: Key[str]
    balance: Decimal | None = None
    closing: str | None = None


class Customers(Table, name="customers"):
    """Who shares a topic with things."""

    id: Key[int]
    full_name: str | None
    email: str | None


class Reached(Entity):
    """Somebody by an address."""

    id: Key[int]
    email: Key[str]
    full_name: str | None = None


class Called(Entity):
    """A name that several rows may have."""

    name: Key[str]
    price: Decimal | None = None


class Keep(NamedTuple):
    """An application, what settings say of its tables, and the topics that its messages come by."""

    application: App
    tables: Tables
    topics: tuple[str, ...]
    is_registered: bool = False
    """Whether its messages may stand behind a schema registry."""
    is_by_row: bool = True
    """Whether the keys of its entities begin with that of the row."""


def _keep(capture: str) -> Keep:
    """Return the application that is called after what its messages hold, each table on its own topic."""
    own = Application(capture)
    _of_things(own)
    _of_lists(own)

    @own.maps
    def holder(account: Account) -> Holder:
        return Holder(
            acct=account.acct_no,
            owner=first(account.owner, "-"),
            balance=account.balance,
            closing=account.closing,
        )

    captures = dict.fromkeys(("thing", "listed", "account"), capture)
    topics = tuple(f"raw.{capture}.{name}" for name in captures)
    return Keep(own, Tables(captures=captures), topics, capture == "partial")


def _of_things(own: Application) -> None:
    @own.maps
    def whole(thing: Thing) -> Whole:
        return Whole(
            id=as_text(thing.id),
            name=thing.name,
            flag=thing.flag,
            price=thing.price,
            weight=thing.weight,
            born=thing.born,
            at=thing.at,
            clock=thing.clock,
            data=thing.data,
            ref=thing.ref,
            cents=thing.cents,
            seen=thing.seen,
        )

    @own.maps(Thing, where=lambda thing: thing.flag)
    def flagged(thing: Thing) -> Flagged:
        return Flagged(id=thing.id, name=upper(thing.name))

    @own.maps
    def named(thing: Thing) -> Named:
        return Named(number=thing.id, name=first(thing.name, "-"))

    @own.maps
    def words(thing: Thing) -> list[Word | None]:
        return [
            Word(number=thing.id, word=first(codes(thing.flag, {True: "on", False: "off"}), "?")),
            given(thing.price, lambda price: Word(number=thing.id, word=as_text(price))),
            given(thing.born, lambda born: Word(number=thing.id, word=as_text(born))),
        ]


def _of_lists(own: Application) -> None:
    @own.maps
    def gathered(listed: Listed) -> Gathered:
        return Gathered(
            id=listed.id,
            counts=listed.counts,
            prices=listed.prices,
            days=listed.days,
            moments=listed.moments,
            clocks=listed.clocks,
            blobs=listed.blobs,
            doc=listed.doc,
        )

    @own.maps(Listed, where=lambda listed: not_(is_null(listed.doc)))
    def document(listed: Listed) -> Document:
        return Document(id=listed.id, doc=first(listed.doc, ""))


def _mixed() -> Keep:
    """Return the application whose tables share a topic."""
    own = Application("mixed")
    _of_things(own)

    @own.maps
    def reached(customers: Customers) -> Reached:
        return Reached(id=customers.id, email=first(customers.email, "-"), full_name=customers.full_name)

    topics = dict.fromkeys(("thing", "customers"), "raw.mixed.*")
    return Keep(own, Tables(topics=topics), ("raw.mixed.all",))


def _shared() -> Keep:
    """Return the application whose entities do not depend on the key of the row."""
    own = Application("shared")

    @own.maps(Thing, where=lambda thing: thing.flag)
    def called(thing: Thing) -> Called:
        return Called(name=first(thing.name, "-"), price=thing.price)

    return Keep(own, Tables(), ("raw.shared.thing",), is_by_row=False)


KEEPS = (*map(_keep, ("auto", "partial", "full")), _mixed(), _shared())
KEEP_OF = {topic: keep for keep in KEEPS for topic in keep.topics}
"""By topic whose it is."""
