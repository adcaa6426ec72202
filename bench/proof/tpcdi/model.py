"""The canonical model of TPC-DI's customer management: customers and their accounts."""

from datetime import date
from enum import Enum
from typing import Annotated

from suffix import SUFFIX

from franca import Entity, Key, Link, Pii


class Gender(Enum):
    """How a person is addressed."""

    FEMALE = "Female"
    MALE = "Male"


class Customer(Entity, name="customer" + SUFFIX):
    """A person who has accounts."""

    customer_id: Key[int]
    tax_id: Pii[str]
    gender: Gender | None = None
    tier: int | None = None
    birth_date: Pii[date | None] = None
    last_name: Pii[str]
    first_name: Pii[str]
    middle_initial: str | None = None
    address: Pii[str]
    postal_code: str
    city: str
    country: str | None = None
    email: Pii[str | None] = None


class Account(Entity, name="account" + SUFFIX):
    """A customer's account with a broker."""

    account_id: Key[int]
    customer_id: Annotated[int, Link(Customer)]
    broker_id: int
    name: str
    tax_status: int
