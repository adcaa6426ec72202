"""`franca decode`: raw messages or files of records in, change lines out, with or without a project."""

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from franca.cli.completion import formats
from franca.cli.context import Context
from franca.cli.layout_options import (
    CopybookFile,
    Cut,
    Delimiter,
    Encoding,
    Floats,
    Header,
    LayoutOptions,
    Length,
    Null,
    Occurs,
    Quote,
    Redefines,
    Which,
    known_format,
)
from franca.cli.output import put_line
from franca.cli.record_file import open_records
from franca.cli.rows import RowFile
from franca.config.pipelines import format_of
from franca.config.schema_registry import registry_of
from franca.config.settings import RegistrySettings
from franca.config.topics import table_topic
from franca.formats.change import Format
from franca.formats.registry import format_of_layout
from franca.pipeline.input_line import Given
from franca.pipeline.lines import Input, Line, decode_lines
from franca.pipeline.loose_lines import loose_lines
from franca.topics.schema_registry import SchemaRegistry

MessageFormat = Annotated[
    str,
    typer.Option(
        help="The messages' format; by default auto, or what the project says of the table.",
        callback=known_format,
        autocompletion=formats,
    ),
]
OfTable = Annotated[
    str, typer.Option(help="The table, as `application.table`: its types. Needs the project.")
]
AsRecords = Annotated[
    bool, typer.Option("--records", help="Lines are raw record lines, with their own positions and keys.")
]
RegistryUrl = Annotated[
    str,
    typer.Option(
        help="Address of the schema registry of the messages; by default that of franca.toml, "
        "where a table is named.",
        envvar="FRANCA_REGISTRY",
    ),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Do not say on standard error which formats auto took.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("decode")(decode_file)


def decode_file(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="A file of raw messages, also .gz, or - for standard input.")],
    format: MessageFormat = "",  # noqa: A002 - the option's name
    table: OfTable = "",
    records: AsRecords = False,
    registry: RegistryUrl = "",
    quiet: Quiet = False,
    delimiter: Delimiter = "",
    quote: Quote = None,
    null: Null = None,
    header: Header = None,
    encoding: Encoding = "",
    copybook: CopybookFile = "",
    record_format: Cut = "",
    record_length: Length = None,
    record: Which = "",
    redefines: Redefines = None,
    variable_size_occurs: Occurs = "",
    floats: Floats = "",
) -> None:
    """Decode a file of raw messages to changes: JSON lines on standard output; no service is needed.

    What is no row gives a line with its kind. Problems are JSON lines on standard error, and the rest is
    still decoded; exit code 1 if there were any. Without a table no project is needed, and values are as the
    format gives them; with one, rows of other tables are left out, with a note. Without --records a
    message's position is its line, from 0, and its time is now.
    A file of csv is cut into its rows, one of fixed or copybook into its records.

    Messages behind a schema registry (Avro, JSON Schema) come as raw record lines, because a value may hold
    a line break.

    Example: `franca decode --format canal changes.jsonl.gz`, `franca decode --format csv cust.csv`, or
    `franca decode --copybook cust.cpy --code-page cp273 --record-format VB CUST.BIN`
    """
    options = LayoutOptions(
        delimiter=delimiter, quote=quote, null=null, header=header, encoding=encoding, copybook=copybook,
        record_format=record_format, record_length=record_length, record=record,
        redefines=tuple(redefines or ()), variable_size_occurs=variable_size_occurs, floats=floats,
    )  # fmt: skip
    problems = 0
    asked = Asked(format, table, records, registry_of(RegistrySettings(url=registry)))
    for line in _lines(context.obj, file, asked, options):
        problems += line.kind == "problem"
        if line.kind != "note" or not quiet:
            put_line(line.text, error=line.kind != "change")
    sys.stdout.buffer.flush()
    sys.stderr.buffer.flush()
    if problems:
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command was asked to do."""

    format: str
    table: str
    records: bool
    schemas: SchemaRegistry | None


def _lines(franca: Context, file: str, asked: Asked, options: LayoutOptions) -> Iterator[Line]:
    now = int(time.time() * 1000)
    name, table, records, schemas = asked.format, asked.table, asked.records, asked.schemas
    if not table:
        layout = options.layout(name, None)
        chosen: str | Format = name or "auto"
        lines: Iterable[bytes | Given] = RowFile(file).lines()
        if layout is not None and records:
            chosen = format_of_layout(layout)
        elif layout is not None:
            options.check(layout, None)
            opened = open_records(file, layout, None, is_told=bool(options.delimiter))
            chosen, lines = opened.format, opened
        return loose_lines(lines, chosen, now, records=records, schemas=schemas)
    project = franca.project
    application, declared = project.table(table, mapped=False)
    topic = table_topic(project, application, declared)
    layout = options.layout(name or format_of(project, application, declared), declared)
    if layout is None or records:
        chosen = format_of_layout(layout) if layout else name or format_of(project, application, declared)
        schemas = schemas or registry_of(project.settings.registry)
        source = Input(application, declared, records, chosen, now, topic, schemas=schemas)
        return decode_lines(source, RowFile(file).lines())
    opened = open_records(
        file, layout, declared, is_told=bool(options.delimiter) or options.declares(declared)
    )
    return decode_lines(Input(application, declared, False, opened.format, now, topic), opened)
