"""`franca map`: raw messages in, events out, without any service."""

import sys
import time
from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer

from franca.cli.context import Context
from franca.cli.rows import RowFile, keys_of
from franca.config.pipelines import on_ramp
from franca.config.project import Project
from franca.config.topics import table_topic
from franca.errors import DecodeError
from franca.model.shape import shape_of
from franca.topics.dead_letter import read_dead_letter
from franca.topics.names import dead_letter_topic
from franca.topics.raw_record import decode_line
from franca.types import Batch, Record

_encode = msgspec.json.Encoder().encode
Line = tuple[int, Record | DecodeError]


class ProblemLine(msgspec.Struct):
    """A problem as one line of JSON: the input's line, what failed where, why, and the stable code."""

    line: int
    stage: str
    path: str
    reason: str
    code: str
    mapping: str = ""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("map")(map_file)


def map_file(
    context: typer.Context,
    table: Annotated[str, typer.Argument(help="The table, as `application.table`.")],
    file: Annotated[str, typer.Argument(help="A file of raw messages, or - for standard input.")],
    records: Annotated[
        bool, typer.Option("--records", help="Lines are raw record lines, with their own positions and keys.")
    ] = False,
    format: Annotated[  # noqa: A002 - the option's name
        str, typer.Option(help="jsonl, csv or parquet; by the file's name where not said.")
    ] = "",
    delimiter: Annotated[str, typer.Option(help="Of CSV; found out from the header where not said.")] = "",
    encoding: Annotated[str, typer.Option(help="Of CSV.")] = "utf-8",
) -> None:
    """Map a file of raw messages to events: JSON lines on standard output; no service is needed.

    Problems are JSON lines on standard error, and the rest is still mapped; exit code 1 if there were any.
    Without --records a message's position is its line, and its key is the table's.

    Example: `franca map crm.cust data/cust.jsonl`
    """
    franca: Context = context.obj
    project = franca.project
    project.check()
    rows = RowFile(file, "records" if records else format, delimiter, encoding)
    problems = _Mapper(project, table).write(_record_lines(rows) if records else _lines(project, table, rows))
    if problems:
        raise typer.Exit(1)


class _Mapper:
    """Runs lines through a table's application, as the on-ramp does."""

    def __init__(self, project: Project, table: str) -> None:
        application, declared = project.table(table)
        self._topic = table_topic(project, application, declared)
        self._pattern = "*" in self._topic
        self._step = on_ramp(project, application)
        self._dead = dead_letter_topic(application.name)

    def write(self, lines: Iterator[Line]) -> int:
        """Write events and problems; return the number of problems."""
        problems = 0
        for number, line in lines:
            if isinstance(line, DecodeError):
                problems += 1
                _tell(ProblemLine(number, line.stage, line.path, line.reason, line.code))
                continue
            problems += self._write(number, line)
        sys.stdout.buffer.flush()
        return problems

    def _write(self, number: int, record: Record) -> int:
        problems = 0
        topic = record.topic if record.topic in self._step.topics or self._pattern else self._topic
        for target, _, value in self._step(Batch([msgspec.structs.replace(record, topic=topic)])).items:
            if value is None:
                continue
            if target == self._dead:
                problems += 1
                letter = read_dead_letter(value)
                _tell(ProblemLine(number, letter.stage, letter.path, letter.reason, letter.code,
                                  letter.refused_by))  # fmt: skip
            else:
                sys.stdout.buffer.write(value + b"\n")
        return problems


def _lines(project: Project, table: str, rows: RowFile) -> Iterator[Line]:
    """Yield each raw value as a record whose offset is its line, from 0."""
    application, declared = project.table(table)
    topic, shape = table_topic(project, application, declared), shape_of(declared)
    now = int(time.time() * 1000)
    for offset, (key, value) in enumerate(keys_of(shape, rows.values(shape))):
        yield offset + 1, Record(topic, 0, offset, now, key, value)


def _record_lines(rows: RowFile) -> Iterator[Line]:
    with rows.open() as lines:
        for number, text in enumerate(lines, 1):
            try:
                yield number, decode_line(text.rstrip(b"\r\n"))
            except DecodeError as error:
                yield number, error


def _tell(problem: ProblemLine) -> None:
    sys.stderr.buffer.write(_encode(problem) + b"\n")
    sys.stderr.buffer.flush()
