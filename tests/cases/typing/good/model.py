"""A model that uses what the documentation shows."""

from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated
from uuid import UUID

from franca import Digits, Entity, Key, Length, Link, Pattern, Pii, Range, Value


class Gender(Enum):
    MALE = "Male"
    FEMALE = "Female"


class Address(Value):
    street: str
    city: str | None = None


class Individual(Entity):
    """A natural person; a default comes before what has none."""

    gender: Gender | None = None
    id: Key[str]
    name: Pii[str]
    birth_date: Pii[date] | None = None
    age: Annotated[int, Range(0, 150)] | None = None
    country: Annotated[str, Pattern("[A-Z]{2}"), Length(2, 2)] | None = None
    balance: Annotated[Decimal, Digits(12, 2)] | None = None
    address: Address | None = None
    phones: list[str] = []
    active: bool = True
    wakes: time | None = None
    seen: datetime | None = None
    token: UUID | None = None


class Customer(Entity, name="client"):
    customer_number: Key[str]
    party_id: Annotated[str, Link(Individual)]
    account: Annotated[str | None, Link("account")] = None


class Phone(Entity):
    number: Key[str]
    owner: Annotated[str, Link(Individual)]
