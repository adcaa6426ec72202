"""An entity with all kinds of fields, a table, and mappings of the one to the other."""

from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import msgspec
import pytest

from franca.errors import MapError
from franca.mapping.application import Application
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
    grid: list[Annotated[list[int], Length(max=2)]] | None = None


class Pair(Entity):
    """An entity with two key fields."""

    left: Key[str]
    right: Key[int]
    note: str | None = None


class Numbered(Entity):
    """An entity whose key is a number."""

    id: Key[int]


class Flagged(Entity):
    """An entity with a boolean in its key."""

    id: Key[str]
    main: Key[bool]


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
    home: Address | None = None


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
