"""`franca migrate`: brings topics, lake, store and published contracts up to the model."""

from collections.abc import Sequence
from typing import Annotated, TypeAlias

import typer

from franca.cli.completion import differences, withdrawn
from franca.cli.consent import require_consent
from franca.cli.context import Context
from franca.cli.contracts_table import described, show_changes
from franca.cli.output import print_json, print_table
from franca.config.project import Project
from franca.errors import UsageError
from franca.local.endpoints import find_endpoints
from franca.operations.migration import EVERYWHERE, Migration, Step
from franca.operations.publication import EntityVersion, entity_versions, require_known
from franca.operations.retirement import Retirement

Work: TypeAlias = Migration | Retirement


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("migrate")(migrate)


def migrate(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what is to be done; do nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            help="A difference with which all consumers can cope: `individual.gender`. Repeatable.",
            autocompletion=differences,
        ),
    ] = None,
    retire: Annotated[
        str,
        typer.Option(help="End a version that no mapping gives: `individual/1`.", autocompletion=withdrawn),
    ] = "",
    drop: Annotated[
        bool, typer.Option("--drop", help="With --retire: delete its topic, lake and store tables too.")
    ] = False,
    no_store: Annotated[bool, typer.Option("--no-store", help="Leave the store alone.")] = False,
    no_lake: Annotated[bool, typer.Option("--no-lake", help="Leave the lake alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
) -> None:
    """Carry out a compatible change of the model: columns added, contracts published; what runs goes on.

    A change that would break a reader is refused, with what it means for whom: raise the entity's version, or
    accept it where all can cope. Migrating again does what is left, and nothing where nothing is.
    Afterwards `franca reload` has the running pipelines take up the model.

    Example: `franca migrate --dry-run`, or `franca migrate --yes`
    """
    if drop and not retire:
        raise UsageError.one("--drop", "belongs to --retire", "say what ends: --retire individual/1")
    left = [name for name, is_left in (("store", no_store), ("lake", no_lake)) if is_left]
    franca: Context = context.obj
    found = [] if retire else _changes(franca.project, accept or [])
    if not as_json:
        show_changes(found)
    places = find_endpoints(franca.project, store=not no_store)
    if retire:
        work: Work = Retirement(franca.project, places, retire, drop=drop, left=left)
    else:
        work = Migration(franca.project, places, accept or [], [p for p in EVERYWHERE if p not in left])
    steps = work.steps()
    if not as_json:
        _show(steps)
    if is_done := bool(steps) and not dry_run:
        _carry_out(work, steps, yes)
    if as_json:
        print_json({"steps": [s._asdict() for s in steps], "done": is_done, "contracts": described(found)})


def _carry_out(work: Work, steps: Sequence[Step], yes: bool) -> None:
    if not yes:
        require_consent(f"{len(steps)} steps would be carried out", look="--dry-run")
    work.carry_out(steps, lambda step: typer.echo(f"done: {' '.join(step)}", err=True))


def _show(steps: Sequence[Step]) -> None:
    if steps:
        print_table("", ("where", "what", "to be done"), steps)
    typer.echo(f"{len(steps)} to be done" if steps else "nothing to do: all is as the model says")


def _changes(project: Project, accepted: Sequence[str]) -> list[EntityVersion]:
    project.check()
    found = entity_versions(project)
    require_known(found, accepted)
    return found
