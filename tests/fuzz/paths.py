"""What a message goes through: `decode` in all its ways, the on-ramp, and the encoders of the sinks.

Nothing but a RecordError may come out of any of them, and every message is accounted for.
"""

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec

from franca.errors import RecordError
from franca.formats.change import Change, Decoder, Format, Loose, Skip, Wanted, decode
from franca.formats.registry import AUTO, FORMATS, format_named, format_of_layout
from franca.formats.unsent import PLACEHOLDER
from franca.lake.parser import EventParser
from franca.model.entity import Table
from franca.model.shape import shape_of
from franca.pipeline.change_line import change_line
from franca.pipeline.loose_line import loose_line
from franca.pipeline.onramp import OnRamp, Tables
from franca.pipeline.visible import visible_json
from franca.sinks.postgres_rows import RowMaker
from franca.topics.problem_line import problem_line
from franca.topics.raw_record import decode_line, encode_line
from franca.types import Message, Record
from tests.fuzz.accounts import Accounted, LostError, require
from tests.fuzz.behind_registry import SCHEMAS
from tests.fuzz.keep import KEEP_OF, KEEPS
from tests.fuzz.messages import EVENT, Case
from tests.fuzz.project import LAID_OUT, Lists, Single, shop
from tests.fuzz.remembered import Remembered
from tests.fuzz.seeds import REGISTERED

OF_LAYOUTS = {str(shape_of(table).topic): table for tables in LAID_OUT.values() for table in tables}
"""The tables with a layout, by their topics."""
TABLES: dict[str, type[Table]] = {**OF_LAYOUTS, "raw.shop.lists": Lists}
"""The tables that are alone on their topics."""
ENTITIES = {
    shape_of(mapping.entity).name: shape_of(mapping.entity)
    for application in (shop, *(keep.application for keep in KEEPS))
    for mapping in application.mappings
}
NAMES = ("auto", *(each.name for each in FORMATS), *LAID_OUT, REGISTERED)
_UNSENT = (PLACEHOLDER.encode(), b64encode(PLACEHOLDER.encode()))
_DEBEZIUM = {"debezium", "flattened", "forwarded", "plain"}


class Paths:
    """All paths, with what they learn of the messages that they have seen."""

    def __init__(self) -> None:
        self._decoders: dict[tuple[type[Table], str], Decoder] = {}
        self._ramps: dict[str, Accounted] = {}
        self.remembered = Remembered()

    def take(self, case: Case) -> list[Message]:
        """Send a message through `decode` and the on-ramps of its format and of `auto`; return what it gives.

        A message of an entity's topic is given as it is.
        """
        record = case.record
        if case.format == EVENT:
            return [(record.topic, record.key, record.value)]
        if record.topic in KEEP_OF:
            return self.remembered.take(record)
        out = []
        _lines(record, case.format)
        for name in dict.fromkeys((case.format, "auto")):
            if name != "auto" or record.topic not in OF_LAYOUTS:
                self._decode(record, name)
            out += self._ramp(name).take(record).items
        return out

    def settle(self) -> None:
        """Run all messages since the last time at once: each path must give the same again."""
        self.remembered.settle()
        for ramp in self._ramps.values():
            ramp.settle()

    def store(self, messages: Sequence[Message]) -> None:
        """Send events through the encoders of lake and store: each becomes a row or is refused."""
        for name in ENTITIES:
            events = [value for topic, _, value in messages if topic == name]
            records = [Record(name, 0, at, 1, None, value) for at, value in enumerate(events)]
            count = sum(value is not None for value in events)
            if not events:
                continue
            parser, maker = _sinks(name)
            rows = parser.parse(records, "id")
            require(rows.table.num_rows + len(rows.refused) == count, "the lake lost an event")
            newest, refused = maker.newest(records)
            require(len(newest) + len(refused) <= count, "the store made more rows than events")
            for row in newest:
                require("\n" not in row.line and "\x00" not in row.line, "a row is not one line of COPY")
            require(bool(newest) or len(refused) == count, "the store lost an event")

    def _decode(self, record: Record, name: str) -> None:
        table = TABLES.get(record.topic, Single)
        known = (table, name)
        decoder = self._decoders.get(known) or _format(record, name).decoder(_wanted(table))
        self._decoders[known] = decoder
        fast, careful = (_outcome(way, decoder, table, record) for way in (decode, _carefully))
        # The fast way does not look at what it does not need, where the careful one may refuse a message. A
        # message of two formats at once is for `auto` of the one that it took last. What Debezium writes for
        # a value not sent is nothing that others write, and it never writes that in a new row.
        is_unsent = any(each in (record.value or b"") for each in _UNSENT)
        is_new = any(
            line.startswith((b'{"op":"insert"', b'{"op":"read"'))
            for line in careful
            if isinstance(line, bytes)
        )
        if name == "auto" or (is_unsent and (is_new or name not in _DEBEZIUM)):
            return
        require(
            fast == careful or isinstance(careful, tuple),
            "the fast way and the careful one differ",
            fast,
            careful,
        )

    def _ramp(self, name: str) -> Accounted:
        known = self._ramps.get(name)
        if known is None:
            schemas = SCHEMAS if name == REGISTERED else None
            is_told = name not in ("auto", REGISTERED)  # of which nobody promises strict JSON
            tables = Tables(formats=_formats(name), strict=is_told)
            count = 1 if is_told else 2
            ramps = [OnRamp(shop, number=1, tables=tables, schemas=schemas) for _ in range(count)]
            known = self._ramps[name] = Accounted(*ramps)
        return known


@cache
def _sinks(name: str) -> tuple[EventParser, RowMaker]:
    """Return what makes an entity's events rows of the lake and of the store."""
    return EventParser(ENTITIES[name]), RowMaker(ENTITIES[name])


def _lines(record: Record, name: str) -> None:
    """`franca decode` without a table, and the raw record line around the message."""
    line = encode_line(record)
    require(decode_line(line) == record, "a raw record line lost something")
    require(b"\n" not in line, "a raw record line is not one line")
    for each in (AUTO, _format(record, name)):
        try:
            found = each.loose(record)
            texts = [loose_line(one) for one in ([found] if isinstance(found, Loose | Skip) else found)]
        except RecordError as error:
            texts = [problem_line(error, line=1)]
            require(bool(error.code), "a problem has no code")
        for text in texts:
            _text(text)


def _text(text: bytes) -> None:
    require(b"\n" not in text and b"\r" not in text, "a line of output is not one line")
    try:
        msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        msgspec.json.decode(visible_json(text), type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LostError(f"a line of output is no JSON: {error}") from error


def _format(record: Record, name: str) -> Format:
    """Return the format in which a record is decoded: its table's layout where it has one."""
    table = OF_LAYOUTS.get(record.topic)
    return _named(name) if table is None else _laid_out(table)


@cache
def _named(name: str) -> Format:
    return format_named("auto", SCHEMAS) if name == REGISTERED else format_named(name)


@cache
def _laid_out(table: type[Table]) -> Format:
    layout = shape_of(table).format
    return AUTO if layout is None or isinstance(layout, str) else format_of_layout(layout)


def _wanted(table: type[Table]) -> Wanted:
    columns = frozenset(field.name for field in shape_of(table).fields)
    return Wanted(table, columns, columns)


def _outcome(function: Any, decoder: Decoder, table: type[Table], record: Record) -> Any:
    """Return the change lines that a way of decoding gives, or the code of its problem."""
    try:
        found = function(decoder, record)
        each = [found] if isinstance(found, Change | Skip) else found
        lines = [change_line("shop", table, one).replace(b'"before":{}', b'"before":null') for one in each]
    except RecordError as error:
        return error.path, error.code
    for line in lines:
        _text(line)
    return lines


def _carefully(decoder: Decoder, record: Record) -> Any:
    return decoder(record)


def _formats(name: str) -> dict[str, str]:
    """Return how the tables without a layout are read."""
    is_told = name not in ("auto", REGISTERED) and name not in LAID_OUT
    return dict.fromkeys(("single", "thing", "customers", "lists"), name) if is_told else {}
