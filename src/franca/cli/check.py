"""`franca check`: are the model and the mappings right, and what can be written back?"""

from typing import Annotated, Any

import typer

from franca.cli.context import Context
from franca.cli.output import print_json, print_table
from franca.config.project import Project
from franca.mapping.inverse.inverse import inverse_of
from franca.mapping.mapping import Mapping
from franca.model.shape import shape_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check)


def check(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    lineage: Annotated[bool, typer.Option(help="Show the columns behind each field as well.")] = False,
) -> None:
    """Check model and mappings; every problem at once, each with file, line and remedy.

    Shows for each mapping which columns can be written back and why the others can't.
    Publishes the mappings' version to contracts/mappings.json.

    Example: `franca check --lineage`
    """
    franca: Context = context.obj
    project = franca.project
    problems = project.problems()
    if as_json:
        print_json(_document(project))
    if problems:
        project.check()
    for application in project.applications:
        project.versions.publish(application.name, application.hash)
    if not as_json:
        _show(project, lineage)


def _document(project: Project) -> dict[str, object]:
    problems = project.problems()
    broken = {p.path.rpartition(".")[0] for p in problems}
    return {
        "problems": problems,
        "entities": [shape_of(e).name for e in project.entities],
        "mappings": [_describe(m) for m in project.mappings() if not problems or _name(m) not in broken],
    }


def _describe(mapping: Mapping[Any, Any]) -> dict[str, object]:
    inverse = inverse_of(mapping)
    return {
        "mapping": _name(mapping),
        "table": f"{mapping.application.name}.{shape_of(mapping.table).name}",
        "entity": shape_of(mapping.entity).name,
        "version": mapping.application.hash,
        "lineage": {field: list(columns) for field, columns in mapping.lineage().items()},
        "written_back": sorted(set(inverse.columns) - set(inverse.reasons)),
        "not_written_back": dict(inverse.reasons),
    }


def _show(project: Project, lineage: bool) -> None:
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
    back = [(_name(m), column, reason) for m in mappings for column, reason in inverse_of(m).reasons.items()]
    if back:
        print_table("\nNot written back by the off-ramp", ("mapping", "column", "why"), back)
    if lineage:
        lines = [(_name(m), f, ", ".join(cs)) for m in mappings for f, cs in m.lineage().items()]
        print_table("\nLineage", ("mapping", "field", "columns"), lines)
    unmapped = sorted(
        {shape_of(e).name for e in project.entities} - {shape_of(m.entity).name for m in mappings}
    )
    if unmapped:
        typer.echo(f"\nno mapping gives: {', '.join(unmapped)}")
    typer.echo(f"\n{len(mappings)} mappings, no problems")


def _name(mapping: Mapping[Any, Any]) -> str:
    return f"{mapping.application.name}.{mapping.name}"
