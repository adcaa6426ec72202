"""What the shell completes: names that the project at hand declares. Never an error, never any output.

Every command imports this for its options, few ask: so each function imports what it needs.
"""

import io
import tomllib
from collections.abc import Iterable
from contextlib import redirect_stderr, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from franca.cli.context import Context
from franca.config.toml import FILE_NAME

if TYPE_CHECKING:
    from franca.config.project import Project
    from franca.operations.publication import EntityVersion


def tables(context: typer.Context, incomplete: str) -> list[str]:
    """Return the tables that begin so, as `application.table`."""
    from franca.model.shape import shape_of

    project = _project(context)
    applications = project.applications if project else ()
    return _begun((f"{a.name}.{shape_of(t).name}" for a in applications for t in a.tables), incomplete)


def pipelines(context: typer.Context, incomplete: str) -> list[str]:
    """Return the pipelines that begin so."""
    from franca.config.pipelines import pipeline_names

    project = _project(context)
    return _begun(pipeline_names(project) if project else (), incomplete)


def applications(context: typer.Context, incomplete: str) -> list[str]:
    """Return the applications that begin so."""
    project = _project(context)
    return _begun((a.name for a in project.applications) if project else (), incomplete)


def differences(context: typer.Context, incomplete: str) -> list[str]:
    """Return the unpublished differences that begin so and may be accepted, as `individual.gender`."""
    found = _versions(context)
    names = (s.place(finding) for s in found for finding in s.findings if not finding.compatible)
    return _begun(names, incomplete)


def withdrawn(context: typer.Context, incomplete: str) -> list[str]:
    """Return the contracts that begin so and that no mapping gives any more, as `individual/1`."""
    found = (version.contract.id for version in _versions(context) if version.declared is None)
    return _begun(found, incomplete)


def entities(context: typer.Context, incomplete: str) -> list[str]:
    """Return the entities that begin so."""
    from franca.config.pipelines import shapes

    project = _project(context)
    return _begun((shape.name for shape in shapes(project)) if project else (), incomplete)


def data_tests(context: typer.Context, incomplete: str) -> list[str]:
    """Return the data tests and entities that begin so."""
    from franca.config.pipelines import shapes
    from franca.trust.checks import checks_of

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


def formats(incomplete: str) -> list[str]:
    """Return the formats of messages that begin so, `auto` among them."""
    from franca.formats.registry import AUTO, DECLARED, FORMATS

    return _begun(sorted(each.name for each in (AUTO, *FORMATS, *DECLARED)), incomplete)


def _begun(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def _versions(context: typer.Context) -> "list[EntityVersion]":
    from franca.operations.publication import entity_versions

    project = _project(context)
    with suppress(Exception):
        return entity_versions(project) if project else []
    return []


def _project(context: typer.Context) -> "Project | None":
    """Return the project, or nothing where it can't be loaded: whoever runs a command is told why."""
    with suppress(Exception), redirect_stderr(io.StringIO()):
        return _given(context).project
    return None


def _given(context: typer.Context) -> Context:
    """Return the folder and profile that stand before the command; nothing has been run yet."""
    given = context.find_root().params
    return Context(Path(given.get("project") or "."), given.get("profile") or "")
