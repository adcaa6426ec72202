"""How a message says by which schema of a registry it was written: a magic byte and an id before the data.

Confluent's wire format: 0 and four bytes of an id, or 1 and the sixteen bytes of a GUID; the same bytes may
stand in a header instead (`__key_schema_id`, `__value_schema_id`), and the data are then bare.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeAlias
from uuid import UUID

from franca.types import Headers

SchemaId: TypeAlias = int | UUID
"""What a registry calls a schema: a number, or a GUID that all registries share."""

KEY_HEADER, VALUE_HEADER = "__key_schema_id", "__value_schema_id"
_HEADS = {0: 5, 1: 17}
"""The length of magic byte and id, by the magic byte."""


class Frame(NamedTuple):
    """A schema's id, its bytes as the message has them (`head`), and how many bytes of the data they are."""

    id: SchemaId
    head: bytes
    start: int


@dataclass(frozen=True, slots=True)
class WriterSchema:
    """The schema that some data were written by, and the texts of those it refers to, by name."""

    id: SchemaId
    type: str
    text: str
    references: Mapping[str, str] = field(default_factory=dict)


class Schemas(Protocol):
    """Whoever knows the schemas."""

    def schema(self, id: SchemaId) -> WriterSchema:  # noqa: A002  # a registry's own word
        """Return the schema of an id; the same object each time.

        Raises DecodeError (`unknown-schema`) for an id that nobody knows, UnavailableError, DefinitionError.
        """


def frame_of(data: bytes | None, headers: Headers, name: str) -> Frame | None:
    r"""Return the frame of a key or value, None where it has none; `name` is the header that may hold it.

    >>> frame_of(b"\0\0\0\0\7data", (), VALUE_HEADER)
    Frame(id=7, head=b'\x00\x00\x00\x00\x07', start=5)
    """
    if data is None:
        return None
    for key, value in headers:
        if key == name and value is not None:
            found = _read(value)
            if found is not None and len(value) == found.start:
                return Frame(found.id, value, 0)
    return _read(data)


def frame(number: int) -> bytes:
    """Return the bytes that stand before data of the schema with this number."""
    return b"\0" + number.to_bytes(4, "big")


def _read(data: bytes) -> Frame | None:
    length = _HEADS.get(data[0]) if data else None
    if length is None or len(data) < length:
        return None
    head = data[:length]
    return Frame(
        int.from_bytes(head[1:], "big") if length == _HEADS[0] else UUID(bytes=head[1:]), head, length
    )
