"""What the two tables of customer management mean."""

from datetime import date

from suffix import SUFFIX

from franca import Application, Key, Table, codes
from model import Account, Customer, Gender

mgmt = Application("mgmt" + SUFFIX)

GENDERS = {"M": Gender.MALE, "F": Gender.FEMALE}


class Cust(Table, name="customer"):
    """One row per customer."""

    c_id: Key[int]
    c_tax_id: str
    c_gndr: str | None
    c_tier: int | None
    c_dob: date | None
    c_l_name: str
    c_f_name: str
    c_m_name: str | None
    c_adline1: str
    c_zipcode: str
    c_city: str
    c_ctry: str | None
    c_prim_email: str | None


class Acct(Table, name="account"):
    """One row per account."""

    ca_id: Key[int]
    ca_c_id: int
    ca_b_id: int
    ca_name: str
    ca_tax_st: int


@mgmt.maps
def customer(cust: Cust) -> Customer:
    """Return the customer."""
    return Customer(
        customer_id=cust.c_id,
        tax_id=cust.c_tax_id,
        gender=codes(cust.c_gndr, GENDERS),
        tier=cust.c_tier,
        birth_date=cust.c_dob,
        last_name=cust.c_l_name,
        first_name=cust.c_f_name,
        middle_initial=cust.c_m_name,
        address=cust.c_adline1,
        postal_code=cust.c_zipcode,
        city=cust.c_city,
        country=cust.c_ctry,
        email=cust.c_prim_email,
    )


@mgmt.maps
def account(acct: Acct) -> Account:
    """Return the account."""
    return Account(
        account_id=acct.ca_id,
        customer_id=acct.ca_c_id,
        broker_id=acct.ca_b_id,
        name=acct.ca_name,
        tax_status=acct.ca_tax_st,
    )
