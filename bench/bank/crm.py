"""What the table of customers means: ten columns, two entities."""

from suffix import SUFFIX

from franca import Application, Key, Table, codes, join
from model import Customer, CustomerStatus, Gender, Individual, MaritalStatus

crm = Application("crm" + SUFFIX)

GENDERS = {"M": Gender.MALE, "F": Gender.FEMALE, "N": Gender.NONBINARY}
MARITAL = {"M": MaritalStatus.MARRIED, "S": MaritalStatus.SINGLE}
STATUS = {"N": CustomerStatus.NEW, "A": CustomerStatus.ACTIVE, "C": CustomerStatus.CLOSED}


class Cust(Table):
    """One row per customer; persons and their contract with the bank in one."""

    cust_num: Key[str]
    status: str
    name: str | None
    fname: str | None
    lname: str
    mnames: str | None
    form: str | None
    sex: str | None
    maritalstatus: str | None
    branch: str | None


@crm.maps
def individual(cust: Cust) -> Individual:
    """Return the person behind a customer."""
    return Individual(
        id="CUST" + cust.cust_num,
        name=join(" ", cust.form, cust.fname, cust.mnames, cust.lname),
        first_name=cust.fname,
        last_name=cust.lname,
        middle_names=cust.mnames,
        prefix=cust.form,
        gender=codes(cust.sex, GENDERS),
        marital_status=codes(cust.maritalstatus, MARITAL),
        branch=cust.branch,
    )


@crm.maps
def customer(cust: Cust) -> Customer:
    """Return the contract side of a customer."""
    return Customer(
        customer_number=cust.cust_num,
        status=codes(cust.status, STATUS),
        party_id="CUST" + cust.cust_num,
        party_type="Individual",
    )
