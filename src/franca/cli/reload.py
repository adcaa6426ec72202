"""`franca reload`: has the runs of this machine take up a changed model, mappings or settings."""

import time
import uuid
from typing import Annotated

import typer

from franca.cli.context import Context
from franca.cli.output import print_json, print_table
from franca.config.project import Project
from franca.errors import DefinitionError, UsageError
from franca.operations.publication import require_published
from franca.operations.runs import Run, ask, follow, live_runs

LOOK_SECONDS = 0.1
WAIT_SECONDS = 900.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reload")(reload)


def reload(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Have the running pipelines take up the project as its files are now, worker by worker, without a gap.

    First the project is checked; what differs from its published contracts must be migrated before. Lake and
    store go first, then the on-ramps: who reads knows a new field before the first event that has it. Each
    new worker is ready before the old one hands over its place, in about a second. Where a new worker can't
    start, the rest goes on as it was.

    Example: `franca migrate --yes && franca reload`
    """
    franca: Context = context.obj
    project = franca.project
    project.check()
    require_published(project)
    runs = live_runs(project.state)
    if not runs:
        raise UsageError.one("reload", "no run of this project is on this machine", "start one: `franca run`")
    done = [_reload(project, run) for run in runs]
    if as_json:
        print_json(done)
    else:
        for run in done:
            rows = [
                (c.worker, c.what, f"{c.seconds:.1f}" if c.seconds else "", c.failure) for c in run.changes
            ]
            columns = ("worker", "what", "seconds without", "why not")
            print_table(f"run {run.pid}: {run.state}", columns, rows)
    problems = [problem for run in done for problem in run.problems]
    for problem in problems:
        typer.echo(problem, err=True)
    if any(run.state != "reloaded" for run in done):
        raise typer.Exit(1)


def _reload(project: Project, run: Run) -> Run:
    """Ask a run to reload, and wait until it has answered."""
    name, deadline = uuid.uuid4().hex, time.monotonic() + WAIT_SECONDS
    ask(project.state, run, name)
    while time.monotonic() < deadline:
        now = follow(project.state, run)
        if now is None:
            raise DefinitionError.one(f"run {run.pid}", "has ended meanwhile", "start it again: `franca run`")
        if now.request == name and now.state != "reloading":
            return now
        time.sleep(LOOK_SECONDS)
    reason = f"has not reloaded within {WAIT_SECONDS:.0f} s"
    raise DefinitionError.one(f"run {run.pid}", reason, "see what it says; `franca status` shows its workers")
