"""Turns events of one entity into lines of PostgreSQL's COPY text, the newest of each key only."""

from collections.abc import Callable, Iterable
from datetime import UTC
from decimal import Decimal
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from franca.errors import WriteError
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape
from franca.sinks.parking import Refused
from franca.topics.event_decoder import Event, EventDecoder
from franca.types import Record

if TYPE_CHECKING:
    import pyarrow as pa  # in another extra, which who has rows ready has

_ENVELOPE = ("sequence", "mapping", "id", "origin", "time", "subject")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_TEXTS = frozenset({Kind.TEXT, Kind.ENUM})

Line = Callable[[Event], str]


def _escape(text: str) -> str:
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode().replace("\\", "\\\\")


def _converted(field: Field) -> Callable[[Any], str] | None:
    """Return how a value is written whose `str` is not what PostgreSQL reads, None for others.

    What it returns is escaped already. Nested values have the form that the event has.
    """
    if field.kind is Kind.BYTES:
        return lambda value: "\\\\x" + value.hex()
    if field.kind not in {Kind.LIST, Kind.STRUCT}:
        return None
    timed = _timed(field)
    return _json if timed is None else lambda value: _json(timed(value))


def _timed(field: Field) -> Callable[[Any], Any] | None:
    """Return what gives moments and times in a value their six digits, None where it holds none."""
    if field.kind is Kind.TIME:
        return lambda value: value.isoformat(timespec="microseconds")
    if field.kind is Kind.TIMESTAMP:
        return lambda value: value.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"
    if field.kind is Kind.LIST and field.item is not None:
        item = _timed(field.item)
        return item and (lambda values: [None if value is None else item(value) for value in values])
    parts = [(part.name, _timed(part)) for part in field.fields]
    if not any(timed for _, timed in parts):
        return None

    def whole(value: Any) -> dict[str, Any]:
        given = [(name, getattr(value, name), timed) for name, timed in parts]
        return {name: each if each is None or timed is None else timed(each) for name, each, timed in given}

    return whole


class Row(msgspec.Struct, gc=False):
    """One event as a row: where it came from, its rank, and its line of COPY text.

    The event is let go at once: memory that is still warm costs less than the line.
    """

    record: Record
    sequence: str
    mapping: int
    is_delete: bool
    line: str


Rows: TypeAlias = dict[str, list[Row]]
"""Rows by entity, each key once."""


def ready_rows(events: "pa.Table", topic: str) -> list[Row]:
    """Return for each key the newest row of a table of events, as `lake.columns` has them, all changes.

    The column `_line` has each row as COPY takes it. The records have nothing but their places.
    """
    found: dict[str, Row] = {}
    names = ("_subject", "_sequence", "_mapping", "_line", "_partition", "_offset")
    columns = [events[name].to_pylist() for name in names]
    for subject, sequence, mapping, line, partition, offset in zip(*columns, strict=True):
        kept = found.get(subject)
        if kept is None or (sequence, mapping) > (kept.sequence, kept.mapping):
            record = Record(topic, partition, offset, -1, None, b"")
            found[subject] = Row(record, sequence, mapping, False, line)
    return list(found.values())


class RowMaker:
    """Reads the events of one entity strictly, and writes them as lines."""

    def __init__(self, shape: Shape) -> None:
        self._decoder = EventDecoder(shape)
        self._fields = shape.fields
        self._numbers = self._decoder.numbers
        self._line = self._made(is_escaped=False)
        self._escape = self._made(is_escaped=True)
        self._key = attrgetter(*(field.name for field in shape.keys))
        self._decimal_keys = [n for n, field in enumerate(shape.keys) if field.kind is Kind.DECIMAL]

    def newest(self, records: Iterable[Record]) -> tuple[list[Row], list[Refused]]:
        """Return for each key the row of the largest rank, of equals the first; and what can't be stored.

        Tombstones count nowhere.
        """
        decode, key_of = self._decoder.decode, self._comparable if self._decimal_keys else self._key
        plain, escaped, numbers, deleted = self._line, self._escaped, self._numbers, self._decoder.deleted
        found: dict[object, Row] = {}
        refused: list[Refused] = []
        for record in records:
            value = record.value
            if value is None:
                continue
            try:
                event = decode(value)
                # A text can hold a tab, a line break or a backslash only where its JSON has a backslash.
                line = plain(event) if b"\\" not in value else escaped(event)
            except WriteError as error:
                refused.append((record, error))
                continue
            key = key_of(event.data)
            row = Row(record, event.sequence, numbers[event.mapping], event.type == deleted, line)
            kept = found.setdefault(key, row)
            if kept is not row and (row.sequence, row.mapping) > (kept.sequence, kept.mapping):
                found[key] = row
        return list(found.values()), refused

    def _comparable(self, data: object) -> object:
        """Return a key with decimals as PostgreSQL compares it: 1.0 and 1 are one."""
        key = self._key(data)
        parts = key if isinstance(key, tuple) else (key,)
        return tuple([Decimal(part) if n in self._decimal_keys else part for n, part in enumerate(parts)])

    def _escaped(self, event: Event) -> str:
        line = self._escape(event)
        if "\x00" in line or "\\u0000" in line:
            self._require_text(event)
        return line

    def _require_text(self, event: Event) -> None:
        data = [(f"data.{field.name}", getattr(event.data, field.name)) for field in self._fields]
        for path, value in [*data, *((name, getattr(event, name)) for name in _ENVELOPE)]:
            if b"\\u0000" in msgspec.json.encode(value).replace(b"\\\\", b""):
                raise WriteError(path, "holds U+0000, which PostgreSQL's text can't", "not-text")

    def _made(self, *, is_escaped: bool) -> Line:
        """Generate the function from an event to its line: half the time of a loop over the columns."""
        names: dict[str, Any] = {"numbers": self._numbers, "escape": _escape, "NULL": "\\N"}
        text = "escape({})" if is_escaped else "{}"
        columns = []
        for field in self._fields:
            convert = text if field.kind in _TEXTS else "{}"
            converted = _converted(field)
            if converted is not None:
                names[f"convert_{field.name}"] = converted
                convert = f"convert_{field.name}({{}})"
            columns.append(_or_null(f"data.{field.name}", convert))
        columns += [text.format("event.sequence"), "numbers[event.mapping]", text.format("event.id")]
        columns.append(_or_null("event.origin", text))
        columns += [text.format("event.time"), text.format("event.subject")]
        line = "\\t".join(f"{{{column}}}" for column in columns)
        exec(f"def line(event):\n    data = event.data\n    return f'{line}'", names)  # noqa: S102  # of identifiers
        made: Line = names["line"]
        return made


def _or_null(ref: str, convert: str) -> str:
    return f"NULL if (value := {ref}) is None else {convert.format('value')}"
