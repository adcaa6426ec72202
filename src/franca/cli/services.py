"""`franca up` and `franca down`: the project's own Kafka and PostgreSQL."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from franca.cli.context import Context
from franca.cli.output import console, print_json
from franca.config.project import Project
from franca.local.kafka import LocalKafka
from franca.local.postgres import LocalPostgres

Service = LocalKafka | LocalPostgres


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("up")(up)
    app.command("down")(down)


def up(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print the addresses as JSON.")] = False,
) -> None:
    """Start a real Kafka and a real PostgreSQL for this project, with their data under .franca/.

    The first time their parts are fetched and cached; afterwards it works without a network.
    Services that franca.toml names are the user's own and are left alone.

    Example: `franca up`
    """
    franca: Context = context.obj
    began = time.monotonic()
    services = start_services(franca.project)
    addresses = {name: _address(service) for name, service in services.items()}
    if as_json:
        print_json(addresses)
        return
    for name, service in services.items():
        typer.echo(f"{name:6} {addresses[name]}   log {service.log}")
    typer.echo(
        f"up in {time.monotonic() - began:.1f} s" if services else "nothing to start: all are your own"
    )


def down(context: typer.Context) -> None:
    """Stop the services that `franca up` started; their data stays under .franca/.

    Example: `franca down`
    """
    franca: Context = context.obj
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda service: service.stop(), _services(franca.project).values()))
    typer.echo("down")


def start_services(project: Project) -> dict[str, Service]:
    """Start the project's local services side by side, with progress bars on a terminal."""
    services = _services(project)
    with _progress() as progress, ThreadPoolExecutor() as pool:
        list(pool.map(lambda service: service.start(progress), services.values()))
    return services


def _services(project: Project) -> dict[str, Service]:
    services: dict[str, Service] = {}
    if not project.settings.kafka.bootstrap:
        services["kafka"] = LocalKafka(project.state)
    if not project.settings.store.dsn:
        services["store"] = LocalPostgres(project.state)
    return services


def _address(service: Service) -> str:
    return service.bootstrap if isinstance(service, LocalKafka) else service.dsn


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function that shows how far each thing is; in a pipe it says each thing once."""
    out = console(error=True)
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        console=out,
        transient=True,
        disable=not out.is_terminal,
    )
    tasks: dict[str, TaskID] = {}

    def report(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bars.add_task(what, total=total or None)
            if not out.is_terminal:
                out.print(what, markup=False)
        bars.update(tasks[what], completed=done, total=total or None)

    with bars:
        yield report
