"""The format `auto`: asks each format whether a record looks like its own, and keeps to what it took.

It never skips what may be a row of the table: a format takes only what it recognises for certain, and the
fast way of the format taken last takes nothing that would look like another's.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from franca.errors import DecodeError
from franca.formats.change import (
    TOMBSTONE,
    Decoded,
    Decoder,
    Format,
    Loosely,
    ManyTables,
    Planned,
    Wanted,
    unplanned,
)
from franca.formats.debezium_certain import ENVELOPE
from franca.formats.forwarded import NAMES
from franca.formats.likeness import Names, columns_of, is_row
from franca.formats.planned import planned
from franca.formats.reading import Reading
from franca.formats.refusal import BAD_JSON, refusal
from franca.model.entity import Table
from franca.types import Record

_NAMES = ENVELOPE | NAMES
"""What objects of other formats have: a row's part with such a column alone may be one of them."""

_ROWS = frozenset({"plain", "forwarded"})
"""The formats whose fast way asks for nothing but a column: for them, all formats' names count."""

_SHAPES = 1024
_names_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_SIGNS: dict[str, tuple[frozenset[str], ...]] = {
    name: tuple(frozenset(sign.split()) for sign in signs)
    for name, signs in {
        "forwarded": ("topic partition offset value",),
        "debezium": (
            *("payload", "op source", "op before", "op after", "databaseName source", "ts_ms"),
            "status id event_count data_collections",
        ),
        "maxwell": ("type database",),
        "canal": ("type data", "type database sql"),
        "goldengate": ("op_type",),
        "dms": ("metadata",),
        "qlik": ("magic type message", "headers"),
        "wal2json": ("action", "change"),
        "shareplex": ("meta",),
        "dataworks": ("payload", "_operation_type_"),
        "flattened": ("payload", "__deleted", "__op"),
    }.items()
}
"""The names of which a message of a format has at least one group; others need not be asked about it."""

_PLAIN = "plain"
_MARKED = [
    "if value.rfind(b'\"_') >= 0 and has_marks(value):",
    "    raise Unexpected",
    "if value.rfind(b'ource\":') >= 0 and has_source(value):",
    "    raise Unexpected",
]
"""Backwards: Python finds a text that begins with what is rare quicker than one that ends so."""

_MARKS = {
    "has_marks": re.compile(b'"_(?:_op|_deleted|operation_type_)"').search,
    "has_source": re.compile(rb'"source":\s*\{').search,
}


class Auto:
    """Chooses among formats for the first record, and again for each that is not as planned."""

    name = "auto"

    def __init__(self, formats: Sequence[Format]) -> None:
        self._formats = formats
        self._by_names: dict[tuple[str, ...], Sequence[Format]] = {}
        self.names: frozenset[str] = frozenset().union(*(each.names for each in formats))

    def recognises(self, record: Record, table: type[Table] | None = None) -> bool:
        """Return whether any of the formats recognises the record."""
        return self.choose(record, table) is not None

    def table_of(self, record: Record) -> str | None:
        """Return the table that the record names, by the format that recognises it."""
        chosen = self.choose(record)
        return "" if chosen is None else chosen.table_of(record)

    def tables_of(self, record: Record) -> Sequence[str]:
        """Return the tables of a message that may be about several, none of another message."""
        chosen = self.choose(record)
        return chosen.tables_of(record) if isinstance(chosen, ManyTables) else ()

    def choose(self, record: Record, table: type[Table] | None = None) -> Format | None:
        """Return the first format that recognises the record, None where none does."""
        try:
            names = tuple(_names_of(record.value or b"null"))
        except BAD_JSON:
            names = ()
        for each in self._may_recognise(names) if names else self._formats:
            if each.recognises(record, table):
                return each
        return None

    def may_be_change(self, names: Names, table: type[Table]) -> bool:
        """Return whether objects with these names may be more than rows of the table, by names alone."""
        return not is_row(names, table) and any(
            each.name != _PLAIN for each in self._may_recognise(tuple(names))
        )

    def _may_recognise(self, names: tuple[str, ...]) -> Sequence[Format]:
        """Return the formats of which a message with these names may be, as far as the names tell."""
        known = self._by_names.get(names)
        if known is None:
            if len(self._by_names) >= _SHAPES:
                self._by_names.clear()
            known = self._by_names[names] = [each for each in self._formats if _may_be(each, {*names})]
        return known

    def loose(self, record: Record, epoch: int = 1) -> Loosely:
        """Return what the record holds, by the format that recognises it."""
        value = record.value
        if value is None or value.strip() == b"null":
            return TOMBSTONE
        chosen = self.choose(record)
        if chosen is None:
            raise _unknown(value)
        return chosen.loose(record, epoch)

    def decoder(self, wanted: Wanted) -> "AutoDecoder":
        """Return a decoder that finds out by itself what the records are."""
        return AutoDecoder(self, wanted)


class AutoDecoder:
    """Decodes records of any format; `taken` are the formats that it has met, by name."""

    def __init__(self, auto: Auto, wanted: Wanted) -> None:
        self.planned: Planned = unplanned
        self.reading: Reading | None = None
        self._auto, self._wanted = auto, wanted
        self.taken: dict[str, Decoder] = {}
        self._seen: Reading | None = None
        columns = columns_of(wanted.table)
        self._is_wary, self._is_wary_of_rows = bool(columns & _NAMES), bool(columns & auto.names)

    def __call__(self, record: Record) -> Decoded:
        """Return what the record holds, by the format that recognises it."""
        value = record.value
        if value is None or value.strip() == b"null":
            return TOMBSTONE
        chosen = self._auto.choose(record, self._wanted.table)
        if chosen is None:
            raise _unknown(value)
        decoder = self.taken.get(chosen.name)
        if decoder is None:
            decoder = self.taken[chosen.name] = chosen.decoder(self._wanted)
        decoded = decoder(record)
        self._follow(decoder, chosen.name)
        return decoded

    def _follow(self, decoder: Decoder, name: str) -> None:
        """Take a decoder's fast way: for whole rows only, where a part may be another format's message.

        A plain row's way asks for so little that it has to look for the marks of a row that is a change, and
        for what makes an object Debezium's for certain, whatever else it has.
        """
        reading = decoder.reading
        is_wary = self._is_wary_of_rows if name in _ROWS else self._is_wary
        if reading is None or not (is_wary or name == _PLAIN):
            self.planned, self.reading = decoder.planned, reading
        elif reading is not self._seen:
            if name == _PLAIN:
                reading = replace(
                    reading, lines=[*_MARKED, *reading.lines], names={**reading.names, **_MARKS}
                )
            self.reading = replace(reading, type=reading.whole) if is_wary else reading
            self.planned = planned(self.reading)
        self._seen = decoder.reading


def _may_be(chosen: Format, names: set[str]) -> bool:
    signs = _SIGNS.get(chosen.name)
    return signs is None or any(sign <= names for sign in signs)


def _unknown(value: bytes) -> DecodeError:
    try:
        if not value.isascii():
            value.decode()
        msgspec.json.decode(value, type=dict[str, msgspec.Raw])
    except BAD_JSON as error:
        return refusal(value, error)
    return DecodeError("", "the message is none of the formats that are known", "unknown-format")
