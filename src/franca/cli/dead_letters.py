"""`franca dead-letters`: list, show and replay what could not be decoded, mapped or stored."""

from collections.abc import Sequence
from typing import Annotated

import typer

from franca.cli.completion import applications
from franca.cli.context import Context
from franca.cli.masking import Masking
from franca.cli.output import print_json, print_table
from franca.config.letters import Filter, Letters
from franca.errors import DefinitionError
from franca.local.endpoints import find_endpoints
from franca.topics.cluster import Cluster
from franca.topics.dead_letter import DeadLetter

commands = typer.Typer(no_args_is_help=True, help="List, show and replay what could not be processed.")

Application = Annotated[
    str, typer.Option(help="Only letters of this application.", autocompletion=applications)
]
Code = Annotated[str, typer.Option(help="Only letters with this code.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="dead-letters")


@commands.command("list")
def list_(
    context: typer.Context,
    application: Application = "",
    code: Code = "",
    limit: Annotated[
        int, typer.Option(help="At most so many letters below the groups; --json lists all.", min=0)
    ] = 50,
    as_json: AsJson = False,
) -> None:
    """List dead letters: groups by reason with their counts, then the newest letters.

    Example: `franca dead-letters list --application crm --code unknown-code`
    """
    franca: Context = context.obj
    letters = _letters(context).read(Filter(application, code))
    masks = {name: Masking(franca.project, name) for name in {letter.application for letter in letters}}
    if as_json:
        print_json([_listed(letter, masks[letter.application]) for letter in letters])
        return
    groups: dict[tuple[str, str, str, str], int] = {}
    for letter in letters:
        group = (letter.application, letter.stage, letter.path, letter.code)
        groups[group] = groups.get(group, 0) + 1
    ranked = sorted(groups.items(), key=lambda pair: -pair[1])
    print_table("", ("application", "stage", "path", "code", "letters"), [(*g, n) for g, n in ranked])
    if letters and limit:
        newest = letters[-limit:]
        rows = [(each.id, each.code, masks[each.application].reason(each)) for each in newest]
        print_table("\nNewest", ("id", "code", "reason"), rows)
    typer.echo(f"\n{len(letters):,} dead letters")


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
    found = _letters(context).read(Filter(ids=(letter_id,)))
    if not found:
        raise DefinitionError.one(letter_id, "no such dead letter", "see `franca dead-letters list`")
    letter = found[-1]
    print_json(letter if reveal else Masking(franca.project, letter.application).letter(letter))


@commands.command("replay")
def replay(
    context: typer.Context,
    ids: Annotated[
        list[str] | None, typer.Argument(help="Letters to replay; all where none is named.")
    ] = None,
    application: Application = "",
    code: Code = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Map only; publish nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run dead letters through the present mappings, with their own positions and ids.

    What a letter gives is published, and the letter leaves the list, in one transaction. What fails again
    stays, with its new reason. An event that a newer one of its key has overtaken is left out, and its letter
    leaves the list. Exit code 1 if some still fail.

    Example: `franca dead-letters replay --application crm --code unknown-code`
    """
    result = _letters(context).replay(Filter(application, code, tuple(ids or ())), dry_run=dry_run)
    if as_json:
        print_json(result)
    else:
        _tell(result.failed)
        verb = "would succeed" if dry_run else "replayed"
        overtaken = f", {result.overtaken:,} overtaken by newer events" if result.overtaken else ""
        typer.echo(
            f"{result.replayed:,} {verb}, giving {result.messages:,} messages{overtaken}; "
            f"{len(result.failed):,} still fail"
        )
    if result.failed:
        raise typer.Exit(1)


def _tell(failed: Sequence[tuple[str, str]]) -> None:
    if failed:
        print_table("Still failing", ("id", "reason"), failed[:50])


def _letters(context: typer.Context) -> Letters:
    franca: Context = context.obj
    places = find_endpoints(franca.project, store=False)
    return Letters(franca.project, Cluster(places.bootstrap, places.kafka_options), places)


def _listed(letter: DeadLetter, masking: Masking) -> dict[str, object]:
    names = ("id", "application", "stage", "path", "code", "reason", "refused_by", "mapping")
    return {name: getattr(letter, name) for name in names} | {"reason": masking.reason(letter)}
