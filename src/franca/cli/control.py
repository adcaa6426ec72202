"""`franca pause` and `franca resume`: one pipeline stands still, the others go on."""

from typing import Annotated

import typer

from franca.cli.completion import pipelines as complete_pipelines
from franca.cli.context import Context
from franca.cli.output import print_json, print_table
from franca.config.pipelines import chosen_pipelines
from franca.local.endpoints import find_endpoints
from franca.operations.control import Controls

Pipelines = Annotated[
    list[str], typer.Argument(help="The pipelines, by name.", autocompletion=complete_pipelines)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("pause")(pause)
    app.command("resume")(resume)


def pause(
    context: typer.Context,
    pipelines: Pipelines,
    reason: Annotated[str, typer.Option(help="Why, for whoever reads `franca status`.")] = "",
    as_json: AsJson = False,
) -> None:
    """Pause pipelines: all their workers stop reading and writing, on every machine, until `franca resume`.

    It holds for workers started later as well. Workers finish the batch in hand and keep their place in the
    consumer group. Returns when all have; exit code 1 where one has not answered.

    Example: `franca pause store --reason "the database is being moved"`
    """
    controls = _controls(context.obj)
    found = controls.pause(chosen_pipelines(context.obj.project, pipelines), reason)
    if as_json:
        print_json(found)
    else:
        columns = ("pipeline", "state", "workers that heed it")
        rows = [
            (p.pipeline, str(p.pause), f"{len(p.heeding)} of {len(p.heeding) + len(p.silent)}") for p in found
        ]
        print_table("", columns, rows)
    silent = [(each.pipeline, worker) for each in found for worker in each.silent]
    for pipeline, worker in silent:
        typer.echo(
            f"{pipeline}: no answer from the worker {worker}; it heeds the pause when it can", err=True
        )
    if silent:
        raise typer.Exit(1)


def resume(context: typer.Context, pipelines: Pipelines, as_json: AsJson = False) -> None:
    """Let paused pipelines go on, from where their stores are.

    Example: `franca resume store`
    """
    controls = _controls(context.obj)
    found = controls.resume(chosen_pipelines(context.obj.project, pipelines))
    if as_json:
        print_json([{"pipeline": name, "was": was} for name, was in found.items()])
        return
    for name, was in found.items():
        typer.echo(f"{name} goes on; it was {was}" if was else f"{name} was not paused")


def _controls(franca: Context) -> Controls:
    return Controls(franca.project, find_endpoints(franca.project, store=False).cluster)
