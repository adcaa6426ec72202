"""The bank's mapping in plain Python: a row of `cust` becomes an individual and a customer. msgspec only."""

import time
from functools import lru_cache
from typing import Any

import msgspec

from bench.proof.programs.bank_codes import GENDER, HASH, MARITAL, STATUS
from bench.proof.programs.bank_columns import FIELDS


class Cust(msgspec.Struct, gc=False):
    """The legacy row."""

    cust_num: str
    status: str
    lname: str
    fname: str | None = None
    mnames: str | None = None
    form: str | None = None
    sex: str | None = None
    maritalstatus: str | None = None
    branch: str | None = None


class Origin(msgspec.Struct, gc=False):
    """Where the change stands in the source's log."""

    ts_ms: int
    lsn: int


class Change(msgspec.Struct, gc=False):
    """One change as Debezium writes it."""

    source: Origin
    op: str
    before: Cust | None = None
    after: Cust | None = None


decode = msgspec.json.Decoder(Change).decode

ENVELOPE = (
    "_event_id",
    "_source",
    "_type",
    "_subject",
    "_changed_at",
    "_sequence",
    "_origin",
    "_mapping",
    "_mapping_hash",
    "_schema",
)
TABLES = {name: (*ENVELOPE, *fields) for name, fields in FIELDS.items()}
"""The tables' columns, in their order. `_changed_at` is in milliseconds, all else but `_mapping` text."""

Row = tuple[Any, ...]


def rows(change: Change) -> tuple[Row, Row]:
    """Return the individual's and the customer's row of a change."""
    row = change.after
    assert row is not None
    party = "CUST" + row.cust_num
    names = (row.form, row.fname, row.mnames, row.lname)
    individual = (
        *envelope(change, "individual", party),
        party,
        " ".join([name for name in names if name is not None]),
        row.fname,
        row.lname,
        row.mnames,
        row.form,
        None if row.sex is None else GENDER[row.sex],
        None if row.maritalstatus is None else MARITAL[row.maritalstatus],
        row.branch,
    )
    customer = (
        *envelope(change, "customer", row.cust_num),
        row.cust_num,
        STATUS[row.status],
        party,
        "Individual",
    )
    return individual, customer


def envelope(change: Change, entity: str, subject: str) -> Row:
    """Return the columns that tell where a row comes from."""
    lsn = change.source.lsn
    return (
        f"raw.crm.cust/{lsn}/{entity}/c",
        "crm/cust",
        f"{entity}.changed",
        subject,
        change.source.ts_ms,
        f"0001.lsn.{lsn:020d}.000",
        "crm",
        1,
        HASH,
        f"{entity}/1",
    )


@lru_cache(maxsize=4096)
def second(number: int) -> str:
    """Return a second of the epoch as text."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(number))


def moment(milliseconds: int) -> str:
    """Return an instant as ISO 8601 in UTC."""
    return f"{second(milliseconds // 1000)}.{milliseconds % 1000:03d}000Z"
