"""`franca decode`: raw messages in, change lines out, with or without a project."""

import sys
import time
from collections.abc import Iterator
from typing import Annotated, NamedTuple

import typer

from franca.cli.context import Context
from franca.cli.rows import RowFile
from franca.config.pipelines import format_of
from franca.config.schema_registry import registry_of
from franca.config.settings import RegistrySettings
from franca.config.topics import table_topic
from franca.pipeline.lines import Input, Line, decode_lines
from franca.pipeline.loose_lines import loose_lines
from franca.topics.schema_registry import SchemaRegistry


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("decode")(decode_file)


def decode_file(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="A file of raw messages, also .gz, or - for standard input.")],
    format: Annotated[  # noqa: A002 - the option's name
        str,
        typer.Option(help="The messages' format; by default auto, or what franca.toml says of the table."),
    ] = "",
    table: Annotated[
        str, typer.Option(help="The table, as `application.table`: its types. Needs the project.")
    ] = "",
    records: Annotated[
        bool, typer.Option("--records", help="Lines are raw record lines, with their own positions and keys.")
    ] = False,
    registry: Annotated[
        str,
        typer.Option(
            help="Address of the schema registry of the messages; by default that of franca.toml, "
            "where a table is named.",
            envvar="FRANCA_REGISTRY",
        ),
    ] = "",
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Do not say on standard error which formats auto took.")
    ] = False,
) -> None:
    """Decode a file of raw messages to changes: JSON lines on standard output; no service is needed.

    What is no row gives a line with its kind. Problems are JSON lines on standard error, and the rest is
    still decoded; exit code 1 if there were any. Without a table no project is needed, and values are as the
    format gives them. Without --records a message's position is its line, from 0, and its time is now.

    Messages behind a schema registry (Avro, JSON Schema) come as raw record lines, because a value may hold
    a line break.

    Example: `franca decode --format canal changes.jsonl.gz`, or
    `franca decode --records --registry http://localhost:8081 changes.jsonl`
    """
    problems = 0
    named = registry_of(RegistrySettings(url=registry))
    asked = Asked(format, table, records, named)
    for line in _lines(context.obj, RowFile(file), asked):
        problems += line.kind == "problem"
        if line.kind != "format" or not quiet:
            stream = sys.stdout if line.kind == "change" else sys.stderr
            stream.buffer.write(line.text + b"\n")
    sys.stdout.buffer.flush()
    sys.stderr.buffer.flush()
    if problems:
        raise typer.Exit(1)


class Asked(NamedTuple):
    """What the command was asked to do."""

    format: str
    table: str
    records: bool
    schemas: SchemaRegistry | None


def _lines(franca: Context, file: RowFile, asked: Asked) -> Iterator[Line]:
    now = int(time.time() * 1000)
    name, table, records, schemas = asked
    if not table:
        return loose_lines(file.lines(), name or "auto", now, records=records, schemas=schemas)
    project = franca.project
    application, declared = project.table(table)
    topic = table_topic(project, application, declared)
    chosen = name or format_of(project, application, declared)
    schemas = schemas or registry_of(project.settings.registry)
    source = Input(application, declared, records, chosen, now, topic, schemas=schemas)
    return decode_lines(source, file.lines())
