"""`franca resnapshot`: one table is taken again, the others and all changes go on."""

from enum import Enum
from typing import Annotated

import typer

from franca.cli.completion import tables
from franca.cli.context import Context
from franca.cli.output import print_json, say
from franca.cli.seek import AsJson, DryRun, Yes, carry_out
from franca.local.endpoints import find_endpoints
from franca.operations.resnapshot import Resnapshot
from franca.operations.seek import Only, Seeker
from franca.topics.cluster import Cluster


class Origin(Enum):
    """Where the rows come from."""

    SIGNAL = "signal"
    TOPIC = "topic"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("resnapshot")(resnapshot)


def resnapshot(
    context: typer.Context,
    table: Annotated[str, typer.Argument(help="The table, as `application.table`.", autocompletion=tables)],
    origin: Annotated[
        Origin | None,
        typer.Option("--from", help="signal where franca.toml has a signal_topic, else topic."),
    ] = None,
    where: Annotated[str, typer.Option(help="Only rows of this SQL condition; for a signal.")] = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take one table again: its rows come anew and go the usual way, while all else goes on.

    With a signal Debezium reads the table in its database, in pieces between the changes. From the topic, the
    on-ramp reads once more what the table's raw topics still hold; no source is asked. Either way a row that
    was read earlier than a change never overtakes it: every store keeps the larger sequence.

    Example: `franca resnapshot crm.cust --dry-run`
    """
    franca: Context = context.obj
    project = franca.project
    wanted = Resnapshot(project, table)
    places = find_endpoints(project, store=False)
    cluster = places.cluster
    if origin is Origin.SIGNAL or where or (origin is None and wanted.can_signal):
        _signal(wanted, cluster, where, dry_run=dry_run, as_json=as_json)
        return
    topics = wanted.topics(cluster)
    companions = wanted.companions(cluster, topics)
    if companions:
        typer.echo(f"the same topics feed {', '.join(companions)}, which are taken again as well", err=True)
    seeker = Seeker(project, places, wanted.pipeline)
    for place, first in seeker.beginnings(topics).items():
        told = f"{place.topic}/{place.partition}: what was before offset {first} is gone from the topic"
        typer.echo(f"{told}; the archive has it", err=True)
    carry_out(seeker, seeker.plan("earliest", Only(topics)), dry_run=dry_run, yes=yes, as_json=as_json)


def _signal(wanted: Resnapshot, cluster: Cluster, where: str, *, dry_run: bool, as_json: bool) -> None:
    topic, key, value = message = wanted.signal(where)
    if not dry_run:
        wanted.send(cluster, message)
    told = {
        "topic": topic,
        "key": (key or b"").decode(),
        "value": (value or b"").decode(),
        "sent": not dry_run,
    }
    if as_json:
        print_json(told)
    else:
        say(f"{'would send' if dry_run else 'sent'} to {topic}, key {told['key']}: {told['value']}")
