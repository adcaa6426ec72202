"""`franca check`: are the model and the mappings right, and what can be written back?"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from franca.cli.completion import applications
from franca.cli.context import Context
from franca.cli.contracts_table import described, show_changes
from franca.cli.output import print_json, print_table
from franca.cli.source_check import Compared, Comparison, compare_sources, show_compared
from franca.config.project import Project
from franca.config.tables import capture_of
from franca.config.topics import rows_plans
from franca.errors import DefinitionError, Problem
from franca.mapping.application import Application
from franca.mapping.before_images import REMEDY, before_images
from franca.mapping.inverse.inverse import Inverse, inverse_of
from franca.mapping.mapping import Mapping
from franca.model.shape import shape_of
from franca.operations.publication import EntityVersion, entity_versions
from franca.operations.publication import problems as contract_problems
from franca.views.sql_words import WORDS

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Lineage = Annotated[bool, typer.Option("--lineage", help="Show the columns behind each field as well.")]
Sql = Annotated[bool, typer.Option("--sql", help="Show each mapping as SQL for DuckDB as well.")]
Source = Annotated[
    bool, typer.Option("--source", help="Compare the declared tables with their source as well.")
]
Where = Annotated[
    str,
    typer.Argument(
        metavar="[URL|topics]",
        help="With --source: a database or the raw topics, else what franca.toml says.",
    ),
]
Messages = Annotated[str, typer.Option(help="Compare with a file of messages (- is standard input) instead.")]
Records = Annotated[
    bool, typer.Option("--records", help="Those messages are raw record lines, with topics and keys.")
]
ApplicationName = Annotated[
    str, typer.Option(help="Compare this application only.", autocompletion=applications)
]
Newest = Annotated[
    int, typer.Option(min=1, help="How many of each partition's newest messages are compared.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check)


def check(
    context: typer.Context,
    as_json: AsJson = False,
    lineage: Lineage = False,
    sql: Sql = False,
    source: Source = False,
    where: Where = "",
    messages: Messages = "",
    records: Records = False,
    application: ApplicationName = "",
    newest: Newest = 200,
) -> None:
    """Check model and mappings; every problem at once, each with file, line and remedy.

    Shows for each mapping which columns can be written back and why the others can't, and which tables
    remember their rows, and why. A model that differs from its published contract is shown with what that
    means for the readers of topic, lake and store; what would break one is a problem.
    Publishes the mappings' version to contracts/mappings.json. With --source it compares the declared tables
    with what their source has now (exit code 1 where something will break), before it breaks.

    Example: `franca check --lineage`, `franca check --source`, or `franca check --source topics`
    """
    project = _loaded(context.obj, as_json)
    problems = project.problems()
    problems += [] if problems else _view_problems(project)
    found = [] if problems else entity_versions(project)
    problems += contract_problems(found)
    wanted = Comparison(source or bool(messages), where, messages, records, application, newest)
    compared = compare_sources(context.obj, project, wanted) if not problems else Compared()
    if as_json:
        document = {"problems": problems, **_document(project, sql), "contracts": described(found)}
        print_json(document | ({"source": compared} if wanted.is_wanted else {}))
    _require_none(problems, [] if as_json else found)
    project.publish_versions()
    if not as_json:
        _show(project)
        _show_remembered(project)
        show_changes(found, "run `franca migrate`")
        if lineage:
            _show_lineage(project)
        if sql:
            _show_sql(project)
        _conclude(project)
        if wanted.is_wanted:
            show_compared(compared)
    if compared.problems:
        raise typer.Exit(1)


def _view_problems(project: Project) -> Sequence[Problem]:
    if not project.views:
        return ()
    from franca.config.views import view_problems  # slow to load

    return view_problems(project)


def _require_none(problems: Sequence[Problem], found: Sequence[EntityVersion]) -> None:
    """Raise the problems, where there are any, behind what differs from the contracts."""
    if problems:
        show_changes(found)
        raise DefinitionError(problems)


def _loaded(franca: Context, as_json: bool) -> Project:
    """Return the project; the problems of one that can't be loaded are printed as JSON before they raise."""
    try:
        return franca.project
    except DefinitionError as error:
        if as_json:
            print_json({"problems": error.problems})
        raise


def _document(project: Project, sql: bool) -> dict[str, object]:
    return {
        "entities": [shape_of(e).name for e in project.entities],
        "mappings": [_describe(m, sql) for m in project.mappings() if not m.problems],
        "row_memory": [
            dict(zip(("table", "capture", "topic", "why"), row, strict=True))
            for application in project.applications
            for row in _remembered(project, application)
        ],
        "words_of_sql": _words_of_sql(project),
    }


def _describe(mapping: Mapping[Any, Any], sql: bool) -> dict[str, object]:
    inverse = inverse_of(mapping)
    described: dict[str, object] = {
        "mapping": _name(mapping),
        "table": f"{mapping.application.name}.{shape_of(mapping.table).name}",
        "entity": shape_of(mapping.entity).name,
        "version": mapping.application.hash,
        "lineage": {field: list(columns) for field, columns in mapping.lineage().items()},
        "written_back": _written_back(inverse),
        "not_written_back": dict(inverse.reasons),
        "needs_before_images": _needed(mapping),
    }
    return {**described, "sql": _sql(mapping)} if sql else described


def _show(project: Project) -> None:
    mappings = list(project.mappings())
    rows = [
        (
            _name(m),
            f"{m.application.name}.{shape_of(m.table).name}",
            shape_of(m.entity).name,
            len(m.columns),
            project.versions.number(m.application.name, m.application.hash),
            m.application.hash,
        )
        for m in mappings
    ]
    print_table("", ("mapping", "table", "entity", "columns", "version", "hash"), rows)
    inverses = {_name(m): inverse_of(m) for m in mappings}
    back = [(name, ", ".join(_written_back(each))) for name, each in inverses.items() if _written_back(each)]
    if back:
        print_table("\nWritten back by the off-ramp", ("mapping", "columns"), back)
    lost = [(name, *reason) for name, each in inverses.items() for reason in each.reasons.items()]
    if lost:
        print_table("\nNot written back by the off-ramp", ("mapping", "column", "why"), lost)


def _written_back(inverse: Inverse) -> list[str]:
    return [column for column in inverse.columns if column not in inverse.reasons]


def _needed(mapping: Mapping[Any, Any]) -> dict[str, object] | None:
    needed = before_images(mapping)
    return None if needed is None else {**needed._asdict(), "remedy": REMEDY}


def _show_remembered(project: Project) -> None:
    """Show which tables remember their rows, or are promised whole rows, and why."""
    rows = [row for application in project.applications for row in _remembered(project, application)]
    if rows:
        print_table("\nRow memory", ("table", "capture", "remembered on", "why"), rows)
        if any(on for _, _, on, _ in rows):
            typer.echo(f'(or {REMEDY}; then say `capture = "full"`)')


def _remembered(project: Project, application: Application) -> Iterator[tuple[str, str, str, str]]:
    plans = rows_plans(project, application)
    for table in application.tables:
        name = shape_of(table).name
        capture = capture_of(project.settings, application.name, name)
        needs = [
            f"{_name(m)} ({', '.join(needed.columns)}): {'; '.join(needed.without)}"
            for m in application.mappings
            if not m.problems and m.table is table and (needed := before_images(m)) is not None
        ]
        if name in plans:
            why = "without it " + "; ".join(needs) if needs else "its messages may lack columns"
            yield f"{application.name}.{name}", capture, plans[name].name, why
        elif needs:
            why = "the row before each change is promised" if capture == "full" else "the table has no key"
            yield f"{application.name}.{name}", capture, "", why


def _show_lineage(project: Project) -> None:
    lines = [(_name(m), f, ", ".join(cs)) for m in project.mappings() for f, cs in m.lineage().items()]
    print_table("\nLineage", ("mapping", "field", "columns"), lines)


def _show_sql(project: Project) -> None:
    for mapping in project.mappings():
        rows = f"the rows of {shape_of(mapping.table).name}, columns called like the class's attributes"
        typer.echo(f"\n-- {_name(mapping)}, of {rows}")
        typer.echo(_sql(mapping))


def _sql(mapping: Mapping[Any, Any]) -> str:
    """Return a mapping as SQL, or a comment that says why it has none."""
    from franca.mapping.sql.select import select  # slow to load, and wanted by few

    try:
        return select(mapping, f'"{shape_of(mapping.table).name}"')
    except DefinitionError as error:
        return "\n".join(f"-- {problem}" for problem in error.problems)


def _conclude(project: Project) -> None:
    mappings = list(project.mappings())
    given = {shape_of(m.entity).name for m in mappings}
    unmapped = sorted({shape_of(e).name for e in project.entities} - given)
    if unmapped:
        typer.echo(f"\nno mapping gives: {', '.join(unmapped)}")
    idle = [a.name for a in project.applications if not a.mappings]
    if idle:
        typer.echo(f"\nno mappings, so nothing is streamed: {', '.join(idle)}")
    if words := _words_of_sql(project):
        typer.echo(f"\nwords of SQL, which need double quotes in it: {', '.join(words)}")
    typer.echo(f"\n{len(mappings)} mappings, no problems")


def _words_of_sql(project: Project) -> list[str]:
    """Return the entities and fields whose names need double quotes in SQL, a field behind its entity."""
    names = [(shape.name, field.name) for shape in map(shape_of, project.entities) for field in shape.fields]
    entities = [entity for entity in dict.fromkeys(entity for entity, _ in names) if entity in WORDS]
    return entities + [f"{entity}.{field}" for entity, field in names if field in WORDS]


def _name(mapping: Mapping[Any, Any]) -> str:
    return f"{mapping.application.name}.{mapping.name}"
