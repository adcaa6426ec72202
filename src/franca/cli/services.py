"""`franca up` and `franca down`: the project's own Kafka and PostgreSQL."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from franca.cli.context import Context
from franca.cli.output import console, print_json, without_password
from franca.config.project import Project
from franca.config.schema_registry import local_port

if TYPE_CHECKING:
    from franca.local.services import Services, ServiceStatus


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
    Services that franca.toml names are the user's own and are left alone. A schema registry is started where
    `[registry]` says `local = true`.

    Example: `franca up`
    """
    franca: Context = context.obj
    began = time.monotonic()
    services = start_services(franca.project)
    if as_json:
        print_json({service.name: service.address for service in services})
        return
    for service in services:
        address = without_password(service.address) if service.name == "postgres" else service.address
        typer.echo(f"{service.name:9} {address}   log {service.log}")
    typer.echo(
        f"up in {time.monotonic() - began:.1f} s" if services else "nothing to start: all are your own"
    )


def down(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was stopped as JSON.")] = False,
) -> None:
    """Stop the services that `franca up` started; their data stays under .franca/.

    Example: `franca down`
    """
    franca: Context = context.obj
    stopped = stop_services(franca.project)
    if as_json:
        print_json({"stopped": stopped})
    else:
        typer.echo("down")


def start_services(project: Project) -> "Sequence[ServiceStatus]":
    """Start the project's local services side by side, with progress bars on a terminal."""
    if _are_own(project):
        return ()
    services = _services(project)
    with _progress() as progress:
        services.up(progress)
    return services.status()


def stop_services(project: Project) -> list[str]:
    """Stop the project's local services; return the names of those that ran, when they are gone.

    What was started is stopped whatever the settings say today: they may name the user's own by now.
    """
    if _are_own(project) and not (project.state / "services.json").exists():
        return []
    return _services(project).down()


def _are_own(project: Project) -> bool:
    """Return whether all services are the user's own, so that nothing of a local one is needed."""
    settings = project.settings
    return bool(settings.kafka.bootstrap and settings.store.dsn and not settings.registry.local)


def _services(project: Project) -> "Services":
    from franca.local.services import Services  # in an extra

    settings = project.settings
    return Services(
        project.state,
        kafka=not settings.kafka.bootstrap,
        postgres=not settings.store.dsn,
        registry=local_port(settings.registry),
    )


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
