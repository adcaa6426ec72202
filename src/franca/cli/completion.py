"""What the shell completes: names that the project at hand declares. Never an error, never any output."""

import io
import tomllib
from collections.abc import Iterable
from contextlib import redirect_stderr, suppress
from pathlib import Path

import typer

from franca.cli.context import Context
from franca.config.pipelines import pipeline_names, shapes
from franca.config.project import Project
from franca.config.toml import FILE_NAME
from franca.model.shape import shape_of
from franca.trust.checks import checks_of


def tables(context: typer.Context, incomplete: str) -> list[str]:
    """Return the tables that begin so, as `application.table`."""
    project = _project(context)
    applications = project.applications if project else ()
    return _begun((f"{a.name}.{shape_of(t).name}" for a in applications for t in a.tables), incomplete)


def pipelines(context: typer.Context, incomplete: str) -> list[str]:
    """Return the pipelines that begin so."""
    project = _project(context)
    return _begun(pipeline_names(project) if project else (), incomplete)


def applications(context: typer.Context, incomplete: str) -> list[str]:
    """Return the applications that begin so."""
    project = _project(context)
    return _begun((a.name for a in project.applications) if project else (), incomplete)


def data_tests(context: typer.Context, incomplete: str) -> list[str]:
    """Return the data tests and entities that begin so."""
    project = _project(context)
    if project is None:
        return []
    checks = checks_of(shapes(project), project.entities, project.tests)
    names = [*(shape.name for shape in shapes(project)), *(check.name for check in checks)]
    return _begun(names, incomplete)


def profiles(context: typer.Context, incomplete: str) -> list[str]:
    """Return the profiles of franca.toml that begin so."""
    with suppress(Exception):
        text = (_given(context).folder / FILE_NAME).read_text(encoding="utf-8")
        return _begun(tomllib.loads(text).get("profile", {}), incomplete)
    return []


def _begun(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def _project(context: typer.Context) -> Project | None:
    """Return the project, or nothing where it can't be loaded: whoever runs a command is told why."""
    with suppress(Exception), redirect_stderr(io.StringIO()):
        return _given(context).project
    return None


def _given(context: typer.Context) -> Context:
    """Return the folder and profile that stand before the command; nothing has been run yet."""
    given = context.find_root().params
    return Context(Path(given.get("project") or "."), given.get("profile") or "")
