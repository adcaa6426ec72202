"""`franca send`: puts a file's rows or raw messages on a table's raw topic."""

import sys
from collections.abc import Iterable, Iterator
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn

from franca.cli.completion import tables
from franca.cli.context import Context
from franca.cli.output import console, print_json
from franca.cli.row_sources import partitions_of
from franca.cli.rows import RowFile, keys_by, keys_of, opened
from franca.cli.topics import create_topics
from franca.config.pipelines import format_of
from franca.config.topics import table_topic
from franca.errors import DecodeError, UsageError
from franca.formats.change import Wanted
from franca.local.endpoints import find_endpoints
from franca.model.entity import Table
from franca.model.shape import shape_of
from franca.pipeline.input_line import Given
from franca.sinks.publisher import Publisher
from franca.topics.names import fits
from franca.topics.problem_line import problem_line
from franca.topics.raw_record import decode_line
from franca.types import Message

CHUNK = 2_000


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("send")(send)


def send(
    context: typer.Context,
    table: Annotated[str, typer.Argument(help="The table, as `application.table`.", autocompletion=tables)],
    file: Annotated[str, typer.Argument(help="A file of rows or raw messages, or - for standard input.")],
    format: Annotated[  # noqa: A002 - the option's name
        str,
        typer.Option(help="jsonl, records, csv or parquet; by the table or the file's name where not said."),
    ] = "",
    topic: Annotated[str, typer.Option(help="Topic, for a table that is known by a pattern.")] = "",
    delimiter: Annotated[str, typer.Option(help="Of CSV; found out from the header where not said.")] = "",
    encoding: Annotated[str, typer.Option(help="Of CSV; utf-8, or the table's, where not said.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Send a file to a table's raw topic, keyed by the table's key.

    JSON lines are sent as they are, one raw message a line (`records`: raw record lines, with their own
    keys). The rows of CSV and Parquet files are sent as rows of a snapshot, those of a table that says how
    its records are laid out as they are. A file may be packed (`.gz`, `.zst`); blank lines are left out.
    What is no row is a problem line on standard error, and the rest is sent; exit code 1 if there were any.

    Example: `franca send crm.cust data/cust.jsonl`, or `franca send bank.client client.csv`
    """
    franca: Context = context.obj
    franca.project.check()
    application, declared = franca.project.table(table)
    known = table_topic(franca.project, application, declared)
    target = topic or known
    if "*" in target:
        raise UsageError.one(table, f"its topic is the pattern {target!r}", "name one with --topic")
    if not fits(known, target):
        raise UsageError.one(table, f"nobody reads it from {target!r}", f"name a topic that fits {known!r}")
    rows = RowFile(file, format, delimiter, encoding, partitions_of(file))
    refused: list[bytes] = []
    messages = messages_of(rows, declared, format_of(franca.project, application, declared), target, refused)
    places = find_endpoints(franca.project, store=False)
    create_topics(franca.project, places, raw=target)
    sent = _publish(Publisher(places.cluster), messages, target)
    if as_json:
        print_json({"topic": target, "sent": sent, "refused": len(refused)})
    else:
        typer.echo(f"sent {sent:,} {'message' if sent == 1 else 'messages'} to {target}")
    if refused:
        sys.stderr.buffer.write(b"".join(line + b"\n" for line in refused))
        raise typer.Exit(1)


def messages_of(
    rows: RowFile, table: type[Table], name: str, topic: str, refused: list[bytes]
) -> Iterator[Message]:
    """Yield the messages of a file; the problem lines of what can't be one are added to `refused`."""
    shape = shape_of(table)
    chosen, values = opened(rows, table, name)
    if isinstance(chosen, str) and rows.kind == "records":
        yield from _records(values, topic, refused)
        return
    if isinstance(chosen, str):
        keyed = keys_of(shape, values)
    else:
        keyed = keys_by(
            chosen.decoder(Wanted(table, frozenset(key.name for key in shape.keys))), shape, values
        )
    for key, each in keyed:
        if each.problem is not None:
            refused.append(problem_line(each.problem, line=each.line))
        else:
            yield topic, key, each.value


def _records(lines: Iterable[Given], topic: str, refused: list[bytes]) -> Iterator[Message]:
    for each in lines:
        if not each.value.strip():
            continue
        try:
            record = decode_line(each.value)
        except DecodeError as error:
            refused.append(problem_line(error, line=each.line))
        else:
            yield topic, record.key, record.value


def _publish(publisher: Publisher, messages: Iterable[Message], topic: str) -> int:
    """Send all, showing how many; return their number when they are durable."""
    out = console(error=True)
    sent = 0
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        console=out,
        disable=not out.is_terminal,
        transient=True,
    ) as bars:
        task = bars.add_task(topic, total=None)
        chunk: list[Message] = []
        for message in messages:
            chunk.append(message)
            if len(chunk) == CHUNK:
                sent += publisher.send(chunk)
                chunk.clear()
                bars.update(task, description=f"{sent:,} messages to {topic}")
        sent += publisher.send(chunk)
        publisher.flush()
    return sent
