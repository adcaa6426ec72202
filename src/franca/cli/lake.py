"""`franca lake`: how the lake's tables are, and their upkeep."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from franca.cli.completion import entities
from franca.cli.context import Context
from franca.cli.output import named, print_json, print_table
from franca.cli.telling import telling
from franca.cli.verified import print_verified
from franca.config.endpoints import Endpoints, endpoints
from franca.config.pipelines import shapes
from franca.config.settings import MOST_HOURS
from franca.errors import FrancaError, UnavailableError, UsageError
from franca.lake.large_pages import take_large_pages
from franca.local.endpoints import find_endpoints
from franca.local.upkeep import SCRATCH, of_each, tend
from franca.model.shape import Shape

if TYPE_CHECKING:
    from franca.lake.condition import Condition
    from franca.operations.lake_log import LakeLogs

commands = typer.Typer(no_args_is_help=True, help="Look at the lake's tables, and keep them fast.")

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Names = Annotated[
    list[str] | None,
    typer.Argument(help="Entities; all where none is named.", autocompletion=entities, metavar="[ENTITY]..."),
]
KEPT_HOURS = 24


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="lake")


@commands.command("status")
def status(context: typer.Context, names: Names = None, as_json: AsJson = False) -> None:
    """Show each entity's tables: rows, files, and how many events are not folded into the snapshot yet.

    Example: `franca lake status`
    """
    from franca.lake.condition import condition  # in an extra, and slow to load

    places, chosen = chosen_entities(context, names)
    found, errors = of_each(chosen, lambda shape: condition(places.lake_url, shape, places.lake_options))
    if as_json:
        print_json(named([*found.values()]))
    else:
        _print_status(found.values())
    _fail(errors)


def _print_status(found: Iterable["Condition"]) -> None:
    rows = [
        (
            each.entity,
            each.events.rows if each.events else 0,
            each.events.files if each.events else 0,
            each.small_files,
            each.snapshot.rows if each.snapshot else "-",
            each.unfolded,
            _megabytes(each),
        )
        for each in found
    ]
    print_table("", ("entity", "events", "files", "small", "snapshot", "unfolded", "MB"), rows)


@commands.command("fold")
def fold(context: typer.Context, names: Names = None, as_json: AsJson = False) -> None:
    """Fold new events into the snapshot: the current state, from which reading begins.

    Writers go on writing and readers go on reading. A fold that was killed is gone on with.

    Example: `franca lake fold customer`
    """
    take_large_pages()
    from franca.lake.fold import fold as run  # as above

    def work(places: Endpoints, shape: Shape, scratch: Path, tell: Callable[[int, int], None]) -> Any:
        return run(places.lake_url, shape, places.lake_options, scratch, tell)

    found, errors = _each(context, names, "folding", work)
    print_folded(found, as_json=as_json)
    _fail(errors)


def print_folded(found: Sequence[Any], *, as_json: bool) -> None:
    """Print what folds did."""
    if as_json:
        print_json(named(found))
        return
    state = {True: "folded", False: "another fold was quicker"}
    rows = [(each.entity, each.events, each.rows, state[each.is_done]) for each in found]
    print_table("", ("entity", "events", "snapshot", "state"), rows)


@commands.command("upkeep")
def upkeep(context: typer.Context, as_json: AsJson = False) -> None:
    """Do what is due: fold, compact, vacuum, as `[lake]` in franca.toml says. A run does it by itself.

    Example: `franca lake upkeep`
    """
    project = context.obj.project
    done, errors = tend(project, project.state / SCRATCH)
    if as_json:
        print_json(done)
    else:
        rows = [(entity, "; ".join(what) or "-") for entity, what in done.items()]
        print_table("", ("entity", "done"), rows)
    _fail(errors)


@commands.command("compact")
def compact(context: typer.Context, names: Names = None, as_json: AsJson = False) -> None:
    """Put small files of events together, sorted by key: a key's history is in few files then.

    Writers go on writing and readers go on reading.

    Example: `franca lake compact`
    """
    take_large_pages()
    from franca.lake.compaction import compact as run  # as above

    def work(places: Endpoints, shape: Shape, scratch: Path, _: Callable[[int, int], None]) -> Any:
        return run(places.lake_url, shape, places.lake_options, scratch)

    found, errors = _each(context, names, "compacting", work)
    if as_json:
        print_json(named(found))
    else:
        state = {True: "compacted", False: "others changed the table: run it again"}
        rows = [(each.entity, each.before, each.after, each.rows, state[each.is_done]) for each in found]
        print_table("", ("entity", "files before", "files after", "rows", "state"), rows)
    _fail(errors)


@commands.command("vacuum")
def vacuum(
    context: typer.Context,
    names: Names = None,
    keep_hours: Annotated[
        int,
        typer.Option(
            help="Keep what was replaced in so many hours, for those who read it.", min=1, max=MOST_HOURS
        ),
    ] = KEPT_HOURS,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove files that are no part of a table any more, and were none for some hours.

    Example: `franca lake vacuum --keep-hours 48 --dry-run`
    """
    from franca.lake.vacuum import vacuum as run  # as above

    def work(places: Endpoints, shape: Shape, *_: Any) -> Any:
        removed = run(places.lake_url, shape, places.lake_options, keep_hours, dry_run=dry_run)
        return shape.name, removed

    found, errors = _each(context, names, "vacuuming", work)
    if as_json:
        print_json([{"entity": entity, "removed": removed} for entity, removed in found])
    else:
        title = "would be removed" if dry_run else "removed"
        print_table("", ("entity", title), [(entity, len(removed)) for entity, removed in found])
    _fail(errors)


@commands.command("verify")
def verify(
    context: typer.Context,
    names: Names = None,
    topics: Annotated[
        bool | None,
        typer.Option(
            "--topics/--no-topics",
            help="Read the topics, or not. Where nothing is said they are read if Kafka is there.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Prove the tables: each record of the topics once, as many as were counted, the snapshot right.

    Reads tables and topics whole. Exit code 1 if something is wrong, 3 if --topics is said and Kafka is away.

    Example: `franca lake verify customer --json`
    """
    from franca.lake.verification import verify as run  # as above

    logs, away = _logs(context, topics)

    def work(places: Endpoints, shape: Shape, scratch: Path, tell: Callable[[int, int], None]) -> Any:
        log = logs.log(shape) if logs else None
        return run(places.lake_url, shape, places.lake_options, scratch, log, tell)

    found, errors = _each(context, names, "verifying", work)
    if as_json:
        print_json(found)
    print_verified(found, with_table=not as_json)
    if away:
        typer.echo(f"the topics were not read, so events are counted only: {away}", err=True)
    _fail(errors)
    if any(each.problems for each in found):
        raise typer.Exit(1)


def _logs(context: typer.Context, topics: bool | None) -> tuple["LakeLogs | None", str]:
    """Return the topics' logs, None where they are not wanted, or why they are not there."""
    if topics is False:
        return None, ""
    from franca.operations.lake_log import LakeLogs  # as above

    project = context.obj.project
    try:
        return LakeLogs(project, find_endpoints(project, store=False)), ""
    except UnavailableError as error:
        if topics:
            raise
        return None, str(error)


def chosen_entities(context: typer.Context, names: list[str] | None) -> tuple[Endpoints, list[Shape]]:
    """Return where the lake is, and the shapes of the named entities or of all. Raises UsageError."""
    franca: Context = context.obj
    known = {shape.name: shape for shape in shapes(franca.project)}
    for name in names or ():
        if name not in known:
            there = ", ".join(known) or "none"
            raise UsageError.one(name, f"no such entity, the lake has: {there}", "check the name")
    places = endpoints(franca.project, "", "")
    return places, [known[name] for name in dict.fromkeys(names or known)]


def _each(
    context: typer.Context,
    names: list[str] | None,
    what: str,
    work: Callable[[Endpoints, Shape, Path, Callable[[int, int], None]], Any],
) -> tuple[list[Any], list[FrancaError]]:
    places, chosen = chosen_entities(context, names)
    franca: Context = context.obj
    scratch = franca.project.state / SCRATCH
    with telling() as tell:

        def told(shape: Shape) -> Any:
            label = f"{what} {shape.name}"
            tell(label, 0, 0)
            return work(places, shape, scratch, partial(tell, label))

        found, errors = of_each(chosen, told)
    return list(found.values()), errors


def _fail(errors: Sequence[FrancaError]) -> None:
    """End with the last of some errors, if there are any, and tell the others, each once."""
    for text in dict.fromkeys(map(str, errors)):
        if text != str(errors[-1]):
            typer.echo(text, err=True)
    if errors:
        raise errors[-1]


def _megabytes(found: Any) -> float:
    sizes = [size.bytes for size in (found.events, found.snapshot, found.deleted) if size]
    return float(round(sum(sizes) / 1_048_576, 1))
