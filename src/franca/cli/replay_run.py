"""What `franca replay` does: compares, shows, asks and publishes, or publishes every event."""

from contextlib import closing
from typing import NamedTuple

import msgspec
import typer

from franca.cli.consent import require_consent
from franca.cli.letter_options import named_table
from franca.cli.orders import prepared, tell_unpublished
from franca.cli.output import print_json
from franca.cli.replay_report import ReplayReport, print_damages
from franca.cli.telling import telling
from franca.config.project import Project
from franca.errors import UsageError
from franca.local.endpoints import find_endpoints
from franca.operations.past.changes import Report
from franca.operations.past.comparison import Comparison
from franca.operations.past.full_replay import FullReplay
from franca.operations.past.past import Past
from franca.operations.past.republish import Republish, Republished
from franca.operations.publication import require_published
from franca.pipeline import collector
from franca.pipeline.stop import stop_on_signals


class Wanted(NamedTuple):
    """What a user asks of a replay: the command's options."""

    is_diff: bool
    is_published: bool
    deletes_orphans: bool
    samples: int
    is_revealed: bool
    as_json: bool

    def past(
        self, project: Project, application: str, table: str, since: int | None, until: int | None
    ) -> Past:
        """Return the past that is meant. Raises UsageError for what the project does not have."""
        _, bare = named_table(table, application)
        past = Past(application, bare, since, until)
        past.entities(project)  # says whether there are such an application and table
        return past


def replayed(project: Project, past: Past, wanted: Wanted) -> bool:
    """Show what changes, and publish it where that is wanted; return whether nothing is wrong.

    Raises DefinitionError where the model differs from what is published, and more than a look is wanted.
    """
    if wanted.is_diff and not wanted.is_published:
        tell_unpublished(project)
    else:
        require_published(project)
    places = find_endpoints(project, store=False)
    collector.rest()
    with telling() as tell, closing(Comparison(project, places, past, tell, wanted.samples)) as comparison:
        report = comparison.run()
        shown = ReplayReport(project, report, is_revealed=wanted.is_revealed)
        if not wanted.as_json:
            shown.print_tables()
        published = None
        if wanted.is_published or (not wanted.is_diff and _agrees(report, wanted)):
            prepared(project, store=False)
            published = Republish(comparison, tell, deletes_orphans=wanted.deletes_orphans).run()
    if wanted.as_json:
        shown.print_json(published)
    elif published is not None:
        _tell(published)
    return not (report.refused.now or report.damages)


def retold(project: Project, past: Past, wanted: Wanted) -> bool:
    """Publish every event of a past; return whether nothing is refused and nothing damaged.

    Raises DefinitionError where the model differs from what is published.
    """
    if not wanted.is_published or wanted.is_diff or wanted.deletes_orphans:
        reason = "publishes every event and compares nothing"
        raise UsageError.one("--all", reason, "say --all --publish, without --diff and --delete-orphans")
    places = prepared(project, store=False)
    collector.rest()
    with telling() as tell, stop_on_signals() as stop:
        told = FullReplay(project, places, past, tell).run(stop)
    if wanted.as_json:
        print_json(msgspec.to_builtins(told))
    else:
        print_damages(told.damages, told.left_out)
        typer.echo(
            f"{told.records:,} records gave {told.events:,} events and {told.letters:,} letters; "
            f"{told.ended:,} letters ended, {told.again:,} newer events published again behind older ones"
        )
    return not (told.damages or told.letters)


def _agrees(report: Report, wanted: Wanted) -> bool:
    """Ask whether what was shown is to be published; nothing is asked where there is nothing."""
    changes = report.entities.values()
    count = sum(each.created + each.changed + each.deleted for each in changes)
    if wanted.deletes_orphans:
        count += sum(each.orphaned for each in changes)
    if not count + report.refused.now + report.refused.no_longer:
        return False
    require_consent(f"{count:,} events would be published", "--publish", "--diff")
    return True


def _tell(published: Republished) -> None:
    overtaken = f", {published.overtaken:,} overtaken meanwhile" if published.overtaken else ""
    typer.echo(
        f"\n{published.events:,} events published{overtaken}; {published.letters:,} letters written, "
        f"{published.ended:,} ended"
    )
