"""`franca topics`: the topics as they should be, and as they are."""

from typing import Annotated

import typer

from franca.cli.context import Context
from franca.cli.output import print_json, print_table
from franca.config.endpoints import Endpoints
from franca.config.project import Project
from franca.config.topics import raw_plan, topic_plans
from franca.local.endpoints import find_endpoints
from franca.topics.admin import TopicReport, check_topics, ensure_topics


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("topics")(topics)


def topics(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only compare; create nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Create the topics that are missing, and report those that differ from franca.toml.

    An existing topic is never changed. Exit code 1 if one differs.

    Example: `franca topics --dry-run`
    """
    franca: Context = context.obj
    project = franca.project
    project.check()
    admin = find_endpoints(project, store=False).cluster.admin()
    plans = topic_plans(project)
    report = check_topics(admin, plans) if dry_run else ensure_topics(admin, plans)
    if as_json:
        print_json(report)
    else:
        rows = [
            (p.name, p.partitions, p.replication, _state(p.name, report), _differences(p.name, report))
            for p in plans
        ]
        print_table("", ("topic", "partitions", "replication", "state", "difference"), rows)
    if report.differences:
        raise typer.Exit(1)


def create_topics(project: Project, places: Endpoints, raw: str = "") -> TopicReport:
    """Create the project's missing topics before something writes to them; say on stderr what differs.

    `raw` is one raw topic more, which the project knows by a pattern.
    """
    plans = {plan.name: plan for plan in topic_plans(project)}
    if raw:
        plans.setdefault(raw, raw_plan(project, raw))
    report = ensure_topics(places.cluster.admin(), list(plans.values()))
    for difference in report.differences:
        typer.echo(f"warning: {difference}; left as it is", err=True)
    return report


def _differences(name: str, report: TopicReport) -> str:
    return "; ".join(each.what for each in report.differences if each.topic == name)


def _state(name: str, report: TopicReport) -> str:
    if name in report.created:
        return "created"
    return "missing" if name in report.missing else "exists"
