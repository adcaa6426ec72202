"""`franca replay`: the archived past through the present mappings, shown first, then published."""

import sys
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from franca.cli.completion import applications, tables
from franca.cli.context import Context
from franca.cli.moments import HELP, milliseconds
from franca.cli.output import print_json
from franca.cli.telling import telling
from franca.cli.topics import create_topics
from franca.config.endpoints import Endpoints
from franca.config.past import Past
from franca.config.project import Project
from franca.errors import UsageError
from franca.local.endpoints import find_endpoints
from franca.pipeline.stop import stop_on_signals

if TYPE_CHECKING:  # they need an extra
    from franca.config.changes import Report
    from franca.config.republish import Republished


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
    since: Annotated[str, typer.Option(help=f"Only records that came at this moment or later: {HELP}.")] = "",
    until: Annotated[str, typer.Option(help="Only records that came before this moment.")] = "",
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
    nothing comes behind a newer event. Begun again after a kill, it publishes what is left.
    Exit code 1 if something is refused that was not before, or if the archive is damaged: the rest is done.

    Example: `franca replay --application crm --table cust --diff`, then `--publish` in place of `--diff`
    """
    from franca.cli.replay_report import ReplayReport  # needs an extra, as the archive
    from franca.config.comparison import Comparison
    from franca.config.republish import Republish

    franca: Context = context.obj
    project = franca.project
    project.check()
    past = _past(project, application, table, milliseconds(since, "--since"), milliseconds(until, "--until"))
    places = find_endpoints(project, store=False)
    if all_:
        _retell(project, places, past, as_json=as_json, is_agreed=publish and not (diff or delete_orphans))
        return
    with telling() as tell, closing(Comparison(project, places, past, tell, samples)) as comparison:
        report = comparison.run()
        shown = ReplayReport(project, report, is_revealed=reveal)
        if not as_json:
            shown.print_tables()
        published = None
        if publish or (not diff and _agrees(report)):
            create_topics(project, places)
            published = Republish(comparison, tell, deletes_orphans=delete_orphans).run()
    if as_json:
        shown.print_json(published)
    elif published is not None:
        _tell(published)
    if report.refused.now or report.damages:
        raise typer.Exit(1)


def _retell(project: Project, places: Endpoints, past: Past, *, as_json: bool, is_agreed: bool) -> None:
    """Publish every event of a past."""
    from franca.cli.replay_report import print_damages
    from franca.config.full_replay import FullReplay

    if not is_agreed:
        reason = "publishes every event and compares nothing"
        raise UsageError.one("--all", reason, "say --all --publish, without --diff and --delete-orphans")
    create_topics(project, places)
    with telling() as tell, stop_on_signals() as stop:
        told = FullReplay(project, places, past, tell).run(stop)
    if as_json:
        print_json(msgspec.to_builtins(told))
    else:
        print_damages(told.damages, told.left_out)
        typer.echo(
            f"{told.records:,} records gave {told.events:,} events and {told.letters:,} letters; "
            f"{told.ended:,} letters ended, {told.again:,} newer events published again behind older ones"
        )
    if told.damages or told.letters:
        raise typer.Exit(1)


def _past(project: Project, application: str, table: str, since: int | None, until: int | None) -> Past:
    named, _, bare = table.rpartition(".")
    if named and named != application:
        reason = f"is a table of {named!r}, and --application says {application!r}"
        raise UsageError.one(table, reason, "say one of them")
    if since is not None and until is not None and since >= until:
        raise UsageError.one("--until", "is not later than --since", "give a later moment")
    past = Past(application, bare, since, until)
    past.entities(project)  # says whether there are such an application and table
    return past


def _agrees(report: "Report") -> bool:
    """Ask whether what was shown is to be published; nothing is asked where there is nothing."""
    changes = report.entities.values()
    count = sum(each.created + each.changed + each.deleted for each in changes)
    if not count + report.refused.now + report.refused.no_longer:
        return False
    if not sys.stdin.isatty():
        reason = f"{count:,} events would be published, and nobody can be asked"
        raise UsageError.one("--publish", reason, "say --publish, or --diff to look only")
    return typer.confirm(f"\n{count:,} events will be published. Go on?", abort=True, err=True)


def _tell(published: "Republished") -> None:
    overtaken = f", {published.overtaken:,} overtaken meanwhile" if published.overtaken else ""
    typer.echo(
        f"\n{published.events:,} events published{overtaken}; {published.letters:,} letters written, "
        f"{published.ended:,} ended"
    )
