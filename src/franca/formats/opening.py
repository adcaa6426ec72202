"""Opens what a schema registry's serialisers wrote: the document that the formats read, of any message.

A change of Debezium's and a row become what Kafka Connect writes in JSON, schema before payload; a message
of another product becomes its own JSON.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import msgspec

from franca.errors import DecodeError
from franca.formats.avro_values import connect_value, plain_value, plain_values
from franca.formats.refusal import BAD_JSON, refusal
from franca.formats.semantics import BytesForm
from franca.formats.unfit import Unfit
from franca.schemas.avro import unsupported
from franca.schemas.avro_reader import AvroReader
from franca.schemas.frame import KEY_HEADER, VALUE_HEADER, Frame, Schemas, WriterSchema, frame_of
from franca.schemas.json_schema import parse_json_schema
from franca.schemas.node import Node, connect_schema, semantic_name
from franca.types import Record

_TOLD = ("org.apache.kafka.connect.", "io.debezium.")
_encode = msgspec.json.Encoder(decimal_format="string").encode

FormOf: TypeAlias = Callable[[bytes], BytesForm | None]
"""Tells of a message's own JSON as which text its format reads bytes.

None for a row or a change of Debezium's, which want their schema.
"""


class Document(NamedTuple):
    """How data of one schema become a document: `prefix`, what `render` makes of them, and the brace."""

    prefix: bytes
    render: Callable[[bytes], bytes]

    def of(self, data: bytes) -> bytes:
        """Return the document. Raises DecodeError, Unfit."""
        return self.prefix + self.render(data) + b"}" if self.prefix else self.render(data)


class Opener:
    """Opens records; keeps what it has learnt of each schema. `form_of` chooses between the two documents."""

    def __init__(self, schemas: Schemas, form_of: FormOf) -> None:
        self._schemas = schemas
        self._form_of = form_of
        self._documents: dict[bytes, Document] = {}

    def frame(self, record: Record) -> Frame | None:
        """Return the frame of a record's value, None for one that needs no schema."""
        return frame_of(record.value, record.headers, VALUE_HEADER)

    def opened(self, record: Record) -> Record:
        """Return the record with key and value as documents. Raises DecodeError, UnavailableError."""
        found = self.frame(record)
        if found is None:
            return record
        data = (record.value or b"")[found.start :]
        try:
            value = self.document(found, data).of(data)
            return msgspec.structs.replace(record, key=self._key(record), value=value)
        except Unfit as error:
            raise DecodeError("", f"a value {error.reason}", error.code) from error

    def document(self, found: Frame, data: bytes) -> Document:
        """Return how data of a schema are read; the first of them decide. Raises DecodeError."""
        known = self._documents.get(found.head)
        if known is None:
            schema = self._schemas.schema(found.id)
            known = _document(schema, data, self._form_of)
            self._documents[found.head] = known
        return known

    def _key(self, record: Record) -> bytes | None:
        """Return the key as a document; as it is where it can't be read, and who needs it says so."""
        key = record.key
        found = frame_of(key, record.headers, KEY_HEADER)
        if found is None or key is None:
            return key
        data = key[found.start :]
        try:
            head = KEY_HEADER.encode() + found.head
            known = self._documents.get(head)
            if known is None:
                known = self._documents[head] = _document(self._schemas.schema(found.id), data, _as_row)
            return known.of(data)
        except (DecodeError, Unfit):
            return key


def _as_row(document: bytes) -> BytesForm | None:
    return None if document.startswith(b"{") else "base64"


def _document(schema: WriterSchema, data: bytes, form_of: FormOf) -> Document:
    if schema.type == "AVRO":
        return _avro(schema, data, form_of)
    if schema.type == "JSON":
        return _json(schema, data, form_of)
    raise unsupported(schema, f"is of the type {schema.type!r}, expected 'AVRO' or 'JSON'")


def _avro(schema: WriterSchema, data: bytes, form_of: FormOf) -> Document:
    plain = AvroReader(schema, plain_value)
    if plain.node.kind == "string":  # the text is the document, written by a plain serialiser
        return Document(b"", lambda data: _text(plain.read(data)))
    form = form_of(_encode(plain.read(data)))
    if form is not None:
        read_plain = AvroReader(schema, plain_values(form)).read
        return Document(b"", lambda data: _encode(read_plain(data)))
    read = AvroReader(schema, connect_value).read
    return Document(_prefix(plain.node), lambda data: _encode(read(data)))


def _json(schema: WriterSchema, data: bytes, form_of: FormOf) -> Document:
    node = parse_json_schema(schema)
    if node is None or not _tells(node) or form_of(_json_of(data)) is not None:
        return Document(b"", _as_it_is)
    return Document(_prefix(node), _json_of)


def _prefix(node: Node) -> bytes:
    return b'{"schema":' + connect_schema(node) + b',"payload":'


def _tells(node: Node) -> bool:
    """Return whether a schema tells of a part what no JSON tells by itself."""
    parts = [*node.fields.values(), *([node.item] if node.item else [])]
    return semantic_name(node).startswith(_TOLD) or any(map(_tells, parts))


def _as_it_is(data: bytes) -> bytes:
    return data


def _json_of(data: bytes) -> bytes:
    """Return data that are JSON, nothing before it or behind. Raises DecodeError."""
    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except BAD_JSON as error:
        raise refusal(data, error) from error
    return data


def _text(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else b"null"
