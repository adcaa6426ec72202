"""`franca demo`: a legacy bank streams through real services, and every stage is compared."""

import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer

from franca.cli.demo_report import Result, say_next, show
from franca.cli.orders import Order
from franca.cli.output import print_json
from franca.cli.run import run_project
from franca.cli.services import start_services, stop_services
from franca.cli.topics import create_topics
from franca.config.endpoints import Endpoints
from franca.config.project import Project, load
from franca.errors import UsageError
from franca.local.endpoints import find_endpoints
from franca.local.workers import Workers
from franca.pipeline.stop import Stop, stop_on_signals
from franca.sinks.publisher import Publisher
from franca.types import Message

MARK = ".franca-demo"
LIVE_PER_SECOND, LIVE_MESSAGES, STEP = 1_000, 6_000, 10


@dataclass(frozen=True, slots=True)
class Size:
    """How large the demo's bank is."""

    customers: int
    accounts: int
    changes: int


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    folder: Annotated[Path, typer.Option(help="Folder to make; an older demo in it is replaced.")] = Path(
        "franca-demo"
    ),
    customers: Annotated[int, typer.Option(min=1)] = 20_000,
    accounts: Annotated[int, typer.Option(min=0)] = 30_000,
    changes: Annotated[int, typer.Option(min=0)] = 50_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Stream a legacy bank through a real Kafka into topics, lake and store, and compare every stage.

    Exit code 1 if any two stages disagree. The project stays in the folder, to play with.

    Example: `franca demo --customers 1000 --accounts 1000 --changes 500`
    """
    project = load(_prepare(folder))
    typer.echo("1  start a real Kafka and a real PostgreSQL (the first time fetches Kafka, 44 MB)", err=True)
    start_services(project)
    try:
        with stop_on_signals() as stop:
            result = _perform(project, Size(customers, accounts, changes), stop)
        if not as_json:
            show(project, result, LIVE_PER_SECOND)
    finally:
        stop_services(project)
    agree = all(count.agrees for count in result.counts)
    if as_json:
        print_json({"agree": agree, "entities": result.counts, "sent": result.sent,
                    "seconds": result.seconds, "pipelines": result.live})  # fmt: skip
    else:
        say_next(folder, agree=agree)
    if not agree:
        raise typer.Exit(1)


def _prepare(folder: Path) -> Path:
    """Copy the bank's project into the folder. Raises UsageError where it holds anything else."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            remedy = "choose another with --folder"
            raise UsageError.one(str(folder), "holds something else than an older demo", remedy)
        stop_services(load(folder))
        shutil.rmtree(folder)
    shutil.copytree(bank(), folder, ignore=shutil.ignore_patterns("__pycache__", ".franca", "contracts"))
    (folder / MARK).touch()
    return folder.resolve()


def bank() -> Path:
    """Return the folder of the example: in the package, or beside it in a checkout."""
    packaged = Path(str(files("franca"))) / "examples" / "bank"
    return packaged if packaged.exists() else Path(str(files("franca"))).parents[1] / "examples" / "bank"


def _perform(project: Project, size: Size, stop: Stop) -> Result:
    from franca.local.reconcile import reconcile  # in an extra, and slow to load

    places = find_endpoints(project)
    create_topics(project, places)
    messages = list(_messages(project, size))
    live_from = max(0, len(messages) - LIVE_MESSAGES)
    began = time.monotonic()
    typer.echo(f"2  send {live_from:,} raw messages, and map and store them", err=True)
    _send(places, messages[:live_from])
    bulk = run_project(project, "", Order(), stop)
    seconds = time.monotonic() - began
    typer.echo(f"3  send {len(messages) - live_from:,} more, {LIVE_PER_SECOND:,} a second", err=True)
    live = _live(project, places, messages[live_from:], stop)
    run_project(project, "", Order(), stop)
    typer.echo("4  compare the stages", err=True)
    counts = reconcile(project, places, messages)
    return Result(counts, bulk.pictures(), live.pictures(), live_from, seconds)


def _messages(project: Project, size: Size) -> Iterator[Message]:
    sys.path.insert(0, str(project.folder / "legacy"))
    try:
        generate: Any = import_module("generate")
    finally:
        sys.path.pop(0)
    yield from generate.Bank().messages(size.customers, size.accounts, size.changes)


def _send(places: Endpoints, messages: Sequence[Message]) -> None:
    Publisher(places.cluster).publish(messages)


def _live(project: Project, places: Endpoints, messages: Sequence[Message], stop: Stop) -> Workers:
    """Run all pipelines while messages arrive at a steady rate; return the workers as they ended."""
    own = Stop()
    stop.listen(own.request)
    team: list[Workers] = []
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run_project, project, "", Order(until_caught_up=False), own, team.append)
        while not (running.done() or (team and team[0].all_running()) or own.requested):
            own.wait(0.1)
        publisher, began = Publisher(places.cluster), time.monotonic()
        for start in range(0, len(messages), STEP):
            publisher.send(messages[start : start + STEP])
            if own.wait(max(0.0, began + (start + STEP) / LIVE_PER_SECOND - time.monotonic())):
                break
        publisher.flush()
        own.wait(2.0)
        own.request()
        return running.result()
