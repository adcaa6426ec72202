"""Raw messages as lines of text through a table's decoder and mappings: what `franca map` runs.

No service: the same functions as in the stream, one line at a time. Rows are remembered for the length of the
input, where the table's are.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

from franca.errors import RecordError
from franca.formats.auto import AutoDecoder
from franca.formats.change import Change, Format, Skip, Wanted, decode
from franca.formats.registered import RegisteredDecoder
from franca.formats.registry import format_for
from franca.mapping.application import Application
from franca.model.entity import Table
from franca.model.shape import shape_of
from franca.pipeline.absence import explained
from franca.pipeline.change_line import change_line
from franca.pipeline.input_line import Given, format_line, given, record_of
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
    """One line of output; problems go to stderr, as does the format that `auto` took; the rest to stdout."""

    kind: Literal["event", "change", "problem", "format"]
    text: bytes


class Input(NamedTuple):
    """What the lines are: raw values of the table, or raw record lines where `records` says so.

    `format` is a format, or the name of one, empty for what the table says; `timestamp` is that of raw
    values, in milliseconds, and `topic` the topic where they would come from, if settings say another than
    the table's own. `capture` is what the messages hold, `schemas` those of
    messages behind a registry.
    """

    application: Application
    table: type[Table]
    records: bool = False
    format: str | Format = ""
    timestamp: int = -1
    topic: str = ""
    capture: str = "auto"
    schemas: Schemas | None = None


def map_lines(source: Input, lines: Iterable[bytes | Given], number: int = 1) -> Iterator[Line]:
    """Yield the events of each line and its problems, in order; `number` is the mappings' version.

    Blank lines are counted and say nothing.
    """
    run, chosen = _runner(source, number), _format(source)
    for place, piece in given(lines):
        if not piece.value.strip(_BLANKS) and piece.problem is None:
            continue
        messages: list[Message] = []
        problems: Problems = []
        try:
            record = _record(source, place, piece)
        except RecordError as error:
            yield Line("problem", problem_line(error, line=piece.line))
            continue
        try:
            run(record, messages, problems)
        except RecordError as error:
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
    """Yield a change line for each change, one for each message that is no row, and the problems."""
    columns = frozenset(field.name for field in shape_of(source.table).fields)
    application = source.application
    wanted = Wanted(source.table, columns, columns, application.epoch, zone_of(application))
    decoder = _format(source).decoder(wanted)
    auto = decoder.inner if isinstance(decoder, RegisteredDecoder) else decoder
    told = 0
    for place, piece in given(lines):
        try:
            decoded = decode(decoder, _record(source, place, piece))
            each = [decoded] if isinstance(decoded, Change | Skip) else decoded
            yield from [Line("change", change_line(application.name, source.table, one)) for one in each]
        except RecordError as error:
            yield Line("problem", problem_line(error, line=piece.line))
        if isinstance(auto, AutoDecoder) and len(auto.taken) > told:
            told += 1
            yield Line("format", format_line([*auto.taken][-1], place))


_BLANKS = b" \t\r\n\v\f"


def _format(source: Input) -> Format:
    if not isinstance(source.format, str):
        return source.format
    return format_for(source.table, source.format, source.schemas)


def _record(source: Input, place: int, piece: Given) -> Record:
    topic = raw_topic(source.application.name, shape_of(source.table), source.topic)
    return record_of(piece, place, source.timestamp, topic, records=source.records)
