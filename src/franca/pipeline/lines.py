"""Raw messages as lines of text through a table's decoder and mappings: what `franca map` runs.

No service: the same functions as in the stream, one line at a time. Rows are remembered for the length of the
input, where the table's are.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

from franca.errors import RecordError
from franca.formats.auto import AutoDecoder
from franca.formats.change import Change, Decoder, Format, Skip, Wanted, decode
from franca.formats.registered import RegisteredDecoder
from franca.formats.registry import format_for
from franca.formats.strict import StrictDecoder, strictly
from franca.mapping.application import Application
from franca.model.entity import Table
from franca.model.shape import shape_of
from franca.pipeline.absence import explained
from franca.pipeline.change_line import change_writer
from franca.pipeline.elsewhere import Elsewhere
from franca.pipeline.input_line import Given, format_line, given, left_out_line, record_of
from franca.pipeline.row_memory.codec import RowCodec
from franca.pipeline.row_memory.memory import RowMemory
from franca.pipeline.row_memory.need import remembers
from franca.pipeline.row_memory.step import Refused, Remembering
from franca.pipeline.row_memory.store import DictRows
from franca.pipeline.table_step import Problems, TableStep, write_each, zone_of
from franca.schemas.frame import Schemas
from franca.topics.names import raw_topic, rows_topic
from franca.topics.problem_line import problem_line
from franca.types import Message, Record

LARGEST_ROW = 8_388_608
"""Of a larger row the longest columns are not remembered."""


class Line(NamedTuple):
    """One line of output: problems and notes (what `auto` took, what was left out) are for stderr."""

    kind: Literal["event", "change", "problem", "note"]
    text: bytes


class Input(NamedTuple):
    """What the lines are: raw values of the table, or raw record lines where `records` says so.

    `format` is a format, or the name of one, empty for what the table says; `timestamp` is that of raw
    values, in milliseconds, and `topic` the topic where they would come from, if settings say another than
    the table's own. `capture` is what the messages hold, `schemas` those of messages behind a registry,
    `strict` whether to refuse an object that names a field twice, as decoding always does.
    """

    application: Application
    table: type[Table]
    records: bool = False
    format: str | Format = ""
    timestamp: int = -1
    topic: str = ""
    capture: str = "auto"
    schemas: Schemas | None = None
    strict: bool = False


def map_lines(source: Input, lines: Iterable[bytes | Given], number: int = 1) -> Iterator[Line]:
    """Yield the events of each line and its problems, in order; `number` is the mappings' version.

    Blank lines are counted and say nothing, rows of other tables are left out with a note.
    """
    run, chosen = _runner(source, number), _format(source)
    elsewhere = Elsewhere(source.application, source.table, chosen)
    for place, piece, record in _records(source, elsewhere, lines, skips_blank=True):
        messages: list[Message] = []
        problems: Problems = []
        if isinstance(record, Line):
            yield record
            continue
        try:
            run(record, messages, problems)
        except RecordError as error:
            if name := elsewhere.unknown(record, error):
                yield from _notes(elsewhere, name, place)
                continue
            problems.append(("", error))
        told = [explained(error, record, source.table, chosen) for _, error in problems]
        yield from (Line("event", value) for _, _, value in messages if value is not None)
        yield from (Line("problem", problem_line(error, line=piece.line)) for error in told)


def _runner(source: Input, number: int) -> Callable[[Record, list[Message], Problems], None]:
    """Return the function that adds what a record gives, and its problems."""
    application, table = source.application, source.table
    remembered = remembers(application, table, source.capture)
    chosen, version = _format(source), f"{number}-{application.hash}"
    step = TableStep(application, table, version, chosen, source.capture, remembered)
    memory = RowMemory(DictRows())
    name = shape_of(table).name
    codec = RowCodec(table, step.columns, LARGEST_ROW)
    rows = Remembering(step, codec, memory, name, rows_topic(application.name, name))

    def run(record: Record, messages: list[Message], problems: Problems) -> None:
        write_each(step, decode(step.decoder, record), messages, problems)

    def run_remembering(record: Record, messages: list[Message], problems: Problems) -> None:
        refused: Refused = []
        rows.run([record], 0, messages, refused)
        problems += [(mapping, error) for _, mapping, error in refused]
        memory.keep()

    return run_remembering if remembered else run


def decode_lines(source: Input, lines: Iterable[bytes | Given]) -> Iterator[Line]:
    """Yield a change line for each change, one for each message that is no row, the problems and notes."""
    columns = frozenset(field.name for field in shape_of(source.table).fields)
    application = source.application
    wanted = Wanted(source.table, columns, columns, application.epoch, zone_of(application))
    decoder = strictly(_format(source)).decoder(wanted)
    auto = _auto_of(decoder)
    written = change_writer(application.name, source.table)
    elsewhere = Elsewhere(application, source.table, _format(source))
    told = 0
    for place, piece, record in _records(source, elsewhere, lines):
        if isinstance(record, Line):
            yield record
            continue
        try:
            found = decode(decoder, record)
            if name := elsewhere.unknown(record, found):
                yield from _notes(elsewhere, name, place)
                continue
            each = [found] if isinstance(found, Change | Skip) else found
            yield from [Line("change", written(one)) for one in each]
        except RecordError as error:
            if name := elsewhere.unknown(record, error):
                yield from _notes(elsewhere, name, place)
                continue
            yield Line("problem", problem_line(error, line=piece.line))
        if auto is not None and len(auto.taken) > told:
            told += 1
            yield Line("note", format_line([*auto.taken][-1], place))


_BLANKS = b" \t\r\n\v\f"


def _auto_of(decoder: Decoder) -> AutoDecoder | None:
    """Return the decoder that finds out the format, which others may be around."""
    while isinstance(decoder, StrictDecoder | RegisteredDecoder):
        decoder = decoder.inner
    return decoder if isinstance(decoder, AutoDecoder) else None


def _format(source: Input) -> Format:
    if not isinstance(source.format, str):
        return source.format
    chosen = format_for(source.table, source.format, source.schemas)
    return strictly(chosen) if source.strict else chosen


def _notes(elsewhere: Elsewhere, name: str, place: int) -> list[Line]:
    return [Line("note", left_out_line(name, place))] if elsewhere.is_new(name) else []


def _records(
    source: Input, elsewhere: Elsewhere, lines: Iterable[bytes | Given], *, skips_blank: bool = False
) -> Iterator[tuple[int, Given, Record | Line]]:
    """Yield each piece with its number and record, its problem, or the note that it is another table's."""
    topic = raw_topic(source.application.name, shape_of(source.table), source.topic)
    for place, piece in given(lines):
        if skips_blank and not piece.value.strip(_BLANKS) and piece.problem is None:
            continue
        try:
            record = record_of(piece, place, source.timestamp, topic, records=source.records)
        except RecordError as error:
            yield place, piece, Line("problem", problem_line(error, line=piece.line))
            continue
        if name := elsewhere.declared(record):
            yield from [(place, piece, note) for note in _notes(elsewhere, name, place)]
        else:
            yield place, piece, record
