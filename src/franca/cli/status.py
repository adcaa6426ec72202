"""`franca status`: where everything is, and how far each pipeline is."""

from typing import Annotated

import typer

from franca.cli.context import Context
from franca.cli.output import print_json, print_table, without_password
from franca.config.endpoints import endpoints
from franca.config.standing import standings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status")(status)


def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Show the services' addresses, and per pipeline read, written, dead, lag and the last error.

    Counts are since each pipeline's first record, over all workers and runs. The store's password is shown
    with --json only.

    Example: `franca status --json`
    """
    from franca.local.kafka import LocalKafka  # in an extra
    from franca.local.postgres import LocalPostgres  # as above

    franca: Context = context.obj
    project = franca.project
    broker, server = LocalKafka(project.state), LocalPostgres(project.state)
    places = endpoints(project, broker.bootstrap, server.dsn)
    own_kafka, own_store = bool(project.settings.kafka.bootstrap), bool(project.settings.store.dsn)
    states = {
        "kafka": "your own" if own_kafka else _state(broker.running()),
        "store": "your own" if own_store else _state(server.running()),
    }
    pipelines = list(standings(project, places)) if own_kafka or broker.running() else []
    if as_json:
        print_json(
            {
                "kafka": {"bootstrap": places.bootstrap, "state": states["kafka"]},
                "store": {"dsn": places.dsn, "state": states["store"]},
                "lake": {"url": places.lake_url},
                "archive": {"url": places.archive_url},
                "pipelines": {p.pipeline: p for p in pipelines},
            }
        )
        return
    rows = [
        ("kafka", states["kafka"], places.bootstrap),
        ("store", states["store"], without_password(places.dsn)),
        ("lake", "", places.lake_url),
        ("archive", "", places.archive_url),
    ]
    print_table("", ("service", "state", "address"), rows)
    columns = ("pipeline", "workers", "read", "written", "dead", "lag", "last error")
    lines = [(p.pipeline, p.workers, p.read, p.written, p.dead, p.lag, p.last_error) for p in pipelines]
    print_table("\nPipelines" if lines else "\nno pipelines: kafka is not running", columns, lines)


def _state(running: bool) -> str:
    return "running" if running else "down: `franca up` starts it"
