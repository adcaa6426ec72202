"""`franca query`: SQL over the lake."""

import signal
import sys
from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from franca.cli.context import Context
from franca.cli.moments import HELP, moment
from franca.cli.output import exact, finite, print_answer, print_csv, print_json_rows, tell
from franca.config.endpoints import endpoints
from franca.config.pipelines import shapes
from franca.errors import DefinitionError, UsageError

if TYPE_CHECKING:
    from franca.config.project import Project
    from franca.views.catalogue import Catalogue


class Format(Enum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("query")(query)


def query(
    context: typer.Context,
    sql: Annotated[str, typer.Argument(help="The query, or - to read it from standard input.")],
    output: Annotated[Format, typer.Option("--format", "-f", help="How rows are printed.")] = Format.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    as_of: Annotated[
        str | None, typer.Option(help=f"The entities as they were then: {HELP}.", metavar="TIME")
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many rows as a table; 0 for all.", min=0)] = 200,
) -> None:
    """Ask the lake in SQL (DuckDB): each entity is a view of its current state.

    `<entity>_events` has every event with its envelope; `franca views list` tells the other views.

    Example: `franca query "select gender, count(*) from individual group by all"`
    """
    from franca.views.lake import open_lake  # in an extra, and slow to load
    from franca.views.mentioned import asks_for_rows  # slow to load

    franca: Context = context.obj
    places = endpoints(franca.project, "", "")
    text = sys.stdin.read() if sql == "-" else sql
    if not text.strip():
        raise UsageError.one("query", "is empty", "give a select statement")
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # DuckDB hears of Ctrl-C late or never
    then, views = moment(as_of, "--as-of"), _views(franca.project, is_needed=as_of is not None)
    with open_lake(places.lake_url, shapes(franca.project), places.lake_options) as lake:
        if lake.is_empty and asks_for_rows(views, text):
            tell(f"no table of this lake is there yet: {places.lake_url}")
        lake.define(views, then)
        columns, rows = lake.query(text)
        if as_json or output is Format.JSON:
            names = _told_apart(columns)
            print_json_rows(finite(dict(zip(names, row, strict=True))) for row in rows)
        elif output is Format.CSV:
            print_csv(columns, rows)
        else:
            shown = [row for _, row in zip(range(limit), rows, strict=False)] if limit else list(rows)
            print_answer(columns, shown, exact)
            if limit and next(iter(rows), None) is not None:
                typer.echo(f"the first {limit} rows; --limit 0 shows all", err=True)


def _told_apart(columns: Sequence[str]) -> list[str]:
    """Return the names of columns, with a number behind each that an earlier one has: `id`, `id_1`."""
    names: dict[str, None] = {}
    for column in columns:
        name, number = column, 0
        while name in names or (number and name in columns):
            number += 1
            name = f"{column}_{number}"
        names[name] = None
    return list(names)


def _views(project: "Project", *, is_needed: bool) -> "Catalogue":
    """Return the project's views; one that is wrong is no reason not to answer about others.

    Where they are needed for the answer, it is. Raises DefinitionError.
    """
    from franca.config.views import usable_views  # slow to load

    found, problems = usable_views(project)
    if problems and is_needed and not len(found):
        raise DefinitionError(problems)
    for problem in problems:
        tell(f"left out: {problem}")
    return found
