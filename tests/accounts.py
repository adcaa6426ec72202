"""Changes of an account, as Debezium writes them with their schema, for tests with a registry."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from franca.formats.change import Loose, Skip, Wanted
from franca.formats.registry import format_named
from franca.model.entity import Table
from franca.model.markers import Key
from franca.model.shape import shape_of
from franca.pipeline.loose_line import loose_line
from franca.testing.schemas import MemorySchemas
from franca.types import Record

CONNECT = "org.apache.kafka.connect.data."


class Account(Table):
    """A column of each kind that a schema says more about."""

    id: Key[int]
    owner: str | None
    balance: Decimal | None
    opened: date | None
    seen: datetime | None
    rate: float | None


COLUMNS = frozenset(field.name for field in shape_of(Account).fields)
WANTED = Wanted(Account, COLUMNS, frozenset({"id"}))
ROW: dict[str, Any] = {
    "type": "struct",
    "name": "bank.public.account.Value",
    "optional": True,
    "fields": [
        {"field": "id", "type": "int64"},
        {"field": "owner", "type": "string", "optional": True},
        {
            "field": "balance",
            "type": "bytes",
            "optional": True,
            "name": CONNECT + "Decimal",
            "parameters": {"scale": "2", "connect.decimal.precision": "12"},
        },
        {"field": "opened", "type": "int32", "optional": True, "name": "io.debezium.time.Date"},
        {"field": "seen", "type": "int64", "optional": True, "name": "io.debezium.time.MicroTimestamp"},
        {"field": "rate", "type": "float", "optional": True},
    ],
}
SOURCE: dict[str, Any] = {
    "type": "struct",
    "name": "io.debezium.connector.postgresql.Source",
    "field": "source",
    "fields": [
        *({"field": name, "type": "string"} for name in ("connector", "name", "schema", "table")),
        {"field": "ts_ms", "type": "int64"},
        {"field": "lsn", "type": "int64", "optional": True},
    ],
}
ENVELOPE: dict[str, Any] = {
    "type": "struct",
    "name": "bank.public.account.Envelope",
    "fields": [
        {**ROW, "field": "before"},
        {**ROW, "field": "after"},
        SOURCE,
        {"field": "op", "type": "string"},
        {"field": "ts_ms", "type": "int64", "optional": True},
    ],
}
CELLS = {
    "id": 1,
    "owner": "Ä\n",
    "balance": "BNI=",
    "opened": 20_000,
    "seen": 1_700_000_000_123_456,
    "rate": 0.1,
}
READ = {
    "id": 1,
    "owner": "Ä\n",
    "balance": Decimal("12.34"),
    "opened": date(2024, 10, 4),
    "seen": datetime(2023, 11, 14, 22, 13, 20, 123456, UTC),
    "rate": 0.1,
}


def change(op: str = "c", before: Any = None, after: Any = CELLS, lsn: int = 5) -> dict[str, Any]:
    """Return a change of Debezium's with its schema."""
    source = {
        "connector": "postgresql",
        "name": "bank",
        "schema": "public",
        "table": "account",
        "ts_ms": 9,
        "lsn": lsn,
    }
    payload = {"before": before, "after": after, "source": source, "op": op, "ts_ms": 10}
    return {"schema": ENVELOPE, "payload": payload}


def record(value: bytes | None, key: bytes | None = None, offset: int = 7, headers: Any = ()) -> Record:
    """Return a record of the account's topic."""
    return Record("bank.public.account", 0, offset, 1_700_000_000_000, key, value, headers)


def cells(row: Any) -> dict[str, Any]:
    """Return a row's values by column."""
    return {name: getattr(row, name) for name in row.__struct_fields__}


def loose(schemas: MemorySchemas | None, value: bytes, name: str = "auto") -> list[Any]:
    """Return the lines of a message of a table that nobody declared."""
    found = format_named(name, schemas).loose(record(value))
    return [json.loads(loose_line(each)) for each in ([found] if isinstance(found, Loose | Skip) else found)]
