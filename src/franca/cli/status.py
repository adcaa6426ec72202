"""`franca status`: where everything is, and how far each pipeline is."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from franca.cli.context import Context
from franca.cli.output import print_json, print_table, without_login, without_password
from franca.config.endpoints import Endpoints, endpoints
from franca.config.project import Project
from franca.config.schema_registry import registry_of, url_of
from franca.errors import DefinitionError, UnavailableError
from franca.operations.status import PipelineStatus, statuses

OWN, RUNNING, DOWN = "your own", "running", "down: `franca up` starts it"
NONE = "none: no [store] in franca.toml, and the extra 'local' is not installed"
NOT_RUNNING = 3
"""As `pg_ctl status` and `systemctl status` end, and every command here that lacks a service."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status")(status)


def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Show the services' addresses, and per pipeline read, written, dead, lag, restarts and the last error.

    A paused pipeline says since when and by whom; "running" are those with a worker on this machine.

    Counts are since each pipeline's first record, over all workers and runs. The store's password is shown
    with --json only. Exit code 3, after all is shown, where a service that a pipeline needs does not answer,
    or does not let itself be asked. Nothing is made or changed.

    Example: `franca status --json`
    """
    franca: Context = context.obj
    project = franca.project
    kafka, bootstrap = _kafka(project)
    store, dsn = _store(project)
    states = {"kafka": kafka, "store": store}
    places = endpoints(project, bootstrap, dsn)
    address, answer = without_login(url_of(project.settings.registry)), _registry(project)
    pipelines = list(statuses(project, places)) if kafka != DOWN else []
    if as_json:
        print_json(
            {
                "kafka": {"bootstrap": places.bootstrap, "state": states["kafka"]},
                "store": {"dsn": places.dsn, "state": states["store"]},
                "lake": {"url": places.lake_url},
                "archive": {"url": places.archive_url},
                "registry": {"url": address, "state": answer} if address else None,
                "pipelines": {p.pipeline: p for p in pipelines},
            }
        )
    else:
        _show_services(states, places, address, answer)
        if kafka == DOWN:
            typer.echo("\nno pipelines: kafka is not running")
        else:
            _show(pipelines)
    is_silent = bool(address) and answer not in {OWN, RUNNING}
    if kafka == DOWN or is_silent or any(each.lag is None for each in pipelines):
        raise typer.Exit(NOT_RUNNING)


def _show_services(states: Mapping[str, str], places: Endpoints, registry: str, answer: str) -> None:
    """Show where everything is; `registry` is the registry's address, empty where there is none."""
    rows = [
        ("kafka", states["kafka"], places.bootstrap),
        ("store", states["store"], without_password(places.dsn)),
        ("lake", "", places.lake_url),
        ("archive", "", places.archive_url),
    ]
    if registry:
        rows.append(("registry", answer, registry))
    print_table("", ("service", "state", "address"), rows)


def _show(pipelines: Sequence[PipelineStatus]) -> None:
    """Show the pipelines, and what has changed at their sources."""
    columns = ("pipeline", "state", "workers", "read", "written", "dead", "lag", "restarts", "last error")
    rows = [
        (
            p.pipeline,
            str(p.paused or p.state),
            p.workers,
            *(p.read, p.written, p.dead, p.lag, p.restarts, p.last_error),
        )
        for p in pipelines
    ]
    print_table("\nPipelines", columns, rows)
    drift = [(p.pipeline, d.table, d.column, d.since, d.text) for p in pipelines for d in p.drift]
    if drift:
        print_table("\nChanges at the sources", ("pipeline", "table", "column", "since", "what"), drift)


def _kafka(project: Project) -> tuple[str, str]:
    """Return what the project's Kafka does, and its address where it is a local one."""
    if project.settings.kafka.bootstrap:
        return OWN, ""
    from franca.local.kafka import LocalKafka  # in an extra that only local services need

    broker = LocalKafka(project.state)
    return (RUNNING if broker.running() else DOWN), broker.bootstrap


def _registry(project: Project) -> str:
    """Return whether the project's schema registry answers, empty where there is none."""
    registry, is_local = registry_of(project.settings.registry), project.settings.registry.local
    if registry is None:
        return ""
    try:
        registry.ping()
    except (UnavailableError, DefinitionError) as error:
        return DOWN if is_local else str(error)
    return RUNNING if is_local else OWN


def _store(project: Project) -> tuple[str, str]:
    """Return what the project's PostgreSQL does, and its address where it is a local one."""
    if project.settings.store.dsn:
        return OWN, ""
    try:
        from franca.local.postgres import LocalPostgres  # as above
    except ModuleNotFoundError:
        return NONE, ""
    server = LocalPostgres(project.state)
    if not server.data.exists():
        return DOWN, ""  # it was never started
    return (RUNNING if server.running() else DOWN), server.dsn
