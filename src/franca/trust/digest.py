"""A digest of many rows: their number and one hash, the same in whatever order and store they are.

Each row's canonical text is hashed with BLAKE2b to 128 bits and the hashes are added modulo 2**128
(an incremental multiset hash: Bellare and Micciancio, 1997).
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec

from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape

_MODULUS = 1 << 128


@dataclass(frozen=True, slots=True)
class Digest:
    """The number of rows and the hash over all of them, 32 hexadecimal digits."""

    count: int
    hash: str


def digest(shape: Shape, rows: Iterable[Mapping[str, Any]]) -> Digest:
    """Return the digest of an entity's rows; columns that are no fields of the model are left out."""
    count = total = 0
    for row in rows:
        count += 1
        total += int.from_bytes(blake2b(canonical(shape, row), digest_size=16).digest(), "big")
    return Digest(count, f"{total % _MODULUS:032x}")


def canonical(shape: Shape, row: Mapping[str, Any]) -> bytes:
    """Return the row as the JSON that an event's `data` would have, whichever store it was read from."""
    return msgspec.json.encode({f.name: _leaf(f, row.get(f.name)) for f in shape.fields})


def _leaf(field: Field, value: Any) -> object:
    if value is None:
        return None
    if field.kind is Kind.LIST and field.item is not None:
        items = msgspec.json.decode(value) if isinstance(value, str) else value
        return [_leaf(field.item, item) for item in items]
    if field.kind is Kind.STRUCT:
        parts = msgspec.json.decode(value) if isinstance(value, str) else value
        return {f.name: _leaf(f, parts.get(f.name)) for f in field.fields}
    if field.kind is Kind.INTEGER:
        return int(value)
    if field.kind is Kind.FLOAT and not isinstance(value, str):
        return float(value)
    if field.kind is Kind.DECIMAL:
        return str(Decimal(value).normalize() + 0)
    if field.kind is Kind.TIMESTAMP:
        return _instant(datetime.fromisoformat(value) if isinstance(value, str) else value)
    if field.kind is Kind.TIME:
        return (time.fromisoformat(value) if isinstance(value, str) else value).isoformat()
    return _text(value)


def _instant(value: datetime) -> str:
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="microseconds")


def _text(value: Any) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return b64encode(bytes(value)).decode()
    return str(value) if isinstance(value, UUID | Decimal) else value
