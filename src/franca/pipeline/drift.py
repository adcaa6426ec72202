"""Notices where messages leave their table's declaration: columns that nobody declared, another key.

It looks at a few messages of what was stored, at most so many a look, however many there are: it costs
nothing that can be measured, and a column that came with a change of the table is in every message since.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec

from franca.errors import RecordError, UnavailableError
from franca.formats.change import Format, Loose, Skip
from franca.formats.keys import cells_of_key
from franca.formats.registry import AUTO
from franca.model.entity import Table
from franca.model.shape import shape_of
from franca.pipeline.routes import Route, Routes
from franca.types import Record

log = logging.getLogger("franca.pipeline")

SAMPLES_A_BATCH = 4
RECORDS_SEARCHED = 256
SAMPLES_A_LOOK = 16
"""A message takes about 40 µs to look at, and a look comes every half second: a seventh of a percent."""

MOST_NOTES = 200
"""So much is noted of a table at most: where names are data there is no end of them."""


class Drift(msgspec.Struct, frozen=True):
    """One thing that a table's messages have and its class does not: first seen at `since`.

    `since` is `<topic>/<partition>/<offset>`; messages shortly before it may have had it too. `column` is
    the one that nobody declared, or a declared key column that the messages' keys lack.
    """

    table: str
    column: str
    kind: Literal["new-column", "other-key"]
    since: str

    @property
    def text(self) -> str:
        """Return what it means for the table's owner."""
        if self.kind == "other-key":
            return "is declared with Key[…], and the messages' keys lack it: deletes may not find their rows"
        return "comes in messages and is not declared: it is ignored until a mapping uses it"


class Watched(NamedTuple):
    """A table whose messages are looked at: its class, its topics, its messages' format."""

    table: type[Table]
    topic: str
    format: Format


class DriftWatch:
    """Keeps a few of the newest records of each topic, and looks at them when asked what it has found.

    `formats` tells which table a message names. `known` is what earlier runs have noted: new columns are kept
    until they are declared, and a key that is still another is noted again.
    """

    def __init__(
        self, watched: Sequence[Watched], known: Sequence[Drift] = (), formats: Format = AUTO
    ) -> None:
        self._routes = Routes([Route(shape_of(w.table).name, w.topic, w) for w in watched], formats)
        self._is_single = len(watched) == 1 and "*" not in watched[0].topic
        self._declared = {shape_of(w.table).name: _columns(w.table) for w in watched}
        self._found = {
            (drift.table, drift.kind, drift.column): drift for drift in known if self._is_open(drift)
        }
        self._full: set[str] = set()
        self._waiting: list[Record] = []

    def stored(self, records: Sequence[Record]) -> None:
        """Take a few of the records of a batch that is stored."""
        if not records:
            return
        stride = 1 + len(records) // SAMPLES_A_BATCH
        taken = [*records[::stride], records[-1]]
        if not self._is_single:
            taken += {record.topic: record for record in records[-RECORDS_SEARCHED:]}.values()
        self._waiting += taken
        if len(self._waiting) > 4 * SAMPLES_A_LOOK:
            self._waiting = self._waiting[:: len(self._waiting) // SAMPLES_A_LOOK]

    def found(self) -> list[Drift]:
        """Look at the records taken since the last look; return all that was ever found, by table."""
        waiting, self._waiting = self._waiting, []
        for record in waiting[:: 1 + len(waiting) // SAMPLES_A_LOOK] if waiting else ():
            self._look(record)
        return sorted(self._found.values(), key=lambda drift: (drift.table, drift.column))

    def _look(self, record: Record) -> None:
        if not record.value:
            return
        try:
            watched = self._routes.of_record(record)
            if watched is None:
                return
            found = watched.format.loose(record)
        except (RecordError, UnavailableError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return  # it is in the dead letters, or will be seen by whoever reads it
        changes = [found] if isinstance(found, Loose | Skip) else found
        name = shape_of(watched.table).name
        for change in changes:
            if isinstance(change, Loose):
                self._note(record, name, "new-column", _undeclared(change, self._declared[name]))
                self._note(record, name, "other-key", _missing_keys(record, change, watched.table))

    def _note(
        self,
        record: Record,
        table: str,
        kind: Literal["new-column", "other-key"],
        columns: Iterator[str],
    ) -> None:
        for column in columns:
            if (table, kind, column) in self._found:
                continue
            if not self._has_room(table):
                return
            since = f"{record.topic}/{record.partition}/{record.offset}"
            drift = self._found[table, kind, column] = Drift(table, column, kind, since)
            log.warning("%s: the column %r %s (since %s)", table, column, drift.text, since)

    def _has_room(self, table: str) -> bool:
        """Return whether more is noted of a table; that it is not any more, is said once."""
        count = sum(drift.table == table for drift in self._found.values())
        if count >= MOST_NOTES and table not in self._full:
            self._full.add(table)
            log.warning("%s: %d undeclared columns: further ones are not noted any more", table, count)
        return count < MOST_NOTES

    def _is_open(self, drift: Drift) -> bool:
        declared = self._declared.get(drift.table)
        return declared is not None and drift.kind == "new-column" and drift.column not in declared


def _columns(table: type[Table]) -> frozenset[str]:
    return frozenset(field.column for field in shape_of(table).fields)


def _undeclared(change: Loose, declared: frozenset[str]) -> Iterator[str]:
    row = change.before if change.operation == "delete" else change.after
    yield from (name for name in row or () if name not in declared)


def _missing_keys(record: Record, change: Loose, table: type[Table]) -> Iterator[str]:
    """Yield the declared key columns that the message's key, or what it tells of the key, lacks."""
    there = set(change.keys or cells_of_key(record.key) or ())
    if there:
        yield from (field.column for field in shape_of(table).keys if field.column not in there)
