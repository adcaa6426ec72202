"""`franca seek`: a pipeline goes on elsewhere in its topics."""

from typing import Annotated

import typer

from franca.cli.completion import pipelines as complete_pipelines
from franca.cli.consent import require_consent
from franca.cli.context import Context
from franca.cli.output import print_json, print_table
from franca.config.names import STORE
from franca.config.pipelines import chosen_pipelines
from franca.errors import UsageError
from franca.local.endpoints import find_endpoints
from franca.operations.seek import Only, Plan, Seeker
from franca.topics.control import Seek

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("seek")(seek)


def seek(
    context: typer.Context,
    pipeline: Annotated[str, typer.Argument(help="The pipeline.", autocompletion=complete_pipelines)],
    to: Annotated[
        str, typer.Option(help="earliest, latest, an offset, or a time: the first record of then or later.")
    ] = "",
    topic: Annotated[list[str] | None, typer.Option(help="Only this topic; may be said again.")] = None,
    partition: Annotated[int | None, typer.Option(help="Only this partition.", min=0)] = None,
    undo: Annotated[str, typer.Option(help="Go back to before the seek with this id.")] = "",
    history: Annotated[bool, typer.Option("--history", help="List the pipeline's seeks.")] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Move the stored positions of an on-ramp, of the lake or of the store, while its workers are paused.

    Going back reads again: by rank nothing old overtakes anything new, and only the lake's `<entity>_events`
    gets its rows again. Going forward skips records for good: how many is said first, and recorded.

    Example: `franca seek store --to earliest --dry-run`, or
    `franca seek crm.on-ramp --to 2026-11-22T10:00:00Z`
    """
    franca: Context = context.obj
    (name,) = chosen_pipelines(franca.project, [pipeline])
    if bool(to) + bool(undo) + history != 1:
        raise UsageError.one("seek", "got none or several of --to, --undo and --history", "give one of them")
    seeker = Seeker(franca.project, find_endpoints(franca.project, store=name == STORE), name)
    if history:
        _show_history(seeker.history(), as_json)
        return
    plan = seeker.undo(undo) if undo else seeker.plan(to, Only(tuple(topic or ()), partition))
    carry_out(seeker, plan, dry_run=dry_run, yes=yes, as_json=as_json)


def carry_out(seeker: Seeker, plan: Plan, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Show a plan, ask where nobody said yes, and carry it out."""
    if not as_json:
        _show(plan)
    if dry_run or not plan.steps:
        if as_json:
            print_json(_document(plan, None))
        return
    if not yes:
        require_consent(f"the positions of {plan.pipeline} would be moved", look="--dry-run")
    done = seeker.carry_out(plan)
    if as_json:
        print_json(_document(done.plan, done.seek))
        return
    if done.plan.steps != plan.steps:
        typer.echo("it went on until it was paused, and now:")
        _show(done.plan)
    if done.seek:
        typer.echo(f"moved; back again with: {_undo(done.seek)}")


def _show(plan: Plan) -> None:
    columns = ("topic", "partition", "from", "to", "read again", "skipped")
    rows = [
        (s.move.topic, s.move.partition, s.move.before, s.move.after, s.again, s.skipped) for s in plan.steps
    ]
    if not rows:
        typer.echo(f"{plan.pipeline} is there already")
        return
    print_table("", columns, rows)
    typer.echo(
        f"\n{plan.pipeline}: up to {plan.again:,} records are read again, up to {plan.skipped:,} skipped"
    )


def _document(plan: Plan, done: Seek | None) -> dict[str, object]:
    return {
        "pipeline": plan.pipeline,
        "read_again": plan.again,
        "skipped": plan.skipped,
        "steps": plan.steps,
        "id": done.id if done else None,
        "undo": _undo(done) if done else None,
    }


def _undo(done: Seek) -> str:
    return f"franca seek {done.pipeline} --undo {done.id}"


def _show_history(seeks: list[Seek], as_json: bool) -> None:
    if as_json:
        print_json(seeks)
        return
    rows = [
        (s.id, f"{s.time:%Y-%m-%d %H:%M:%S}", s.by, s.undone, m.topic, m.partition, m.before, m.after)
        for s in seeks
        for m in s.moves
    ]
    print_table("", ("id", "time (UTC)", "by", "undoes", "topic", "partition", "from", "to"), rows)
