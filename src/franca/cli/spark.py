"""`franca spark`: the lake and the store written by Spark, and the lake folded by it."""

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

import typer

from franca.cli.context import Context
from franca.cli.lake import Names, chosen_entities, print_folded
from franca.cli.orders import Order, made_ready
from franca.cli.output import console, print_json, print_table, tell
from franca.cli.telling import telling
from franca.config.names import LAKE, STORE
from franca.errors import UsageError
from franca.local.upkeep import SCRATCH
from franca.pipeline.control import KafkaControl
from franca.pipeline.stop import stop_on_signals
from franca.types import Tally

commands = typer.Typer(no_args_is_help=True, help="Write and fold the lake on a Spark cluster.")

SAY_SECONDS = 5.0
WORKER = "spark"

Master = Annotated[
    str,
    typer.Option(help="Where Spark runs, as it says it itself; `spark-submit` knows better.", metavar="URL"),
]
Conf = Annotated[
    list[str] | None,
    typer.Option(help="A setting of Spark's, as often as needed.", metavar="NAME=VALUE"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    from franca.cli.spark_backfill import backfill  # which has options of this file

    commands.command("backfill")(backfill)
    app.add_typer(commands, name="spark")


def _pipelines() -> list[str]:
    return [LAKE, STORE]


Written = Annotated[str, typer.Argument(help="What is written: lake or store.", autocompletion=_pipelines)]
UntilCaughtUp = Annotated[
    bool, typer.Option("--until-caught-up", help="End when all that is there now is stored.")
]
Kafka = Annotated[
    list[str] | None,
    typer.Option(help="An option of Spark's Kafka client, as often as needed.", metavar="NAME=VALUE"),
]


@commands.command("stream")
def stream(
    context: typer.Context,
    pipeline: Written = LAKE,
    until_caught_up: UntilCaughtUp = False,
    seconds: Annotated[float, typer.Option(help="How often a micro-batch begins.", min=0)] = 1.0,
    most_records: Annotated[int, typer.Option(help="What a micro-batch takes at most.", min=1)] = 1_000_000,
    master: Master = "local[*]",
    conf: Conf = None,
    kafka: Kafka = None,
    as_json: AsJson = False,
) -> None:
    """Stream the entities' events into the lake or the store by Spark, each exactly once.

    The very same tables as `franca run` writes: either goes on where the other was, never both at once. Runs
    until SIGINT or SIGTERM. Exit code 3 where PySpark or a Java for it is missing.

    Example: `franca spark stream --until-caught-up`, or
    `franca spark stream lake --master spark://host:7077 --conf spark.executor.memory=4g --seconds 10`
    """
    if pipeline not in (LAKE, STORE):
        raise UsageError.one(pipeline, f"Spark writes {LAKE} or {STORE}", "name one of them")
    chosen = assigned("--conf", conf)
    own: dict[str, Any] = {"seconds": seconds, "most_records": most_records}
    own |= {"kafka": assigned("--kafka", kafka), "until_caught_up": until_caught_up}
    from franca.spark.project import destination_of, settings_of  # in an extra
    from franca.spark.session import session_for
    from franca.spark.stream import EventStream

    franca: Context = context.obj
    spare = franca.project.state / "spark"
    with (
        telling() as progress,
        session_for(spare, master, chosen, progress) as session,
        stop_on_signals() as stop,  # PySpark has signals of its own while a session opens
    ):
        places = made_ready(franca.project, franca.profile, Order([pipeline], until_caught_up)).places
        running = EventStream(
            session,
            replace(settings_of(franca.project, places, pipeline), **own),
            destination_of(franca.project, places, pipeline),
            KafkaControl(places.cluster, pipeline, WORKER),
            _Said(pipeline),
        )
        state = running.run(stop)
    _print_streamed(running.tallies, as_json=as_json)
    if state == "paused":
        tell(f"{pipeline} is paused; not caught up: `franca resume {pipeline}` lets it go on")
        raise typer.Exit(1)


def _print_streamed(tallies: Mapping[str, Tally], *, as_json: bool) -> None:
    rows = [(topic, *tally) for topic, tally in tallies.items()]
    names = ("topic", "read", "written", "dead")
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        print_table("", names, rows)


@commands.command("fold")
def fold(
    context: typer.Context,
    names: Names = None,
    master: Master = "local[*]",
    conf: Conf = None,
    as_json: AsJson = False,
) -> None:
    """Fold new events into the snapshots by Spark, many ranges of keys at once.

    The very same tables as `franca lake fold` makes: either goes on where the other was. Exit code 3 where
    PySpark or a Java for it is missing.

    Example: `franca spark fold customer --master spark://host:7077`
    """
    named = assigned("--conf", conf)
    from franca.spark.fold import SparkFold  # in an extra
    from franca.spark.session import session_for

    places, chosen = chosen_entities(context, names)
    state = context.obj.project.state
    with telling() as progress, session_for(state / "spark", master, named, progress) as session:
        run = SparkFold(session, places.lake_url, places.lake_options, state / SCRATCH).run
        found = []
        for shape in chosen:
            telling_of = partial(progress, f"folding {shape.name}")
            telling_of(0, 0)
            found.append(run(shape, telling_of))
    print_folded(found, as_json=as_json)


class _Said:
    """Says now and then how many records are done, and once each trouble that keeps the stream."""

    def __init__(self, pipeline: str) -> None:
        self._pipeline = pipeline
        self._at, self._trouble = time.monotonic(), ""

    def __call__(self, records: int, trouble: str) -> None:
        now, before, self._trouble = time.monotonic(), self._trouble, trouble
        if trouble and trouble != before:
            console(error=True).print(f"{self._pipeline}: {trouble}", markup=False)
        elif not trouble and now - self._at >= SAY_SECONDS:
            self._at = now
            console(error=True).print(f"{self._pipeline}: {records:,} read", markup=False)


def assigned(option: str, given: list[str] | None) -> Mapping[str, str]:
    """Return what was given as NAME=VALUE. Raises UsageError."""
    found = {}
    for text in given or ():
        name, separator, value = text.partition("=")
        if not name or not separator:
            raise UsageError.one(option, f"got {text!r}, expected NAME=VALUE", "check the option")
        found[name] = value
    return found
