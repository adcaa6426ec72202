"""Raw messages as lines of text through a table's decoder and mappings: what `franca map` runs.

No service, no state: the same functions as in the stream, one line at a time.
"""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from franca.errors import RecordError
from franca.formats.auto import AutoDecoder
from franca.formats.change import Change, Decoded, Decoder, Format, Skip, Wanted, decode
from franca.formats.registry import format_named
from franca.formats.strict import Strict
from franca.mapping.application import Application
from franca.model.entity import Table
from franca.model.shape import shape_of
from franca.pipeline.change_line import change_writer
from franca.pipeline.elsewhere import Elsewhere
from franca.pipeline.input_line import format_line, left_out_line, record_of_line
from franca.pipeline.table_step import Problems, TableStep, write_each, zone_of
from franca.topics.names import raw_topic
from franca.topics.problem_line import problem_line
from franca.types import Message


class Line(NamedTuple):
    """One line of output: problems and notes (what `auto` took, what was left out) are for stderr."""

    kind: Literal["event", "change", "problem", "note"]
    text: bytes


class Input(NamedTuple):
    """What the lines are: raw values of the table, or raw record lines where `records` says so.

    `format` is a format's name, or `auto`, `strict` whether a repeated name is refused where that is not
    always so; `timestamp` is that of raw values, in milliseconds, and `topic`
    the topic where they would come from, if settings say another than the table's own.
    """

    application: Application
    table: type[Table]
    records: bool = False
    format: str = "auto"
    timestamp: int = -1
    topic: str = ""
    strict: bool = False


def map_lines(source: Input, lines: Iterable[bytes], number: int = 1) -> Iterator[Line]:
    """Yield the events of each line and its problems, in order; `number` is the mappings' version.

    Blank lines are counted and say nothing, rows of other tables are left out with a note.
    """
    version = f"{number}-{source.application.hash}"
    chosen: Format = format_named(source.format)
    chosen = Strict(chosen) if source.strict else chosen
    step = TableStep(source.application, source.table, version, chosen)
    for place, found in _read(source, step.decoder, lines, skips_blank=True):
        messages: list[Message] = []
        problems: Problems = []
        if isinstance(found, RecordError):
            problems.append(("", found))
        elif isinstance(found, bytes):
            yield Line("note", found)
        else:
            write_each(step, found, messages, problems)
        yield from (Line("event", value) for _, _, value in messages if value is not None)
        yield from (Line("problem", problem_line(error, line=place)) for _, error in problems)


def decode_lines(source: Input, lines: Iterable[bytes]) -> Iterator[Line]:
    """Yield a change line for each change, one for each message that is no row, the problems and notes."""
    columns = frozenset(field.name for field in shape_of(source.table).fields)
    application = source.application
    wanted = Wanted(source.table, columns, columns, application.epoch, zone_of(application))
    decoder = Strict(format_named(source.format)).decoder(wanted)
    written = change_writer(application.name, source.table)
    told = 0
    for place, found in _read(source, decoder, lines):
        try:
            if isinstance(found, Change):
                yield Line("change", written(found))
            elif isinstance(found, RecordError):
                raise found
            elif isinstance(found, bytes):
                yield Line("note", found)
            else:
                each = [found] if isinstance(found, Skip) else found
                yield from [Line("change", written(one)) for one in each]
        except RecordError as error:
            yield Line("problem", problem_line(error, line=place))
        if isinstance(decoder.inner, AutoDecoder) and len(decoder.inner.taken) > told:
            told += 1
            yield Line("note", format_line([*decoder.inner.taken][-1], place))


def _read(
    source: Input, decoder: Decoder, lines: Iterable[bytes], *, skips_blank: bool = False
) -> "Iterator[tuple[int, Decoded | RecordError | bytes]]":
    """Yield for each line its place and what it holds, its problem, or a note of another table's rows."""
    elsewhere = Elsewhere(source.application, source.table, format_named(source.format))
    topic = raw_topic(source.application.name, shape_of(source.table), source.topic)
    left_out: set[str] = set()
    for place, line in enumerate(lines, 1):
        if skips_blank and not line.strip():
            continue
        found: Decoded | RecordError
        try:
            record = record_of_line(line, place, source.timestamp, topic, records=source.records)
        except RecordError as error:
            yield place, error
            continue
        name = elsewhere.declared(record)
        if not name:
            try:
                found = decode(decoder, record)
            except RecordError as error:
                found = error
            name = elsewhere.unknown(record, found)
        if not name:
            yield place, found
        elif name not in left_out:
            left_out.add(name)
            yield place, left_out_line(name, place)
