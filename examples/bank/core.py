"""What the core banking application's table means."""

from datetime import datetime

from franca import Application, Key, Pii, Table, codes, trim
from model import Account, AccountStatus

core = Application("core")

STATUS = {"O": AccountStatus.OPEN, "F": AccountStatus.FROZEN, "C": AccountStatus.CLOSED}
TYPES = {"CHQ": "Cheque", "SAV": "Savings", "CRD": "Credit", "HML": "Home loan"}


class Acct(Table):
    """One row per account. The pin is nobody's business outside: no mapping mentions it."""

    acct_num: Key[str]
    cust_num: str
    created: datetime
    valid_from: datetime
    valid_to: datetime | None
    status: str
    type: str
    name: str | None
    pin: Pii[str]


@core.maps
def account(acct: Acct) -> Account:
    """Return the account, without what only the application should know."""
    return Account(
        account_number=acct.acct_num,
        account_name=trim(acct.name),
        account_type=codes(acct.type, TYPES),
        customer_number=acct.cust_num,
        status=codes(acct.status, STATUS),
    )
