"""`franca run`: streams until stopped, or until caught up."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from franca.cli.completion import pipelines as complete_pipelines
from franca.cli.context import Context
from franca.cli.output import console, print_json, tell
from franca.cli.progress_table import progress_table, summary
from franca.cli.topics import create_topics
from franca.config.pipelines import chosen_pipelines
from franca.config.project import Project
from franca.config.schema_registry import register_schemas
from franca.config.settings import RunSettings
from franca.local.catch_up import CatchUp
from franca.local.endpoints import find_endpoints
from franca.local.job import Job
from franca.local.restarts import signal_name
from franca.local.workers import Worker, Workers
from franca.pipeline.stop import Stop, stop_on_signals
from franca.pipeline.visible import visible
from franca.topics.cluster import Cluster

LOOK_SECONDS = 0.2
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


class Order:
    """What is to be run, how wide, and whether it ends by itself."""

    def __init__(
        self, pipelines: Sequence[str] = (), until_caught_up: bool = True, workers: int | None = None
    ) -> None:
        self.pipelines = pipelines
        self.until_caught_up = until_caught_up
        self.workers = workers


def run_project(
    project: Project, profile: str, order: Order, stop: Stop, started: Callable[[Workers], None] | None = None
) -> Workers:
    """Run pipelines in worker processes until stopped or caught up; return the workers as they ended.

    `started` is given the workers once they are launched, for whoever wants to watch them.
    """
    names = chosen_pipelines(project, order.pipelines)
    project.check()
    for application in project.applications:
        project.versions.publish(application.name, application.hash)
    places = find_endpoints(project, store=not order.pipelines or "store" in names)
    create_topics(project, places)
    register_schemas(project)
    team = Workers(project.state / "logs")
    hashes = {application.name: application.hash for application in project.applications}
    catch_up = CatchUp(project, Cluster(places.bootstrap, places.kafka_options).admin(), names)
    settings = project.settings
    try:
        for name in names:
            own = settings.pipelines.get(name)
            count = order.workers or (own.workers if own else None) or settings.run.workers
            job = Job(str(project.folder), profile, name, places, order.until_caught_up, mappings=hashes)
            team.start([job], count)
        if started is not None:
            started(team)
        if order.until_caught_up:
            catch_up.begin(team)
        with _page(team, settings.run) as port:
            _follow(team, catch_up if order.until_caught_up else None, stop, port)
    finally:
        team.stop()
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


def _follow(team: Workers, catch_up: CatchUp | None, stop: Stop, port: int) -> None:
    """Show progress until all workers have ended, one has failed while catching up, or stop is asked."""
    out = console(error=True)
    if port > 0:
        out.print(f"metrics http://127.0.0.1:{port}/metrics  health /health", markup=False)
    said, last = time.monotonic(), ""
    told: set[str] = set()
    with Live(console=out, refresh_per_second=4, transient=True) as live:
        while team.running() and not stop.wait(LOOK_SECONDS):
            failed = [w for w in team.watch() if w.code]
            if failed and catch_up:
                out.print("a pipeline failed: the others are stopped, caught up or not", markup=False)
                return
            _tell_killed(team, told, out)
            for worker in failed:
                out.print(f"{_failure(worker)}\n  the others go on", markup=False)
            if catch_up:
                catch_up.go_on(team)
            if out.is_terminal:
                live.update(progress_table(team.pictures()))
            elif time.monotonic() - said >= SAY_SECONDS and _line(team.all) != last:
                said, last = time.monotonic(), _line(team.all)
                out.print(last, markup=False)


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
