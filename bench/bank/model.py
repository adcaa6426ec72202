"""The canonical model of the benchmark's bank."""

from enum import Enum
from typing import Annotated

from suffix import SUFFIX

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


class Individual(Entity, name="individual" + SUFFIX):
    """A natural person."""

    id: Key[str]
    name: Pii[str]
    first_name: Pii[str | None] = None
    last_name: Pii[str]
    middle_names: Pii[str | None] = None
    prefix: str | None = None
    gender: Gender | None = None
    marital_status: MaritalStatus | None = None
    branch: str | None = None


class Customer(Entity, name="customer" + SUFFIX):
    """A party that does business with the bank."""

    customer_number: Key[str]
    status: CustomerStatus
    party_id: Annotated[str, Link(Individual)]
    party_type: str
