"""The bank's canonical model: what the business talks about."""

from enum import Enum
from typing import Annotated

from franca import Entity, Key, Link, Pii


class Gender(Enum):
    """How a person is addressed."""

    FEMALE = "Female"
    MALE = "Male"
    NONBINARY = "Nonbinary"


class MaritalStatus(Enum):
    """Whether a person is married."""

    SINGLE = "Single"
    MARRIED = "Married"


class CustomerStatus(Enum):
    """Where a customer stands with the bank."""

    NEW = "New"
    ACTIVE = "Active"
    CLOSED = "Closed"


class PartyType(Enum):
    """What kind of party a customer is."""

    INDIVIDUAL = "Individual"
    ORGANISATION = "Organisation"


class AccountStatus(Enum):
    """Where an account is in its life."""

    OPEN = "Open"
    FROZEN = "Frozen"
    CLOSED = "Closed"


class Individual(Entity):
    """A natural person."""

    id: Key[str]
    name: Pii[str]
    first_name: Pii[str | None] = None
    last_name: Pii[str]
    middle_names: Pii[str | None] = None
    prefix: str | None = None
    gender: Gender | None = None
    marital_status: MaritalStatus | None = None


class Customer(Entity):
    """A party that does business with the bank."""

    customer_number: Key[str]
    status: CustomerStatus
    party_id: Annotated[str, Link(Individual)]
    party_type: PartyType


class Account(Entity):
    """An agreement that holds a customer's money."""

    account_number: Key[str]
    account_name: str | None = None
    account_type: str
    customer_number: Annotated[str, Link(Customer)]
    status: AccountStatus
