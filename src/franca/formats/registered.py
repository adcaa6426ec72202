"""Messages behind a schema registry, of any format: what their serialisers wrote is opened, then read.

Messages without a schema's id pass as they are, so that a topic may change over in the middle.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec

from franca.errors import DecodeError
from franca.formats.auto import Auto
from franca.formats.change import Decoded, Decoder, Format, Loosely, Planned, Wanted
from franca.formats.opening import Document, FormOf, Opener
from franca.formats.planned import planned
from franca.formats.reading import Reading, Unexpected
from franca.formats.semantics import UNKNOWN, BytesForm, Semantic
from franca.model.entity import Table
from franca.schemas.frame import VALUE_HEADER, Frame, Schemas
from franca.types import Record

_OF_ROWS = frozenset({"debezium", "flattened"})
"""The formats that read a schema before a payload."""

_PLANS = 64


class Registered:
    """A format behind a registry; `inner` reads what was opened."""

    def __init__(self, inner: Format, schemas: Schemas) -> None:
        self.inner = inner
        self.name = inner.name
        self.names = inner.names
        self._schemas = schemas
        self._opener = Opener(schemas, _form_of(inner, None))

    def opened(self, record: Record) -> Record:
        """Return the record as `inner` reads it. Raises DecodeError, UnavailableError."""
        return self._opener.opened(record)

    def recognises(self, record: Record, table: type[Table] | None = None) -> bool:
        """Return whether `inner` recognises what the record holds. Raises UnavailableError."""
        try:
            return self.inner.recognises(self.opened(record), table)
        except DecodeError:
            return False

    def table_of(self, record: Record) -> str | None:
        """Return the table that the message names. Raises UnavailableError."""
        try:
            return self.inner.table_of(self.opened(record))
        except DecodeError:
            return ""

    def loose(self, record: Record, epoch: int = 1) -> Loosely:
        """Return what the record holds. Raises UnavailableError as well."""
        return self.inner.loose(self.opened(record), epoch)

    def decoder(self, wanted: Wanted) -> Decoder:
        """Return the decoder of one table's records; it raises UnavailableError as well."""
        opener = Opener(self._schemas, _form_of(self.inner, wanted.table))
        return RegisteredDecoder(self.inner.decoder(wanted), opener)


class _Way(NamedTuple):
    """The fast way of one schema's messages, and what of `inner` it was made of."""

    seen: object
    reading: Reading | None
    decode: Planned


class RegisteredDecoder:
    """Decodes with `inner`; keeps for each schema the fast way that `inner` has learnt."""

    def __init__(self, inner: Decoder, opener: Opener) -> None:
        self.inner = inner
        self.planned: Planned = self._planned
        self.reading: Reading | None = None
        self._opener = opener
        self._ways: dict[bytes, _Way] = {}
        self._last: _Way | None = None

    def __call__(self, record: Record) -> Decoded:
        """Return what the record holds. Raises DecodeError, UnavailableError."""
        found = self._opener.frame(record)
        if found is None:
            decoded = self.inner(record)
            self.reading, self._last = self.inner.reading, None
            return decoded
        opened = self._opener.opened(record)
        decoded = self.inner(opened)
        self._learn(found, self._opener.document(found, b""))
        return decoded

    def _planned(self, record: Record) -> Decoded:
        way = self._last
        if way is not None:
            try:
                return way.decode(record)
            except Unexpected:
                pass
        found = self._opener.frame(record)
        if found is None:
            return self.inner.planned(record)
        way = self._ways.get(found.head)
        if way is None or way is self._last:
            raise Unexpected
        self._last = way
        return way.decode(record)

    def _learn(self, found: Frame, document: Document) -> None:
        """Keep the way that `inner` has taken for messages of this schema."""
        inner = self.inner.reading
        seen = self.inner.planned if inner is None else inner
        way = self._ways.get(found.head)
        if way is None or way.seen is not seen:
            if len(self._ways) >= _PLANS:
                self._ways.clear()
            way = self._ways[found.head] = _way(seen, inner, self.inner.planned, found, document)
        self.reading, self._last = way.reading, way


def _way(seen: object, inner: Reading | None, decode: Planned, found: Frame, document: Document) -> _Way:
    opened = _in_header(found, document) if found.start == 0 else _in_value(found, document)
    if inner is None:
        return _Way(seen, None, lambda record: decode(msgspec.structs.replace(record, value=opened(record))))
    reading = replace(inner, value="opened(record)", names={**inner.names, "opened": opened})
    return _Way(seen, reading, planned(reading))


def _in_value(found: Frame, document: Document) -> Callable[[Record], bytes]:
    """Return what opens a value of the schema; it refuses any other, and one whose header names another."""
    head, start = found.head, found.start

    def opened(record: Record) -> Any:
        value = record.value
        if value is None or not value.startswith(head) or record.headers:
            raise Unexpected
        return document.of(value[start:])

    return opened


def _in_header(found: Frame, document: Document) -> Callable[[Record], bytes]:
    """Return what opens a value whose header names the schema."""
    head = (VALUE_HEADER, found.head)

    def opened(record: Record) -> Any:
        if record.value is None or head not in record.headers:
            raise Unexpected
        return document.of(record.value)

    return opened


def _form_of(inner: Format, table: type[Table] | None) -> FormOf:
    """Return what tells how `inner` reads bytes, None where it reads a document with its schema before it."""
    if not isinstance(inner, Auto):
        form = None if inner.name in _OF_ROWS else _bytes_form(inner)
        return lambda _document: form

    def form_of(document: bytes) -> BytesForm | None:
        chosen = inner.choose(Record("", 0, 0, -1, None, document), table)
        is_row = chosen is None or chosen.name in {*_OF_ROWS, "plain"}
        return None if is_row else _bytes_form(chosen)

    return form_of


def _bytes_form(format: Format | None) -> BytesForm:  # noqa: A002  # as settings call it
    """Return how a format reads bytes; base64 where it has no way of its own."""
    semantic = getattr(format, "semantic", UNKNOWN)
    return semantic.bytes_form if isinstance(semantic, Semantic) else "base64"
