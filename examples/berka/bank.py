"""What the tables of a Czech bank of the 1990s mean.

Its codes are Czech without accents, its dates YYMMDD, and a birth number hides the sex: 50 is added to a
woman's month. A blank says that something does not apply, `?` that nobody counted it: both are null.
What the bank's manual does not explain is left to the dead letters, for somebody who knows to decide.
"""

from decimal import Decimal
from typing import Annotated

import model
from franca import (
    Application,
    Column,
    Digits,
    Key,
    Pii,
    Reference,
    Table,
    as_text,
    codes,
    date_of,
    decimal,
    integer,
    lookup,
    not_null,
    null_if,
    one_of,
    pad,
    required,
    substring,
    timestamp_of,
    trim,
    when,
)
from model import CardType, Direction, HolderRole, LoanStatus, Method, Sex, StatementFrequency

bank = Application("bank", timezone="Europe/Prague")

DATE = "%y%m%d"
CENTURY = 1900
WOMEN = 5000

FREQUENCIES = {
    "POPLATEK MESICNE": StatementFrequency.MONTHLY,
    "POPLATEK TYDNE": StatementFrequency.WEEKLY,
    "POPLATEK PO OBRATU": StatementFrequency.AFTER_TRANSACTION,
}
ROLES = {"OWNER": HolderRole.OWNER, "DISPONENT": HolderRole.AUTHORISED}
CARDS = {"junior": CardType.JUNIOR, "classic": CardType.CLASSIC, "gold": CardType.GOLD}
LOANS = {
    "A": LoanStatus.FINISHED,
    "B": LoanStatus.FINISHED,
    "C": LoanStatus.RUNNING,
    "D": LoanStatus.RUNNING,
}
IN_DEFAULT = ("B", "D")
DIRECTIONS = {"PRIJEM": Direction.CREDIT, "VYDAJ": Direction.DEBIT}
METHODS = {
    "VKLAD": Method.CASH_DEPOSIT,
    "VYBER": Method.CASH_WITHDRAWAL,
    "VYBER KARTOU": Method.CARD_WITHDRAWAL,
    "PREVOD Z UCTU": Method.TRANSFER_IN,
    "PREVOD NA UCET": Method.TRANSFER_OUT,
}
SYMBOLS = Reference("reference/symbols.csv", key="k_symbol", value="purpose")

Amount = Annotated[Decimal, Digits(14, 2)]


class District(Table):
    """One row per district; the columns have numbers for names, as in the bank's own files."""

    code: Annotated[Key[int], Column("A1")]
    name: Annotated[str, Column("A2")]
    region: Annotated[str, Column("A3")]
    inhabitants: Annotated[int, Column("A4")]
    under_500: Annotated[int, Column("A5")]
    under_2000: Annotated[int, Column("A6")]
    under_10000: Annotated[int, Column("A7")]
    over_10000: Annotated[int, Column("A8")]
    towns: Annotated[int, Column("A9")]
    urban: Annotated[Decimal, Column("A10"), Digits(4, 1)]
    salary: Annotated[int, Column("A11")]
    unemployment_95: Annotated[str, Column("A12")]
    unemployment_96: Annotated[str, Column("A13")]
    entrepreneurs: Annotated[int, Column("A14")]
    crimes_95: Annotated[str, Column("A15")]
    crimes_96: Annotated[str, Column("A16")]


class Client(Table):
    """One row per person."""

    client_id: Key[int]
    birth_number: Pii[str]
    district_id: int


class Account(Table):
    """One row per account; `date` is YYMMDD."""

    account_id: Key[int]
    district_id: int
    frequency: str
    date: str


class Disp(Table):
    """One row per disposition: a client's right to an account."""

    disp_id: Key[int]
    client_id: int
    account_id: int
    type: str


class Card(Table):
    """One row per card; `issued` is YYMMDD with a time of day in Prague."""

    card_id: Key[int]
    disp_id: int
    type: str
    issued: str


class Loan(Table):
    """One row per loan: A ended well, B ended unpaid, C runs well, D runs in debt."""

    loan_id: Key[int]
    account_id: int
    date: str
    amount: Amount
    duration: int
    payments: Amount
    status: str


class Order(Table):
    """One row per standing order."""

    order_id: Key[int]
    account_id: int
    bank_to: str
    account_to: Pii[str]
    amount: Amount
    k_symbol: str | None


class Trans(Table):
    """One row per movement of money. In cash withdrawals `account` may be 0, which is no account."""

    trans_id: Key[int]
    account_id: int
    date: str
    type: str
    operation: str | None
    amount: Amount
    balance: Amount
    k_symbol: str | None
    bank: str | None
    account: Pii[str | None]


def account_number(account_id: int) -> str:
    """Return an account's number as the business writes it, in ten digits."""
    return pad(as_text(account_id), 10, "0")


def purpose(symbol: str | None) -> str | None:
    """Return what a payment is for, in English; blank is unknown."""
    return lookup(null_if(trim(symbol), ""), SYMBOLS)


def is_transfer(trans: Trans) -> bool:
    """Say whether there is another bank on the other side."""
    return not_null(null_if(trim(trans.bank), ""))


@bank.maps
def district(district: District) -> model.District:
    """Return the district, without the figures that belong to a year."""
    return model.District(
        id=as_text(district.code),
        name=district.name,
        region=district.region,
        inhabitants=district.inhabitants,
        towns=district.towns,
        municipalities=model.Municipalities(
            under_500=district.under_500,
            under_2_000=district.under_2000,
            under_10_000=district.under_10000,
            over_10_000=district.over_10000,
        ),
        urban_percent=district.urban,
        average_salary=district.salary,
        entrepreneurs_per_1000=district.entrepreneurs,
    )


@bank.maps
def district_year(district: District) -> list[model.DistrictYear]:
    """Return one entity for each year that has columns of its own."""
    figures = (
        (1995, district.unemployment_95, district.crimes_95),
        (1996, district.unemployment_96, district.crimes_96),
    )
    return [
        model.DistrictYear(
            district_id=as_text(district.code),
            year=year,
            unemployment_percent=decimal(null_if(unemployment, "?"), 2),
            crimes=integer(null_if(crimes, "?")),
        )
        for year, unemployment, crimes in figures
    ]


@bank.maps
def individual(client: Client) -> model.Individual:
    """Return the person; a woman's birth number has 50 added to its month."""
    number = integer(client.birth_number)
    is_woman = integer(substring(client.birth_number, 3, 2)) > 50
    born = pad(as_text(when(is_woman, number - WOMEN, number)), 6, "0")
    return model.Individual(
        id="P" + as_text(client.client_id),
        sex=when(is_woman, Sex.FEMALE, Sex.MALE),
        birth_date=date_of(born, DATE, pivot=CENTURY),
        district_id=as_text(client.district_id),
    )


@bank.maps
def account(account: Account) -> model.Account:
    """Return the account."""
    return model.Account(
        account_number=account_number(account.account_id),
        district_id=as_text(account.district_id),
        statement_frequency=codes(account.frequency, FREQUENCIES),
        opened_on=date_of(account.date, DATE, pivot=CENTURY),
    )


@bank.maps
def account_holder(disp: Disp) -> model.AccountHolder:
    """Return who may do what with which account."""
    return model.AccountHolder(
        id=as_text(disp.disp_id),
        account_number=account_number(disp.account_id),
        individual_id="P" + as_text(disp.client_id),
        role=codes(disp.type, ROLES),
    )


@bank.maps
def card(card: Card) -> model.Card:
    """Return the card."""
    return model.Card(
        id=as_text(card.card_id),
        holder_id=as_text(card.disp_id),
        type=codes(card.type, CARDS),
        issued_at=timestamp_of(card.issued, DATE + " %H:%M:%S", pivot=CENTURY),
    )


@bank.maps
def loan(loan: Loan) -> model.Loan:
    """Return the loan; one letter says both whether it has ended and whether it is paid as agreed."""
    return model.Loan(
        id=as_text(loan.loan_id),
        account_number=account_number(loan.account_id),
        granted_on=date_of(loan.date, DATE, pivot=CENTURY),
        amount=loan.amount,
        months=loan.duration,
        monthly_payment=loan.payments,
        status=codes(loan.status, LOANS),
        in_default=one_of(loan.status, *IN_DEFAULT),
    )


@bank.maps
def standing_order(order: Order) -> model.StandingOrder:
    """Return the standing order."""
    return model.StandingOrder(
        id=as_text(order.order_id),
        account_number=account_number(order.account_id),
        amount=order.amount,
        purpose=purpose(order.k_symbol),
        beneficiary_bank=order.bank_to,
        beneficiary_account=order.account_to,
    )


@bank.maps
def transaction(trans: Trans) -> model.Transaction:
    """Return the movement. The manual knows no type VYBER, so such rows are dead letters."""
    return model.Transaction(
        id=as_text(trans.trans_id),
        account_number=account_number(trans.account_id),
        booked_on=date_of(trans.date, DATE, pivot=CENTURY),
        direction=codes(trans.type, DIRECTIONS),
        method=codes(null_if(trim(trans.operation), ""), METHODS),
        amount=trans.amount,
        signed_amount=when(trans.type == "PRIJEM", trans.amount, -trans.amount),
        balance=trans.balance,
        purpose=purpose(trans.k_symbol),
    )


@bank.maps(where=is_transfer)
def transfer(trans: Trans) -> model.Transfer:
    """Return the other side of a transaction, where that is another bank."""
    return model.Transfer(
        transaction_id=as_text(trans.trans_id),
        bank=required(trim(trans.bank)),
        account=required(trans.account),
    )
