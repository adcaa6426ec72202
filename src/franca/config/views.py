"""The views of a project: all that follow from its model, and what there is to say of each."""

from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import Any

from franca.config.endpoints import endpoints
from franca.config.pipelines import shapes
from franca.config.project import Project
from franca.errors import DefinitionError, Problem, UsageError
from franca.views.catalogue import Catalogue
from franca.views.lineage import lineage_of, origins_of
from franca.views.plan import plan
from franca.views.render import create_sql
from franca.views.script import SCRIPTED, Statement, dropping, script


def catalogue_of(project: Project) -> Catalogue:
    """Return the views of the entities that some mapping gives. Raises DefinitionError."""
    return plan(shapes(project), project.entities, project.views)


def usable_views(project: Project) -> tuple[Catalogue, Sequence[Problem]]:
    """Return the views that can be made, and what is wrong with the others.

    Without those that the project declares where these are wrong, without any where the model is.
    """
    problems: list[Problem] = []
    for own in (project.views, None):
        try:
            return plan(shapes(project), project.entities, own), problems
        except DefinitionError as error:
            problems = [*error.problems]
    return Catalogue(shapes(project)), problems


def view_problems(project: Project) -> Sequence[Problem]:
    """Return what is wrong with the views that the project declares; DuckDB looks at them, if it is here."""
    if not project.views:
        return ()
    views, problems = usable_views(project)
    if problems or find_spec("duckdb") is None:
        return problems
    from franca.views.binding import binding_problems  # in an extra

    places = {name: (each.file, each.line) for name, each in project.views.items()}
    return [Problem(p.path, p.reason, p.remedy, *places[p.path]) for p in binding_problems(views)]


def with_folds(project: Project, views: Catalogue, entities: Iterable[str]) -> Catalogue:
    """Return the views where current states are read as they are folded in the lake; see `folded`.

    Only these entities' are looked up. Raises UnavailableError, DefinitionError.
    """
    from franca.lake.bound import bound_of  # in an extra
    from franca.views.folded import folded

    places, wanted = endpoints(project, "", ""), set(entities)
    found = {
        shape.name: bound_of(places.lake_url, shape, places.lake_options)
        for shape in views.shapes
        if shape.name in wanted
    }
    return folded(views, {name: bound for name, bound in found.items() if bound is not None})


def scripted(
    project: Project, dialect: str, schema: str = "", *, is_dropping: bool = False
) -> Sequence[Statement]:
    """Return the statements that make all views in an engine over the lake, or drop them."""
    views = catalogue_of(project)
    if dialect in SCRIPTED:
        views = with_folds(project, views, [shape.name for shape in views.shapes])
    if is_dropping:
        return list(dropping(views, dialect, schema))
    lake_url = endpoints(project, "", "").lake_url
    return list(script(views, origins_of(project.mappings()), lake_url, dialect, schema))


def described(project: Project, views: Catalogue, name: str, dialect: str) -> dict[str, Any]:
    """Return all there is to say of a view. Raises UsageError, also where the engine can't answer it."""
    view = views.view(name)
    if dialect == "postgres" and view.kind == "current":
        raise UsageError.one(name, "is a table in the store, no view", "`franca run store` fills it")
    if dialect == "postgres" and views.needs_history(view):
        reason = "needs past events, and the store keeps current rows only"
        raise UsageError.one(name, reason, "ask the lake: another --dialect")
    if dialect == "postgres" and views.is_only_in_lake(view):
        reason = "is declared for the lake alone, or a view that it reads is"
        raise UsageError.one(name, reason, "ask the lake: another --dialect")
    if view.kind == "current" and dialect in SCRIPTED:
        view = with_folds(project, views, [view.entity]).view(name)
    sql = create_sql(view, dialect, pretty=True)
    origins = origins_of(project.mappings())
    columns = [
        {
            "name": column.name,
            "description": column.description,
            "pii": column.is_personal,
            "fields": [".".join(source) for source in column.sources],
            "lineage": lineage_of(column, origins),
        }
        for column in view.columns
    ]
    return {
        "name": view.name,
        "kind": view.kind,
        "entity": view.entity or None,
        "places": views.places(view),
        "description": view.description,
        "notes": list(view.notes),
        "reads": list(view.reads),
        "parameter": view.parameter or None,
        "columns": columns,
        "dialect": dialect,
        "sql": sql,
    }
