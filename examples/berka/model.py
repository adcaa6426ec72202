"""The canonical model of a retail bank: persons, agreements and movements of money, in plain English."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated

from franca import Digits, Entity, Key, Length, Link, Pii, Range, Value

Money = Annotated[Decimal, Digits(14, 2)]
Percent = Annotated[Decimal, Digits(5, 2), Range(0, 100)]
Count = Annotated[int, Range(0, 1_000_000_000)]


class Sex(Enum):
    """The sex that a national birth number tells."""

    FEMALE = "Female"
    MALE = "Male"


class StatementFrequency(Enum):
    """When an account's statement is issued."""

    MONTHLY = "Monthly"
    WEEKLY = "Weekly"
    AFTER_TRANSACTION = "After each transaction"


class HolderRole(Enum):
    """What a person may do with an account."""

    OWNER = "Owner"
    AUTHORISED = "Authorised"


class CardType(Enum):
    """The bank's card products."""

    JUNIOR = "Junior"
    CLASSIC = "Classic"
    GOLD = "Gold"


class LoanStatus(Enum):
    """Whether a loan's contract has ended."""

    RUNNING = "Running"
    FINISHED = "Finished"


class Direction(Enum):
    """Whether money comes into the account or leaves it."""

    CREDIT = "Credit"
    DEBIT = "Debit"


class Method(Enum):
    """How money moves."""

    CASH_DEPOSIT = "Cash deposit"
    CASH_WITHDRAWAL = "Cash withdrawal"
    CARD_WITHDRAWAL = "Card withdrawal"
    TRANSFER_IN = "Transfer from another bank"
    TRANSFER_OUT = "Transfer to another bank"


class Municipalities(Value):
    """How many municipalities a district has, by their number of inhabitants."""

    under_500: Count
    under_2_000: Count
    under_10_000: Count
    over_10_000: Count


class District(Entity):
    """An administrative district, where people live and branches are."""

    id: Key[str]
    name: str
    region: str
    inhabitants: Count
    towns: Annotated[Count, "municipalities with the rights of a town"]
    municipalities: Municipalities
    urban_percent: Percent
    average_salary: Annotated[Count, "crowns a month"]
    entrepreneurs_per_1000: Count


class DistrictYear(Entity):
    """What the statistical office counted in a district in one year; null where it did not."""

    district_id: Annotated[Key[str], Link(District)]
    year: Annotated[Key[int], Range(1900, 2100)]
    unemployment_percent: Percent | None = None
    crimes: Count | None = None


class Individual(Entity):
    """A natural person."""

    id: Key[str]
    sex: Sex
    birth_date: Pii[date]
    district_id: Annotated[str, Link(District), "where the person lives"]


class Account(Entity):
    """An agreement that holds money."""

    account_number: Key[str]
    district_id: Annotated[str, Link(District), "where the branch is"]
    statement_frequency: StatementFrequency
    opened_on: date


class AccountHolder(Entity):
    """A person's right to an account. Persons and accounts are many to many."""

    id: Key[str]
    account_number: Annotated[str, Link(Account)]
    individual_id: Annotated[str, Link(Individual)]
    role: HolderRole


class Card(Entity):
    """A payment card, issued to one holder of an account."""

    id: Key[str]
    holder_id: Annotated[str, Link(AccountHolder)]
    type: CardType
    issued_at: datetime


class Loan(Entity):
    """Money that the bank lent, paid back monthly."""

    id: Key[str]
    account_number: Annotated[str, Link(Account)]
    granted_on: date
    amount: Money
    months: Annotated[int, Range(1, 600)]
    monthly_payment: Money
    status: LoanStatus
    in_default: bool


class StandingOrder(Entity):
    """An instruction to pay the same amount every month."""

    id: Key[str]
    account_number: Annotated[str, Link(Account)]
    amount: Money
    purpose: str | None = None
    beneficiary_bank: Annotated[str, Length(2, 2)]
    beneficiary_account: Pii[str]


class Transaction(Entity):
    """One movement of money on an account. `signed_amount` is negative where money leaves."""

    id: Key[str]
    account_number: Annotated[str, Link(Account)]
    booked_on: date
    direction: Direction
    method: Method | None = None
    amount: Annotated[Decimal, Digits(14, 2), Range(min=0)]
    signed_amount: Money
    balance: Money
    purpose: str | None = None


class Transfer(Entity):
    """The other side of a transaction with another bank."""

    transaction_id: Annotated[Key[str], Link(Transaction)]
    bank: Annotated[str, Length(2, 2)]
    account: Pii[str]
