"""The tables of the titled cases: a column of every kind, and records that are laid out."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from franca.model.entity import Table
from franca.model.layouts import Copybook, Fixed
from franca.model.markers import Column, Digits, Key


class Thing(Table):
    """A column of every kind that formats convert."""

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


class Account(
    Table, format=Copybook("account.cpy", redefines={"PERSON": "PRIVATE", "FIRM": ("KIND", "B", "C")})
):
    """Records of a copybook, tables that depend on a count and alternatives among them."""

    acct_no: Key[str]
    owner: str | None
    balance: Decimal | None
    credit: int
    rate: Decimal
    printed: Decimal | None
    kind: str
    born_year: int | None
    staff: Annotated[int, Column("STAFF")]
    first: Annotated[int, Column("AMOUNT_1")]
    second: Annotated[int, Column("AMOUNT_2")]
    closing: str | None


class Line(Table, format=Fixed()):
    """Records of fixed width."""

    id: Annotated[Key[int], Column(width=4)]
    name: Annotated[str, Column(width=6)]
    price: Annotated[Decimal | None, Column(width=6, unit="unscaled"), Digits(6, 2)]
    born: Annotated[date | None, Column("BORN-ON", width=10, start=19)]


class Listed(Table, name="listed"):
    """A column of each kind of list whose items are converted, and one of text for documents."""

    id: Key[int]
    counts: list[int | None] | None
    prices: list[Decimal | None] | None
    days: list[date] | None
    moments: list[datetime] | None
    clocks: list[time] | None
    blobs: list[bytes] | None
    doc: str | None


TABLES: dict[str, type[Table]] = {"copybook": Account, "fixed": Line}
"""The tables of formats that are told by what a table declares; of the others it is `Thing`."""


def named(name: str) -> tuple[str, type[Table]]:
    """Return the format and the table of a file's name: `lists_of_<format>` is about `Listed`."""
    chosen = name.removeprefix("lists_of_")
    return chosen, TABLES.get(name, Thing) if chosen == name else Listed
