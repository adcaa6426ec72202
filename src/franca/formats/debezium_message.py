"""A Debezium document taken apart without assumptions: envelope, payload, images, source."""

from collections.abc import Mapping
from typing import Any

import msgspec

from franca.errors import DecodeError
from franca.formats.change import Cells, SkipKind
from franca.formats.connect import semantics_of
from franca.formats.debezium_source import Source
from franca.formats.document import Description, described, document_key, document_of, patched
from franca.formats.keys import cells_of_key
from franca.formats.refusal import BAD_JSON, refusal
from franca.formats.semantics import Semantic

_cells = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_optional_cells = msgspec.json.Decoder(dict[str, msgspec.Raw] | None).decode
_text = msgspec.json.Decoder(str).decode
_number = msgspec.json.Decoder(int | str | None).decode
_description = msgspec.json.Decoder(Description).decode
_source = msgspec.json.Decoder(Source | None).decode


class Message(msgspec.Struct, frozen=True):
    """The payload's fields; `schema` is the schema's text, `prefix` all bytes up to the payload.

    `prefix` is empty where the message has no envelope, or has it in an order that no prefix describes.
    """

    fields: Cells
    is_enveloped: bool
    schema: bytes = b""
    prefix: bytes = b""

    def text(self, name: str) -> str:
        """Return a text field. Raises DecodeError."""
        return str(self._read(name, _text))

    def number(self, name: str) -> int | str | None:
        """Return a number, possibly written as text, None where there is none. Raises DecodeError."""
        found: int | str | None = self._read(name, _number) if name in self.fields else None
        return found

    def image(self, name: str) -> Cells | None:
        """Return the cells of the row before or after, None where there is none. Raises DecodeError."""
        if name in self.fields and bytes(self.fields[name]).startswith(b'"'):
            return document_of(self.text(name), name)
        found: Cells | None = self._read(name, _optional_cells) if name in self.fields else None
        return found

    def row_after(self, key: bytes | None) -> Cells:
        """Return the cells of the row after a change that is no delete. Raises DecodeError.

        Of a document that is not sent whole, those that have changed, and that of the message's `key`.
        """
        cells = self.image("after")
        if cells is None and bytes(self.fields.get("updateDescription", b"null")) != b"null":
            found = self._read("updateDescription", _description)
            return {**document_key(cells_of_key(key)), **described(found)}
        if cells is None and bytes(self.fields.get("patch", b"")).startswith(b'"'):
            return {**document_key(cells_of_key(key)), **patched(self.text("patch"))}
        if cells is None:
            raise DecodeError("after", "is missing, and only a delete may lack it", "missing-field")
        return cells

    def source(self) -> Source:
        """Return the source block, an empty one where there is none. Raises DecodeError."""
        found: Source | None = self._read("source", _source) if "source" in self.fields else None
        return found or Source()

    def semantics(self) -> Mapping[str, Semantic]:
        """Return what the schema says of the row's columns, nothing where there is no schema."""
        if not self.schema:
            return {}
        try:
            return semantics_of(self.schema, "after") or semantics_of(self.schema, "before")
        except BAD_JSON as error:
            found = refusal(self.schema, error)
            raise DecodeError("schema", found.reason, found.code) from error

    def _read(self, name: str, decode: Any) -> Any:
        try:
            return decode(self.fields[name])
        except BAD_JSON as error:
            found = refusal(bytes(self.fields[name]), error)
            path = f"{name}.{found.path}" if found.path else name
            code = "wrong-type" if found.code == "wrong-shape" else found.code
            raise DecodeError(path, found.reason, code) from error


def read_message(value: bytes) -> Message | None:
    """Return the document in a value, None for null (a tombstone). Raises DecodeError."""
    if value.strip() == b"null":
        return None
    try:
        if not value.isascii():
            value.decode()
        fields = _cells(value)
        if "payload" not in fields or not fields.keys() <= {"schema", "payload"}:
            return Message(fields, is_enveloped=False)
        inner = _optional_cells(fields["payload"])
    except BAD_JSON as error:
        raise refusal(value, error) from error
    if inner is None:
        return None
    schema = bytes(fields["schema"]) if "schema" in fields else b""
    return Message(inner, True, schema, _prefix(value, bytes(fields["payload"])))


def classify(message: Message) -> SkipKind | None:
    """Return what a document without an operation is, None for none of Debezium's."""
    names = message.fields.keys()
    if {"status", "id"} <= names and names <= {"status", "id", "ts_ms", "event_count", "data_collections"}:
        return "transaction"
    if "tableChanges" in names or {"databaseName", "ddl"} <= names:
        return "schema"
    if "ts_ms" in names and names <= {"ts_ms", "ts_us", "ts_ns", "serverName", "databaseName"}:
        return "heartbeat"
    return None


def _prefix(value: bytes, payload: bytes) -> bytes:
    if value.endswith(payload + b"}"):
        return value[: len(value) - len(payload) - 1]
    return b""
