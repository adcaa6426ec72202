"""`franca views`: the views that follow from the model, as SQL for each engine, and made in the store."""

from typing import Annotated, Any

import typer

from franca.cli.completion import dialects, views
from franca.cli.context import Context
from franca.cli.output import print_json, print_table, say, tell
from franca.errors import UsageError

STORE = "postgres"

Dialect = Annotated[
    str, typer.Option(help="The engine whose SQL is printed.", autocompletion=dialects, metavar="NAME")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Name = Annotated[str, typer.Argument(help="A view's name; see `franca views list`.", autocompletion=views)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    own = typer.Typer(
        name="views",
        help="Views that follow from the model: list them, show their SQL, make them in the store.",
        no_args_is_help=True,
    )
    own.command("list")(list_views)
    own.command("show")(show)
    own.command("apply")(apply)
    app.add_typer(own)


def list_views(context: typer.Context, as_json: AsJson = False) -> None:
    """List all views: where each can be asked, and what it says. No service need run.

    Example: `franca views list`
    """
    from franca.config.views import catalogue_of  # slow to load

    franca: Context = context.obj
    franca.project.check()
    found = catalogue_of(franca.project)
    order = [shape.name for shape in found.shapes]
    ordered = sorted(found, key=lambda view: order.index(view.entity) if view.entity else len(order))
    if as_json:
        told = [
            (v.name, v.kind, v.entity or None, found.places(v), v.description, list(v.notes)) for v in ordered
        ]
        keys = ("name", "kind", "entity", "places", "description", "notes")
        print_json([dict(zip(keys, values, strict=True)) for values in told])
    else:
        rows = [(v.name, v.kind, ", ".join(found.places(v)), v.description) for v in ordered]
        print_table("", ("view", "kind", "asked in", "what it says"), rows)


def show(context: typer.Context, name: Name, dialect: Dialect = "duckdb", as_json: AsJson = False) -> None:
    """Print the statement that makes a view; with --json its columns with their lineage as well.

    Dialects: duckdb, postgres, athena, trino, spark, snowflake, bigquery. A view that needs past events is
    refused for postgres: the store keeps current rows only. Over the lake it is the statement of franca views
    apply: a current state reads the snapshot where there is one, as it is folded now.

    Example: `franca views show account_joined --dialect athena`
    """
    from franca.config.views import catalogue_of, described  # slow to load

    franca: Context = context.obj
    franca.project.check()
    found = described(franca.project, catalogue_of(franca.project), name, dialect)
    if as_json:
        print_json(found)
    else:
        say(_script(found))


def apply(
    context: typer.Context,
    dialect: Annotated[
        str,
        typer.Option(
            help="The engine: postgres, the store, or one over the lake.",
            autocompletion=dialects,
            metavar="NAME",
        ),
    ] = STORE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done; do nothing.")] = False,
    drop: Annotated[
        bool, typer.Option("--drop", help="Drop the views instead; tables and data stay.")
    ] = False,
    schema: Annotated[
        str,
        typer.Option(
            help="Put this before all names, over the lake: the dataset of BigQuery.", metavar="NAME"
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Make the views in the store, in one transaction; those of earlier models are replaced or dropped.

    A table or view that franca did not make is never touched: where one has a view's name, nothing is done.
    Descriptions, personal-data marks and lineage become comments.

    With another dialect (athena, trino, spark, snowflake, bigquery, duckdb) the statements are printed that
    make them over the lake, to be run there as often as one likes: current states read the snapshot, and of
    the events what may be newer.

    Example: `franca views apply --dry-run`, `franca views apply --dialect spark > views.sql`
    """
    if dialect != STORE:
        _print_script(context.obj, dialect, schema, is_dropping=drop, as_json=as_json)
        return
    if schema:
        raise UsageError.one("--schema", "is for engines over the lake", "the store's is [store] schema")
    _apply_in_store(context.obj, is_dropping=drop, dry_run=dry_run, as_json=as_json)


def _apply_in_store(franca: Context, *, is_dropping: bool, dry_run: bool, as_json: bool) -> None:
    from franca.config.views import catalogue_of  # slow to load
    from franca.local.endpoints import find_endpoints
    from franca.views.catalogue import Catalogue
    from franca.views.lineage import origins_of
    from franca.views.store_views import apply_views  # in an extra

    project = franca.project
    project.check()
    found = Catalogue(()) if is_dropping else catalogue_of(project)
    dsn = find_endpoints(project, kafka=False).dsn
    origins = origins_of(project.mappings())
    steps = apply_views(dsn, project.settings.store.schema, found, origins, dry_run=dry_run)
    if as_json:
        print_json({"views": [step._asdict() for step in steps], "done": not dry_run})
    else:
        print_table("", ("view", "would be" if dry_run else "was"), steps)


def _print_script(franca: Context, dialect: str, schema: str, *, is_dropping: bool, as_json: bool) -> None:
    from franca.config.views import scripted  # slow to load

    franca.project.check()
    statements = scripted(franca.project, dialect, schema, is_dropping=is_dropping)
    if as_json:
        print_json([statement._asdict() for statement in statements])
    else:
        say("\n\n".join(f"{statement.sql};" for statement in statements))
        again = "" if is_dropping else ", and again after folds"
        tell(f"nothing is done yet: run these {len(statements)} statements in {dialect}{again}")


def _script(found: dict[str, Any]) -> str:
    notes = [f"-- {line}" for line in (found["description"], *found["notes"]) if line]
    return "\n".join([*notes, f"{found['sql']};"])
