"""`franca map`: raw messages in, events out, without any service."""

import sys
import time
from typing import Annotated

import typer

from franca.cli.completion import tables
from franca.cli.context import Context
from franca.cli.output import put_line
from franca.cli.row_sources import partitions_of
from franca.cli.rows import RowFile, opened
from franca.config.pipelines import format_of, is_strict
from franca.config.schema_registry import registry_of
from franca.config.tables import capture_of
from franca.config.topics import table_topic
from franca.model.shape import shape_of
from franca.pipeline.lines import Input, map_lines


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("map")(map_file)


def map_file(
    context: typer.Context,
    table: Annotated[str, typer.Argument(help="The table, as `application.table`.", autocompletion=tables)],
    file: Annotated[str, typer.Argument(help="A file of raw messages, or - for standard input.")],
    records: Annotated[
        bool, typer.Option("--records", help="Lines are raw record lines, with their own positions and keys.")
    ] = False,
    format: Annotated[  # noqa: A002 - the option's name
        str, typer.Option(help="jsonl, csv or parquet; by the table or the file's name where not said.")
    ] = "",
    delimiter: Annotated[str, typer.Option(help="Of CSV; found out from the header where not said.")] = "",
    encoding: Annotated[str, typer.Option(help="Of CSV; utf-8, or the table's, where not said.")] = "",
) -> None:
    """Map a file of raw messages to events: JSON lines on standard output; no service is needed.

    A file may be packed (`.gz`, `.zst`); blank lines say nothing. Problems are JSON lines on standard error,
    and the rest is still mapped; exit code 1 if there were any.
    Without --records a message's position is its line, from 0, and its time is now.

    Example: `franca map crm.cust data/cust.jsonl`
    """
    franca: Context = context.obj
    project = franca.project
    project.check()
    application, declared = project.table(table)
    rows = RowFile(file, "records" if records else format, delimiter, encoding, partitions_of(file))
    chosen, values = opened(rows, declared, format_of(project, application, declared))
    now = int(time.time() * 1000)
    topic = table_topic(project, application, declared)
    capture = capture_of(project.settings, application.name, shape_of(declared).name)
    schemas, strict = registry_of(project.settings.registry), is_strict(project, application)
    source = Input(application, declared, records, chosen, now, topic, capture, schemas, strict)
    number = project.versions.number(application.name, application.hash)
    problems = 0
    for line in map_lines(source, values, number):
        problems += line.kind == "problem"
        put_line(line.text, error=line.kind != "event")
    sys.stdout.buffer.flush()
    if problems:
        raise typer.Exit(1)
