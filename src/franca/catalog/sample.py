"""What a sample of messages shows of its tables: columns, values' kinds, nulls, keys, and how often."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from franca.catalog.table import Unread
from franca.errors import DecodeError, RecordError
from franca.formats.change import Format, Loose, Skip
from franca.formats.keys import cells_of_key
from franca.formats.semantics import UNKNOWN, Semantic
from franca.formats.unsent import is_placeholder
from franca.types import Record

_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_JSON = {bool: "boolean", int: "integer", Decimal: "number", str: "text", list: "array", dict: "object"}
_ROW_OPERATIONS = frozenset({"insert", "read"})
_SHOWN = 80


@dataclass(slots=True)
class SeenColumn:
    """One column in the sample: in how many whole rows it stood, and of which kinds its values were.

    `items` are the kinds of an array's items. `semantic` is what the newest message told of it.
    """

    rows: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    items: Counter[str] = field(default_factory=Counter)
    semantic: Semantic = UNKNOWN
    is_nulled: bool = False

    def see(self, cell: msgspec.Raw) -> None:
        """Count one cell. Raises what msgspec raises for what is no JSON."""
        value: Any = _decode(cell)
        if value is None:
            self.is_nulled = True
            return
        self.kinds[_JSON.get(type(value), "text")] += 1
        if type(value) is list:
            self.items.update(_JSON.get(type(each), "null") for each in value)


@dataclass(slots=True)
class SeenTable:
    """One table in the sample: `changes` of it, of which `rows` were whole rows; its columns as they came.

    `keys` counts which columns the messages told to be the key, `key_names` what their own keys hold.
    """

    name: str
    changes: int = 0
    rows: int = 0
    columns: dict[str, SeenColumn] = field(default_factory=dict)
    keys: Counter[tuple[str, ...]] = field(default_factory=Counter)
    key_names: Counter[tuple[str, ...]] = field(default_factory=Counter)
    bare_keys: int = 0
    equal_to_key: Counter[str] = field(default_factory=Counter)

    def see(self, found: Loose, record: Record) -> None:
        """Count a change."""
        self.changes += 1
        row = found.before if found.operation == "delete" else found.after
        is_whole = found.operation in _ROW_OPERATIONS and found.after is not None
        self.rows += is_whole
        for name in (*found.absent, *found.semantics):
            self._column(name, found.semantics)
        for name, cell in (row or {}).items():
            column = self._column(name, found.semantics)
            if not is_placeholder(cell) and (found.operation != "delete" or name in found.keys):
                column.see(cell)
                column.rows += is_whole
        if found.keys:
            self.keys[tuple(found.keys)] += 1
        self._see_key(record.key, row or {})

    def _column(self, name: str, semantics: Mapping[str, Semantic]) -> SeenColumn:
        column = self.columns.get(name)
        if column is None:
            column = self.columns[name] = SeenColumn()
        told = semantics.get(name)
        if told is not None:
            column.semantic = told
        return column

    def _see_key(self, key: bytes | None, row: Mapping[str, msgspec.Raw]) -> None:
        if not key:
            return
        cells = cells_of_key(key)
        if cells is not None:
            self.key_names[tuple(cells)] += 1
            return
        self.bare_keys += 1
        texts = {bytes(key), msgspec.json.encode(key.decode(errors="replace"))}
        self.equal_to_key.update(name for name, cell in row.items() if bytes(cell) in texts)


@dataclass(slots=True)
class Sample:
    """The tables of a sample by name, how many messages there were, and those that could not be read."""

    messages: int = 0
    skipped: int = 0
    tables: dict[str, SeenTable] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)

    def see(self, record: Record, chosen: Format, place: int, name: str = "") -> None:
        """Count a message; `name` is the table's where the message does not say."""
        self.messages += 1
        try:
            found = chosen.loose(record)
            for each in [found] if isinstance(found, Loose | Skip) else found:
                self._see(each, record, name)
        except RecordError as error:
            self.fail(place, record.value or b"", error)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self.fail(place, record.value or b"", DecodeError("", str(error), "not-json"))

    def fail(self, place: int, value: bytes, error: RecordError) -> None:
        """Count a message that can't be read."""
        self.unread.append(Unread(place, value[:_SHOWN].decode(errors="replace"), str(error)))

    def _see(self, found: Loose | Skip, record: Record, name: str) -> None:
        if isinstance(found, Skip):
            self.skipped += 1
            return
        table = found.table or name or record.topic.rpartition(".")[2] or "row"
        seen = self.tables.setdefault(table, SeenTable(table))
        seen.see(found, record)


def sample_of(records: Iterable[Record], chosen: Format, name: str = "") -> Sample:
    """Return what some records show. Never raises for a bad one: it is kept in `unread`."""
    sample = Sample()
    for place, record in enumerate(records, 1):
        sample.see(record, chosen, place, name)
    return sample
