"""The bank's mapping from one dict to another, for tools whose rows are dicts."""

from datetime import UTC, datetime
from typing import Any

from bench.proof.programs.bank_codes import GENDER, HASH, MARITAL, STATUS

Dict = dict[str, Any]


def individual(change: Dict) -> Dict:
    """Return the individual's row."""
    row = change["after"]
    party = "CUST" + row["cust_num"]
    sex, marital = row["sex"], row["maritalstatus"]
    names = (row["form"], row["fname"], row["mnames"], row["lname"])
    return {
        **envelope(change, "individual", party),
        "id": party,
        "name": " ".join([name for name in names if name is not None]),
        "first_name": row["fname"],
        "last_name": row["lname"],
        "middle_names": row["mnames"],
        "prefix": row["form"],
        "gender": None if sex is None else GENDER[sex],
        "marital_status": None if marital is None else MARITAL[marital],
        "branch": row["branch"],
    }


def customer(change: Dict) -> Dict:
    """Return the customer's row."""
    row = change["after"]
    number = row["cust_num"]
    return {
        **envelope(change, "customer", number),
        "customer_number": number,
        "status": STATUS[row["status"]],
        "party_id": "CUST" + number,
        "party_type": "Individual",
    }


def envelope(change: Dict, entity: str, subject: str) -> Dict:
    """Return the columns that tell where a row comes from."""
    source = change["source"]
    lsn = source["lsn"]
    return {
        "_event_id": f"raw.crm.cust/{lsn}/{entity}/c",
        "_source": "crm/cust",
        "_type": f"{entity}.changed",
        "_subject": subject,
        "_changed_at": datetime.fromtimestamp(source["ts_ms"] / 1000, UTC),
        "_sequence": f"0001.lsn.{lsn:020d}.000",
        "_origin": "crm",
        "_mapping": 1,
        "_mapping_hash": HASH,
        "_schema": f"{entity}/1",
    }
