"""`franca dead-letters`: list, show, replay and discard what could not be decoded, mapped or stored."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated

import typer

from franca.cli.consent import require_consent
from franca.cli.context import Context
from franca.cli.letter_options import choosing
from franca.cli.letter_printer import LetterPrinter
from franca.cli.masking import Masking
from franca.cli.orders import prepared, tell_unpublished
from franca.cli.output import print_json
from franca.cli.telling import telling
from franca.config.author import author
from franca.config.project import Project
from franca.errors import DefinitionError
from franca.local.endpoints import find_endpoints
from franca.operations.letters.discard import Discard
from franca.operations.letters.filter import Filter
from franca.operations.letters.letters import Letters
from franca.operations.letters.summary import grouped

commands = typer.Typer(
    no_args_is_help=True, help="List, show, replay and discard what could not be processed."
)

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Ids = Annotated[list[str] | None, typer.Argument(help="Letters by their ids; all where none is named.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="dead-letters")


@commands.command("list")
@choosing
def list_(
    context: typer.Context,
    *,
    where: Filter,
    discarded: Annotated[bool, typer.Option("--discarded", help="Those that were discarded.")] = False,
    all_: Annotated[
        bool, typer.Option("--all", "--ungrouped", help="Each letter by itself, the newest last.")
    ] = False,
    groups: Annotated[bool, typer.Option("--grouped", help="Groups in JSON too, not each letter.")] = False,
    limit: Annotated[
        int, typer.Option(help="At most so many lines, 0 for all; --json lists all.", min=0)
    ] = 50,
    as_json: AsJson = False,
) -> None:
    """List dead letters grouped by what is wrong, with counts and the newest of each group as its example.

    With --json each letter is listed by itself, and groups with --json --grouped.

    Example: `franca dead-letters list --application crm --code unknown-code --since 7d --all`
    """
    with _letters(context) as letters:
        found = letters.survey(replace(where, discarded=discarded))
    shown = LetterPrinter(context.obj.project)
    if as_json:
        print_json([shown.group(g) for g in grouped(found)] if groups else [shown.letter(s) for s in found])
        return
    if all_:
        shown.print_letters(found[-limit:] if limit else found)
    else:
        every = grouped(found)
        shown.print_groups(every[:limit] if limit else every)
    kind = "discarded letters" if discarded else "dead letters"
    typer.echo(f"\n{len(found):,} {kind}")


@commands.command("show")
def show(
    context: typer.Context,
    letter_id: Annotated[str, typer.Argument(help="The letter's id, as listed.")],
    reveal: Annotated[bool, typer.Option("--reveal", help="Show personal data as well.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, as without it.")] = False,  # noqa: ARG001  # every command that prints results takes it
) -> None:
    """Show one dead letter with its raw record; personal data is masked unless --reveal.

    Example: `franca dead-letters show raw.crm.cust/0/17/map/individual`
    """
    franca: Context = context.obj
    with _letters(context) as letters:
        found = list(letters.read(Filter(ids=(letter_id,), discarded=None)))
    if not found:
        raise DefinitionError.one(letter_id, "no such dead letter", "see `franca dead-letters list`")
    letter = found[-1]
    print_json(letter if reveal else Masking(franca.project, letter.application).letter(letter))


@commands.command("replay")
@choosing
def replay(
    context: typer.Context,
    ids: Ids = None,
    *,
    where: Filter,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Map only; publish nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run dead letters through the present mappings, with their own positions and ids.

    What a letter gives is published, and the letter leaves the list, in one transaction. What fails again
    stays, with its new reason and tried once more. An event that a newer one of its key has overtaken is left
    out, and its letter leaves the list. A model that differs from its published contracts is refused, as by
    `franca run`; --dry-run says so. Exit code 1 if some still fail.

    Example: `franca dead-letters replay --application crm --code unknown-code`
    """
    where = replace(where, ids=tuple(ids or ()))
    if dry_run:
        tell_unpublished(context.obj.project)
    with _letters(context, publishes=not dry_run) as letters:
        result = letters.replay(where, dry_run=dry_run)
    if as_json:
        print_json(result)
    else:
        LetterPrinter(context.obj.project).print_failed(result.failed[:50])
        verb = "would succeed" if dry_run else "replayed"
        overtaken = f", {result.overtaken:,} overtaken by newer events" if result.overtaken else ""
        typer.echo(
            f"{result.replayed:,} {verb}, giving {result.messages:,} messages{overtaken}; "
            f"{len(result.failed):,} still fail"
        )
    if result.failed:
        raise typer.Exit(1)


@commands.command("discard")
@choosing
def discard(
    context: typer.Context,
    ids: Ids = None,
    *,
    where: Filter,
    reason: Annotated[str, typer.Option(help="Why nobody wants them; it is kept with each.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was discarded.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Discard dead letters: they leave the list and are not replayed, and nothing of them is lost.

    When, by whom and why is kept with each letter; `list --discarded` lists them, --undo takes it back.

    Example: `franca dead-letters discard --code truncate --reason "loaded again on Monday"`
    """
    where = replace(where, ids=tuple(ids or ()), discarded=undo)
    verb = "taken back" if undo else "discarded"
    mark = Discard(None) if undo else Discard.now(author(), reason)
    with _letters(context) as letters:
        if not yes and (found := len(letters.survey(where))):
            require_consent(f"{found:,} letters would be {verb}")
        count = letters.discard(where, mark)
    if as_json:
        print_json({"restored" if undo else "discarded": count})
    else:
        typer.echo(f"{count:,} {verb}")


@contextmanager
def _letters(context: typer.Context, *, publishes: bool = False) -> Iterator[Letters]:
    """Give the project's letters; while the block runs progress is told.

    Where it publishes events, the project is checked and what is new in it published before.
    """
    project: Project = context.obj.project
    if publishes:
        project.check()
        places = prepared(project, store=False)
    else:
        places = find_endpoints(project, store=False)
    with telling() as tell:
        yield Letters(project, places.cluster, places, tell)
