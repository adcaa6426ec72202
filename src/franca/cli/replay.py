"""`franca replay`: the archived past through the present mappings, shown first, then published."""

from typing import Annotated

import typer

from franca.cli.completion import applications, tables
from franca.cli.context import Context
from franca.cli.moments import HELP, span


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay")(replay)


def replay(
    context: typer.Context,
    application: Annotated[
        str, typer.Option(help="The application whose past is replayed.", autocompletion=applications)
    ],
    table: Annotated[
        str, typer.Option(help="Only this table: `cust` or `crm.cust`.", autocompletion=tables)
    ] = "",
    since: Annotated[
        str | None, typer.Option(help=f"Only records that came at this moment or later: {HELP}.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Only records that came before this moment.")] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Show what would change; publish nothing.")] = False,
    publish: Annotated[
        bool, typer.Option("--publish", "--yes", "-y", help="Publish without asking.")
    ] = False,
    all_: Annotated[
        bool, typer.Option("--all", help="Publish each event of every record, not each changed entity once.")
    ] = False,
    delete_orphans: Annotated[
        bool, typer.Option("--delete-orphans", help="Delete what the records that made it make no more.")
    ] = False,
    samples: Annotated[int, typer.Option(help="How many samples of each kind.", min=0)] = 5,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show personal data as well.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Run the archive's raw records through the present mappings: what would change, then publish that.

    Each entity is compared with its newest event on its topic. One that changes is published once, and
    nothing comes behind a newer event. Begun again after a kill, it publishes what is left. A model that
    differs from its published contracts is refused, as by `franca run`; --diff says so.
    Exit code 1 if something is refused that was not before, or if the archive is damaged: the rest is done.

    Example: `franca replay --application crm --table cust --diff`, then `--publish` in place of `--diff`
    """
    from franca.cli.replay_run import Wanted, replayed, retold  # needs an extra, as the archive does

    franca: Context = context.obj
    franca.project.check()
    wanted = Wanted(diff, publish, delete_orphans, samples, reveal, as_json)
    work = retold if all_ else replayed
    if not work(franca.project, wanted.past(franca.project, application, table, *span(since, until)), wanted):
        raise typer.Exit(1)
