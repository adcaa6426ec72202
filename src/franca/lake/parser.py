"""Turns a batch of events into the rows of an `events` table."""

from collections.abc import Callable, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
from msgspec.structs import astuple

from franca.errors import RecordError, UnavailableError, WriteError
from franca.lake.arrays import array, moments
from franca.lake.columns import events_schema
from franca.model.shape import Shape
from franca.topics.event_decoder import Event, EventDecoder, mapping_number, refusal
from franca.topics.event_texts import EventTexts
from franca.types import Record

Refused = tuple[Record, RecordError]

_SLICE = 1_000
"""How many records become one table at once: of more, the first leave the cache before they are columns."""

_PIECE = 256
"""How many events are there as objects at a time: no more than a processor's cache holds."""

_TEXT = pa.string()
_PARTITION, _OFFSET, _VALUE, _DATA = map(attrgetter, ("partition", "offset", "value", "data"))
_BAD = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_UNFIT = (WriteError, ValueError, OverflowError, pa.ArrowException)


class Rows(NamedTuple):
    """What became of a batch: the rows to be stored, and the records that can't be, with the reason."""

    table: pa.Table
    refused: list[Refused]


class _Flat(NamedTuple):
    """Decoded events: their records and places, and, field by field, what is in envelopes and data."""

    records: list[Record]
    partitions: list[int]
    offsets: list[int]
    envelope: dict[str, list[Any]]
    data: list[list[Any]]

    def add(self, records: Sequence[Record], events: Sequence[Event]) -> None:
        if not events:
            return
        self.records.extend(records)
        self.partitions.extend(map(_PARTITION, records))
        self.offsets.extend(map(_OFFSET, records))
        columns = dict(zip(Event.__struct_fields__, zip(*map(astuple, events), strict=True), strict=True))
        data = columns.pop("data")
        for name, values in columns.items():
            self.envelope[name] += values
        for field, values in zip(self.data, zip(*map(astuple, data), strict=True), strict=True):
            field += values


class EventParser:
    """Parses the events of one entity.

    The JSON's types are checked for each record, what texts hold for all at once, as columns. Where a column
    is refused each record is read strictly by itself, so that only the bad ones are refused.
    """

    def __init__(self, shape: Shape) -> None:
        self.schema = events_schema(shape)
        self._fields = shape.fields
        self._decoder = EventDecoder(shape)
        self._texts = EventTexts(shape)

    def parse(self, records: Sequence[Record], topic_id: str) -> Rows:
        """Return the rows in the order of the records, all of one topic; tombstones have none.

        Raises UnavailableError where memory does not suffice.
        """
        refused: list[Refused] = []
        try:
            slices = [
                self._slice(records[first : first + _SLICE], topic_id, refused)
                for first in range(0, len(records), _SLICE)
            ]
        except MemoryError as error:
            action = "give the machine more memory or fewer workers"
            raise UnavailableError("lake", "memory does not suffice", action) from error
        tables = list(chain.from_iterable(slices))
        return Rows(pa.concat_tables(tables) if tables else self.schema.empty_table(), refused)

    def _slice(self, records: Sequence[Record], topic_id: str, refused: list[Refused]) -> list[pa.Table]:
        flat = self._decoded(records, refused)
        try:
            return [self._table(flat, topic_id, is_checked=False)]
        except _UNFIT:  # the records, one by one, will tell
            good = [record for record in flat.records if self._is_good(record, refused)]
        return self._halves(good, topic_id, refused)

    def _halves(self, records: Sequence[Record], topic_id: str, refused: list[Refused]) -> list[pa.Table]:
        """Return the rows of records that were read one by one; halving finds what Arrow still refuses."""
        if not records:
            return []
        try:
            return [self._table(self._decoded(records, refused), topic_id, is_checked=True)]
        except _UNFIT:
            if len(records) == 1:
                reason = WriteError("", "the event can't be a row of the lake", "wrong-shape")
                refused.append((records[0], reason))
                return []
        middle = len(records) // 2
        halves = (records[:middle], records[middle:])
        return [table for half in halves for table in self._halves(half, topic_id, refused)]

    def _decoded(self, records: Sequence[Record], refused: list[Refused]) -> _Flat:
        flat, usual = self._nothing(), self._texts.usual
        for first in range(0, len(records), _PIECE):
            piece = [record for record in records[first : first + _PIECE] if record.value is not None]
            try:
                events = list(map(usual, map(_VALUE, piece)))
            except _BAD:
                piece = [record for record in piece if self._is_shaped(record, refused)]
                events = [self._texts.decode(record.value or b"") for record in piece]
                self._texts.learn(events)
                usual = self._texts.usual
            flat.add(piece, events)
        return flat

    def _nothing(self) -> _Flat:
        envelope: dict[str, list[Any]] = {name: [] for name in Event.__struct_fields__}
        return _Flat([], [], [], envelope, [[] for _ in self._fields])

    def _is_shaped(self, record: Record, refused: list[Refused]) -> bool:
        """Tell whether a record is an event as far as JSON's types go; note why where it is not."""
        try:
            self._texts.decode(record.value or b"")
        except _BAD as error:
            if self._is_good(record, refused):
                refused.append((record, refusal(error)))
            return False
        return True

    def _is_good(self, record: Record, refused: list[Refused]) -> bool:
        try:
            self._decoder.decode(record.value or b"")
        except RecordError as error:
            refused.append((record, error))
            return False
        return True

    def _table(self, flat: _Flat, topic_id: str, *, is_checked: bool) -> pa.Table:
        """Return the rows of events, in the order of the schema's columns."""
        texts, mappings = flat.envelope, flat.envelope["mapping"]
        fields = [
            array(field, values, is_checked=is_checked)
            for field, values in zip(self._fields, flat.data, strict=True)
        ]
        columns = [
            pa.array(texts["id"], _TEXT),
            _repeating(texts["source"]),
            _repeating(texts["type"]),
            pa.array(texts["subject"], _TEXT),
            moments(texts["time"], is_checked=is_checked),
            pa.array(texts["sequence"], _TEXT),
            _repeating(texts["origin"]),
            _repeating(mappings, mapping_number, pa.int64()),
            _repeating(mappings, _hash_of),
            _repeating(texts["dataschema"]),
            *fields,
            pa.array(flat.partitions, pa.int32()),
            pa.array(flat.offsets, pa.int64()),
            pa.repeat(topic_id, len(flat.records)),
        ]
        return pa.Table.from_arrays(columns, schema=self.schema)


def _repeating(
    texts: Sequence[Any], meaning: Callable[[Any], object] = str, kind: pa.DataType = _TEXT
) -> pa.Array:
    """Return what texts mean of which few come again and again; null means nothing."""
    meanings = {text: None if text is None else meaning(text) for text in set(texts)}
    if len(meanings) == 1:
        return pa.repeat(pa.scalar(meanings[texts[0]], kind), len(texts))
    return pa.array([meanings[text] for text in texts], kind)


def _hash_of(mapping: str) -> str:
    return mapping.partition("-")[2].partition("-")[0]
