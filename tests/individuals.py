"""A small entity with every kind of field, and its events, for the tests of the sinks and the views."""

from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import msgspec

from franca.errors import RecordError
from franca.model.entity import Entity, Value
from franca.model.markers import Digits, Key, Link, Range
from franca.model.shape import shape_of
from franca.types import Record


class Gender(Enum):
    FEMALE = "Female"
    MALE = "Male"


class Address(Value):
    street: str
    fee: Annotated[Decimal, Digits(6, 2)] | None = None


class Individual(Entity):
    """A natural person."""

    id: Key[str]
    name: str
    gender: Gender | None = None
    born: date | None = None
    balance: Annotated[Decimal, Digits(12, 2)] | None = None
    visits: Annotated[int, Range(0, 1_000_000)] | None = None
    counter: int | None = None
    score: float | None = None
    active: bool | None = None
    wakes: time | None = None
    seen: datetime | None = None
    photo: bytes | None = None
    token: UUID | None = None
    nicknames: list[str] | None = None
    address: Address | None = None
    homes: list[Address] | None = None
    employer: Annotated[str, Link("employer")] | None = None


SHAPE = shape_of(Individual)
FULL: dict[str, Any] = {
    "name": 'Ada\tLovelace\\ "\n',
    "gender": "Female",
    "born": "1815-12-10",
    "balance": "-12.50",
    "visits": 7,
    "counter": 12345678901234567890123,
    "score": 0.1,
    "active": True,
    "wakes": "06:30:00.000001",
    "seen": "2026-11-22T10:00:00.123456Z",
    "photo": "AAEC/w==",
    "token": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "nicknames": ["a", "b"],
    "address": {"street": "x", "fee": "1.25"},
    "homes": [{"street": "y", "fee": None}],
    "employer": "E1",
}


def event(key: str, sequence: int = 1, *, deleted: bool = False, mapping: str = "1-a", **data: Any) -> bytes:
    """Return an event's JSON; the fields that are not given are null."""
    fields = {field.name: data.get(field.name) for field in SHAPE.fields} | {"id": key}
    if fields["name"] is None:
        fields["name"] = "Ada"
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": f"raw.crm.cust/0/{sequence}/individual/{'d' if deleted else 'c'}",
            "source": "crm/cust",
            "type": "individual.deleted" if deleted else "individual.changed",
            "subject": key,
            "time": "2026-11-22T10:00:00.123456Z",
            "datacontenttype": "application/json",
            "dataschema": "individual/1",
            "sequence": f"0001.lsn.{sequence:020d}.000",
            "origin": "crm",
            "mapping": mapping,
            "data": {"id": key} if deleted else fields,
        }
    )


def record(value: bytes | None, offset: int = 0, partition: int = 0, topic: str = "individual") -> Record:
    """Return a record of the entity's topic."""
    return Record(topic, partition, offset, -1, b"k", value)


def reasons(refused: list[tuple[Record, RecordError]]) -> list[tuple[int, str, str]]:
    """Return offset, path and code of each refused record, by offset."""
    return sorted((each.offset, error.path, error.code) for each, error in refused)
