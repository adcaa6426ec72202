"""Mappings that use each kind of word."""

from decimal import Decimal
from typing import Annotated

from model import Address, Customer, Gender, Individual, Phone

from franca import (
    Application,
    Column,
    Key,
    Reference,
    Table,
    all_of,
    apply,
    as_text,
    codes,
    date_of,
    decimal,
    first,
    flag,
    gather,
    given,
    implied,
    integer,
    is_null,
    join,
    lookup,
    not_,
    not_null,
    null_if,
    one_of,
    pad,
    required,
    rounded,
    split,
    substring,
    timestamp_of,
    trim,
    upper,
    uuid5,
    when,
)
from franca.testing import row

crm = Application("crm", timezone="Europe/Zurich")
countries = Reference({"CH": "Switzerland"})


class Cust(Table, name="CUSTMAST", topic="legacy.*.cust"):
    cust_num: Annotated[Key[str], Column("CUST-NUM", width=8)]
    status: str
    fname: str | None
    lname: str
    sex: str | None
    born: str | None
    phone1: str | None = None
    phone2: str | None = None
    cents: int = 0
    amount: Decimal | None = None


def squeezed(value: str) -> str:
    return " ".join(value.split())


@crm.maps
def individual(cust: Cust) -> Individual:
    return Individual(
        id="CUST" + cust.cust_num,
        name=join(" ", cust.fname, cust.lname),
        gender=codes(cust.sex, {"M": Gender.MALE, "F": Gender.FEMALE}, default=None),
        birth_date=date_of(null_if(cust.born, "00000000"), "%Y%m%d"),
        age=given(split(cust.lname, ",", 2), integer),
        country=when(cust.status == "A", "CH", one_of(cust.status, "B", "C"), "DE", None),
        balance=first(cust.amount, implied(cust.cents, 2)),
        address=Address(street=trim(cust.lname), city=lookup(cust.fname, countries, default=None)),
        phones=gather(cust.phone1, cust.phone2),
        active=flag(substring(cust.status, 1, 1)),
        seen=timestamp_of(cust.born, "%Y%m%d%H%M%S"),
        token=uuid5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", upper(cust.cust_num)),
    )


@crm.maps(Cust, where=lambda cust: all_of(cust.status != "X", not_(is_null(cust.fname))))
def customer(cust: Cust) -> Customer:
    account = given(cust.fname, lambda name: "A" + apply(squeezed, name))
    return Customer(customer_number=required(cust.fname), party_id="CUST" + cust.cust_num, account=account)


@crm.maps
def phones(cust: Cust) -> list[Phone | None]:
    owner = pad(as_text(round(decimal(cust.cents, 2), 0)), 20, "0")
    return [
        given(cust.phone1, lambda number: Phone(number=number, owner=owner)),
        when(not_null(cust.phone2), Phone(number=first(cust.phone2, ""), owner=cust.lname), None),
    ]


@crm.maps
def grade(cust: Cust) -> Phone:
    number = when(cust.cents > 9, "a", cust.cents > 6, "b", cust.cents > 3, "c", "d")
    return Phone(
        number=number,
        owner=first(when(cust.cents > 9, "a", cust.cents > 6, "b", cust.cents > 3, "c", None), ""),
    )


@crm.maps
def perhaps(cust: Cust) -> Phone | None:
    total = rounded(cust.amount, 2)
    return when(is_null(total), Phone(number=cust.cust_num, owner=cust.lname), None)


def test_individual() -> None:
    found: Individual = individual(Cust(cust_num="1", status="Y", fname=None, lname="L", sex=None, born=None))
    name: str = found.name
    several: list[Phone] = phones(row(Cust, cust_num="1"))
    maybe: Customer | None = customer(row(Cust, cust_num="1"))
    assert name
    assert several
    assert maybe is None
