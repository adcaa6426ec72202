"""Strict JSON: no object may name a field twice, because readers do not agree on which of the two counts."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from franca.errors import DecodeError
from franca.formats.change import Decoded, Decoder, Format, Loosely, ManyTables, Planned, Wanted
from franca.formats.reading import Reading
from franca.formats.refusal import BAD_JSON, refusal
from franca.model.entity import Table
from franca.types import Record

_decode = msgspec.json.Decoder().decode
_SCHEMA, _PAYLOAD = b'{"schema":', b',"payload":'
_SCHEMAS = 64
_schemas: set[bytes] = set()
_BLANKS = (b" :", b"\t", b"\r", b"\n")
"""One of these is there where blanks stand between a name and its colon, and in a spaced message too."""


_NO_JSON = {"csv", "fixed", "copybook"}


def strictly(chosen: Format) -> Format:
    """Return the format that refuses names given twice, itself where its messages are no JSON."""
    return chosen if chosen.name in _NO_JSON else Strict(chosen)


class Strict:
    """A format whose messages are refused where an object in them names a field twice."""

    def __init__(self, inner: Format) -> None:
        self.inner = inner
        self.name, self.names = inner.name, inner.names

    def recognises(self, record: Record, table: type[Table] | None = None) -> bool:
        """Return what the format itself says."""
        return self.inner.recognises(record, table)

    def table_of(self, record: Record) -> str | None:
        """Return the table by the format itself."""
        return self.inner.table_of(record)

    def tables_of(self, record: Record) -> Any:
        """Return the tables by the format itself, none where it knows no messages about several."""
        return self.inner.tables_of(record) if isinstance(self.inner, ManyTables) else ()

    def loose(self, record: Record, epoch: int = 1) -> Loosely:
        """Return what the record holds. Raises DecodeError, `duplicate-key` among others."""
        refuse_repeats(record.value)
        return self.inner.loose(record, epoch)

    def decoder(self, wanted: Wanted) -> "StrictDecoder":
        """Return the decoder of one table's messages that looks at all names first."""
        return StrictDecoder(self.inner.decoder(wanted))


class StrictDecoder:
    """Looks for repeated names before another decoder reads; its fast way does so as well."""

    def __init__(self, inner: Decoder) -> None:
        self.inner = inner
        self.planned: Planned = self._planned
        self.reading: Reading | None = None
        self._seen: Reading | None = None
        self._follow()

    def _planned(self, record: Record) -> Decoded:
        refuse_repeats(record.value)
        return self.inner.planned(record)

    def __call__(self, record: Record) -> Decoded:
        """Return what the record holds."""
        refuse_repeats(record.value)
        decoded = self.inner(record)
        self._follow()
        return decoded

    def _follow(self) -> None:
        """Take the inner reading, if it is another than the one taken last."""
        inner = self.inner.reading
        if inner is not self._seen:
            self._seen = inner
            self.reading = None if inner is None else _strict(inner)


def refuse_repeats(value: bytes | None) -> None:
    """Raise DecodeError (`duplicate-key`) for an object that names a field twice; what is no JSON is left.

    A document whose objects hold as many names as it has quotes before a colon repeats none, unless blanks
    stand between the two. Any other is read name by name.
    """
    if value is None:
        return
    at = value.find(_PAYLOAD) if value.startswith(_SCHEMA) else -1
    schema = value[:at] if at > 0 else b""
    payload = value[at + len(_PAYLOAD) : -1]
    if schema in _schemas and (document := _parsed(payload)) is not None:
        _check(payload, document)
    elif (document := _parsed(value)) is not None:
        _check(value, document)
        if schema:
            _remember(schema)


def _parsed(text: bytes) -> Any:
    """Return what a text of JSON holds, None for what is none."""
    try:
        return _decode(text)
    except BAD_JSON:
        return None


def _remember(schema: bytes) -> None:
    """Keep the text up to a payload, all of which is the schema: its names need not be looked at again."""
    if _parsed(schema + b"}") is None:
        return
    if len(_schemas) >= _SCHEMAS:
        _schemas.clear()
    _schemas.add(schema)


def _check(value: bytes, document: Any) -> None:
    if type(document) is not dict:
        return
    if _names_in(document) == value.count(b'":') and max(map(value.find, _BLANKS)) < 0:
        return
    try:
        json.loads(value, object_pairs_hook=_unique, parse_int=_ignored, parse_float=_ignored)
    except RecursionError as error:
        raise refusal(value, error) from error


def _names_in(document: dict[str, Any]) -> int:
    """Return how many names the objects of a document have, however deep they are."""
    count, rest = len(document), [*document.values()]
    while rest:
        value = rest.pop()
        if type(value) is dict:
            count += len(value)
            rest += value.values()
        elif type(value) is list:
            rest += value
    return count


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        reason = f"an object names the field {twice[:60]!r} twice, expected each name once"
        raise DecodeError("", reason, "duplicate-key")


def _ignored(_: str) -> None:
    """Make nothing of a number: only names matter, and a long number may not be read."""


def _strict(reading: Reading) -> Reading:
    """Return the reading that looks at the names too; those of a schema it has learnt are known."""
    payload = f"value[{len(reading.prefix)}:-1]" if reading.prefix else "value"
    names: dict[str, Callable[[bytes | None], None]] = {"refuse_repeats": refuse_repeats}
    lines = [f"refuse_repeats({payload})", *reading.lines]
    return replace(reading, lines=lines, names={**reading.names, **names})
