"""`franca run`: streams until stopped, or until caught up."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.live import Live

from franca.cli.completion import pipelines as complete_pipelines
from franca.cli.context import Context
from franca.cli.orders import Order, made_ready
from franca.cli.output import console, print_json, tell
from franca.cli.progress_table import progress_table, summary
from franca.cli.reloading import Reloading
from franca.config.names import LAKE
from franca.config.project import Project
from franca.config.settings import RunSettings
from franca.local.catch_up import CatchUp
from franca.local.restarts import signal_name
from franca.local.upkeep import Upkeep
from franca.local.workers import Worker, Workers
from franca.operations.runs import RunFile
from franca.pipeline.stop import Stop, stop_on_signals
from franca.pipeline.visible import visible

LOOK_SECONDS = 0.2
STANDING_LOOK_SECONDS = 0.5
"""How often a run that goes on looks around: half of what it costs while nothing happens."""

SAY_SECONDS = 5.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(
    context: typer.Context,
    pipelines: Annotated[
        list[str] | None,
        typer.Argument(
            help="Pipelines to run; all of them where none is named.", autocompletion=complete_pipelines
        ),
    ] = None,
    until_caught_up: Annotated[
        bool, typer.Option("--until-caught-up", help="End when all that is there now is stored everywhere.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(help="Processes per pipeline, in one consumer group.", min=1)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the final counts as JSON.")] = False,
) -> None:
    """Stream: raw topics to archive and entity topics, entity topics to lake and store.

    Runs until SIGINT or SIGTERM, then drains, commits and ends. Serves /metrics and /health.
    Logs are in .franca/logs/, one file per worker. A paused pipeline keeps its place and does nothing; with
    --until-caught-up it ends at once, and the exit code is 1 where it was behind.

    Example: `franca run --until-caught-up`, or `franca run --workers 4 crm.on-ramp lake`
    """
    franca: Context = context.obj
    with stop_on_signals() as stop:
        team = run_project(
            franca.project, franca.profile, Order(pipelines or [], until_caught_up, workers), stop
        )
    pictures = [w.progress for w in team.all if w.progress is not None]
    if as_json:
        print_json(pictures)
    else:
        summary(pictures)
    failed = [w for w in team.all if w.code not in (0, None)]
    for worker in failed:
        tell(_failure(worker))
    held = {p.pipeline: p.paused for p in pictures if p.state == "paused"}
    for name, paused in held.items():
        tell(f"{name} is {paused}; not caught up: `franca resume {name}` lets it go on")
    if failed or held:
        raise typer.Exit(1)


def _failure(worker: Worker) -> str:
    """Return why a worker failed: what it told at last, or how it ended."""
    code = worker.code or 0
    reason = f"it was ended by {signal_name(-code)}" if code < 0 else f"it ended with code {code}"
    if worker.progress is not None and worker.progress.last_error:
        reason = worker.progress.last_error
    return f"{worker.name} failed: {visible(reason)}\n  log {worker.log}"


def run_project(
    project: Project, profile: str, order: Order, stop: Stop, started: Callable[[Workers], None] | None = None
) -> Workers:
    """Run pipelines in worker processes until stopped or caught up; return the workers as they ended.

    `started` is given the workers once they are launched, for whoever wants to watch them.
    """
    ready = made_ready(project, profile, order)
    team = Workers(project.state / "logs")
    catch_up = CatchUp(project, ready.places.cluster, [job.pipeline for job, _ in ready.jobs])
    file = RunFile(project.state, ready.contracts, ends_by_itself=order.until_caught_up)
    reloading = Reloading(file, team, project.folder, profile, order)
    has_lake = not order.until_caught_up and any(job.pipeline == LAKE for job, _ in ready.jobs)
    seconds = project.settings.lake.upkeep_seconds if has_lake else 0.0
    upkeep = Upkeep(project.folder, profile, team.logs / "lake.upkeep.log", seconds)
    try:
        for job, count in ready.jobs:
            team.start([job], count)
        if started is not None:
            started(team)
        if order.until_caught_up:
            catch_up.begin(team)
        with _page(team, project.settings.run) as port:
            _follow(team, catch_up if order.until_caught_up else None, stop, Rim(port, reloading, upkeep))
    finally:
        upkeep.close()
        team.stop()
        file.close()
    return team


@contextmanager
def _page(team: Workers, settings: RunSettings) -> Iterator[int]:
    """Serve metrics and health while the block runs; give the port, -1 where none is wanted."""
    if settings.metrics_port < 0:
        yield -1
        return
    from franca.pipeline.metrics import Gauges, MetricsServer  # in an extra

    gauges = Gauges()
    team.hear, gauges.restarts = gauges.show, team.restarts
    server = MetricsServer(gauges, settings.metrics_host, settings.metrics_port)
    try:
        yield server.port
    finally:
        server.close()


class Rim(NamedTuple):
    """What a run has beside its workers: its page's port, -1 for none, reloads, the lake's upkeep."""

    port: int
    reloading: Reloading
    upkeep: Upkeep


def _follow(team: Workers, catch_up: CatchUp | None, stop: Stop, rim: Rim) -> None:
    """Show progress until all workers have ended, one has failed while catching up, or stop is asked."""
    out = console(error=True)
    if rim.port > 0:
        out.print(f"metrics http://127.0.0.1:{rim.port}/metrics  health /health", markup=False)
    said, last = time.monotonic(), ""
    told: set[str] = set()

    def say(text: str) -> None:
        out.print(text, markup=False)

    with Live(console=out, auto_refresh=out.is_terminal, refresh_per_second=4, transient=True) as live:
        pause = LOOK_SECONDS if catch_up else STANDING_LOOK_SECONDS
        while team.running() and not stop.wait(pause):
            rim.reloading.look(lambda: _looked_after(team, told, out) is not None and not stop.requested, say)
            if _looked_after(team, told, out) and catch_up:
                out.print("a pipeline failed: the others are stopped, caught up or not", markup=False)
                return
            rim.upkeep.look()
            if catch_up:
                catch_up.go_on(team)
            if out.is_terminal:
                live.update(progress_table(team.pictures()))
            elif time.monotonic() - said >= SAY_SECONDS and _line(team.all) != last:
                said, last = time.monotonic(), _line(team.all)
                out.print(last, markup=False)


def _looked_after(team: Workers, told: set[str], out: Console) -> list[Worker]:
    """Look after the workers; return those that failed since the last look, which are told."""
    failed = [worker for worker in team.watch() if worker.code]
    _tell_killed(team, told, out)
    for worker in failed:
        out.print(f"{_failure(worker)}\n  the others go on", markup=False)
    return failed


def _tell_killed(team: Workers, told: set[str], out: Console) -> None:
    """Say once of each worker that a signal ended it, and that it is put back."""
    for worker in team.all:
        ended_by = worker.restarts.ended_by
        if ended_by and worker.name not in told:
            told.add(worker.name)
            hint = "; is memory short?" if ended_by == "SIGKILL" else ""
            text = f"{worker.name} was ended by {ended_by} and is put back, later each time it happens{hint}"
            out.print(f"{text}\n  log {worker.log}", markup=False)


def _line(workers: Sequence[Worker]) -> str:
    parts = [
        f"{w.name} {w.progress.state} read {w.progress.read:,} lag {sum(w.progress.lag.values()):,}"
        + (f" ({w.progress.paused})" if w.progress.paused else "")
        + (f" restarts {w.restarts.count}" if w.restarts.count else "")
        + (f" ({w.progress.last_error})" if w.progress.last_error else "")
        for w in workers
        if w.progress is not None and w.code is None
    ]
    return " | ".join(parts)
