"""The on-ramp's work as a user of Quix Streams writes it: `python quix.py BOOTSTRAP RAW COUNT OUT OUT`."""

import sys
import time
import uuid
from typing import Any

from quixstreams import Application

GENDER = {"M": "Male", "F": "Female", "N": "Nonbinary"}
MARITAL = {"M": "Married", "S": "Single"}
STATUS = {"N": "New", "A": "Active", "C": "Closed"}


def moment(milliseconds: int) -> str:
    second, rest = divmod(milliseconds, 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second)) + f".{rest:03d}000Z"


def event(entity: str, change: dict[str, Any], subject: str, data: dict[str, Any]) -> dict[str, Any]:
    lsn = change["source"]["lsn"]
    return {
        "specversion": "1.0",
        "id": f"{lsn}/{entity}/c",
        "source": "crm/cust",
        "type": f"{entity}.changed",
        "subject": subject,
        "time": moment(change["source"]["ts_ms"]),
        "datacontenttype": "application/json",
        "dataschema": f"{entity}/1",
        "sequence": f"0001.lsn.{lsn:020d}.000",
        "origin": "crm",
        "mapping": "1-00000000",
        "data": data,
    }


def individual(change: dict[str, Any]) -> dict[str, Any]:
    row = change["after"]
    party = "CUST" + row["cust_num"]
    data = {
        "id": party,
        "name": " ".join(
            part for part in (row["form"], row["fname"], row["mnames"], row["lname"]) if part is not None
        ),
        "first_name": row["fname"],
        "last_name": row["lname"],
        "middle_names": row["mnames"],
        "prefix": row["form"],
        "gender": GENDER[row["sex"]] if row["sex"] is not None else None,
        "marital_status": MARITAL[row["maritalstatus"]] if row["maritalstatus"] is not None else None,
        "branch": row["branch"],
    }
    return event("individual", change, party, data)


def customer(change: dict[str, Any]) -> dict[str, Any]:
    row = change["after"]
    data = {
        "customer_number": row["cust_num"],
        "status": STATUS[row["status"]],
        "party_id": "CUST" + row["cust_num"],
        "party_type": "Individual",
    }
    return event("customer", change, row["cust_num"], data)


def main(bootstrap: str, raw: str, count: str, first: str, second: str) -> None:
    application = Application(
        bootstrap,
        consumer_group=f"rival-{uuid.uuid4().hex}",
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        loglevel="WARNING",
    )
    changes = application.dataframe(application.topic(raw, value_deserializer="json"))
    for make, name in ((individual, first), (customer, second)):
        topic = application.topic(name, value_serializer="json")
        changes.apply(make).to_topic(topic, key=lambda made: made["subject"])
    # each record counts once for each topic that it goes to
    application.run(count=2 * int(count), collect=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
