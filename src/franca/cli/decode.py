"""`franca decode`: raw messages in, change lines out, with or without a project."""

import sys
import time
from collections.abc import Iterator
from typing import Annotated

import typer

from franca.cli.context import Context
from franca.cli.rows import RowFile
from franca.config.pipelines import format_of
from franca.config.topics import table_topic
from franca.pipeline.lines import Input, Line, decode_lines
from franca.pipeline.loose_lines import loose_lines


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
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet",
            "-q",
            help="Do not say on standard error which formats auto took, and what was left out.",
        ),
    ] = False,
) -> None:
    """Decode a file of raw messages to changes: JSON lines on standard output; no service is needed.

    What is no row gives a line with its kind. Problems are JSON lines on standard error, and the rest is
    still decoded; exit code 1 if there were any. Without a table no project is needed, and values are as the
    format gives them; with one, rows of other tables are left out, with a note. Without --records a
    message's position is its line, from 0, and its time is now.

    Example: `franca decode --format canal changes.jsonl.gz`
    """
    problems = 0
    for line in _lines(context.obj, RowFile(file), format, table, records):
        problems += line.kind == "problem"
        if line.kind != "note" or not quiet:
            stream = sys.stdout if line.kind == "change" else sys.stderr
            stream.buffer.write(line.text + b"\n")
    sys.stdout.buffer.flush()
    sys.stderr.buffer.flush()
    if problems:
        raise typer.Exit(1)


def _lines(franca: Context, file: RowFile, name: str, table: str, records: bool) -> Iterator[Line]:
    now = int(time.time() * 1000)
    if not table:
        return loose_lines(file.lines(), name or "auto", now, records=records)
    project = franca.project
    application, declared = project.table(table)
    topic = table_topic(project, application, declared)
    chosen = name or format_of(project, application, declared)
    return decode_lines(Input(application, declared, records, chosen, now, topic), file.lines())
