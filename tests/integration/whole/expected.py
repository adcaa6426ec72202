"""What the bank's raw messages must become: its rules once more, by hand.

Shares no code with the product, not even its words: only `json`, dictionaries and loops.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

Row = dict[str, Any]

GENDER = {"M": "Male", "F": "Female", "N": "Nonbinary", None: None}
MARITAL = {"M": "Married", "S": "Single", None: None}
CUSTOMER_STATUS = {"N": "New", "A": "Active", "C": "Closed"}
ACCOUNT_STATUS = {"O": "Open", "F": "Frozen", "C": "Closed"}
ACCOUNT_TYPE = {"CHQ": "Cheque", "SAV": "Savings", "CRD": "Credit", "HML": "Home loan"}
KEY = {"individual": "id", "customer": "customer_number", "account": "account_number"}
ENTITIES = {"raw.crm.cust": ("individual", "customer"), "raw.core.acct": ("account",)}
TEXT_COLUMNS = {
    "raw.crm.cust": (
        "cust_num",
        "status",
        "name",
        "fname",
        "lname",
        "mnames",
        "form",
        "sex",
        "maritalstatus",
    ),
    "raw.core.acct": ("acct_num", "cust_num", "status", "type", "name", "pin"),
}


class Raw(NamedTuple):
    """One message of a raw topic."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


class Fact(NamedTuple):
    """One message of an entity's topic; a tombstone has no id and no data."""

    id: str
    sequence: str
    deleted: bool
    data: Row | None


TOMBSTONE = Fact("", "", True, None)


class Outcome(NamedTuple):
    """Per entity and key the facts in their order, and the dead letters' codes by id."""

    facts: dict[str, dict[str, list[Fact]]]
    letters: dict[str, str]

    def rows(self, entity: str) -> dict[str, Row]:
        """Return the rows that are left at the end, by key."""
        left: dict[str, Row] = {}
        for key, facts in self.facts[entity].items():
            last = max((fact for fact in facts if fact.id), key=lambda fact: fact.sequence)
            if not last.deleted and last.data is not None:
                left[key] = last.data
        return left


class WrongError(Exception):
    """A message, or one entity of it, that must be parked: stage and code."""


def outcome(messages: Iterable[Raw], epochs: Mapping[str, int] | None = None) -> Outcome:
    """Return what must be found of the messages; `epochs` gives a topic's where it is not 1."""
    result = Outcome({entity: {} for entity in KEY}, {})
    for raw in sorted(messages):
        place = f"{raw.topic}/{raw.partition}/{raw.offset}"
        if raw.value is None:
            continue
        try:
            operation, row, sequence = _change(raw, (epochs or {}).get(raw.topic, 1))
        except WrongError as error:
            result.letters[f"{place}/decode"] = str(error)
            continue
        for entity in ENTITIES[raw.topic]:
            try:
                data = _mapped(entity, row)
            except WrongError as error:
                result.letters[f"{place}/map/{entity}"] = str(error)
                continue
            key = data[KEY[entity]]
            facts = result.facts[entity].setdefault(key, [])
            if operation == "d":
                facts += [Fact(f"{place}/{entity}/d", sequence, True, {KEY[entity]: key}), TOMBSTONE]
            else:
                facts.append(Fact(f"{place}/{entity}/c", sequence, False, data))
    return result


def _change(raw: Raw, epoch: int) -> tuple[str, Row, str]:
    """Take a captured change, or a plain row, apart."""
    if not raw.value:
        raise WrongError("empty")
    try:
        message = json.loads(raw.value)
    except ValueError:
        raise WrongError("not-json") from None
    if not isinstance(message, dict):
        raise WrongError("wrong-shape")
    operation = message["op"]
    row = message["before"] if operation == "d" else message["after"]
    for column in TEXT_COLUMNS[raw.topic]:
        if not isinstance(row.get(column), str | None):
            raise WrongError("wrong-type")
    return operation, row, f"{epoch:04d}.lsn.{message['source']['lsn']:020d}.000"


def _mapped(entity: str, row: Row) -> Row:
    try:
        if entity == "individual":
            names = [row[column] for column in ("form", "fname", "mnames", "lname")]
            return {
                "id": "CUST" + row["cust_num"],
                "name": " ".join(name for name in names if name is not None),
                "first_name": row["fname"],
                "last_name": row["lname"],
                "middle_names": row["mnames"],
                "prefix": row["form"],
                "gender": _code(GENDER, row["sex"]),
                "marital_status": _code(MARITAL, row["maritalstatus"]),
            }
        if entity == "customer":
            return {
                "customer_number": row["cust_num"],
                "status": _code(CUSTOMER_STATUS, row["status"]),
                "party_id": "CUST" + row["cust_num"],
                "party_type": "Individual",
            }
        return {
            "account_number": row["acct_num"],
            "account_name": row["name"].strip(" ") if row["name"] is not None else None,
            "account_type": _code(ACCOUNT_TYPE, row["type"]),
            "customer_number": row["cust_num"],
            "status": _code(ACCOUNT_STATUS, row["status"]),
        }
    except KeyError:
        raise WrongError("absent-input") from None


def _code(codes: Mapping[Any, Any], value: Any) -> Any:
    if value not in codes:
        raise WrongError("unknown-code")
    return codes[value]
