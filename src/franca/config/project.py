"""A user's project: settings, canonical model and applications, loaded and checked as one value."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from franca.config.modules import import_modules
from franca.config.names import strays, unusable
from franca.config.settings import Settings
from franca.config.toml import FILE_NAME, read_settings
from franca.config.versions import Versions
from franca.errors import DefinitionError, Problem
from franca.mapping.application import Application
from franca.mapping.mapping import Mapping
from franca.model.entity import Entity, Table
from franca.model.shape import link_targets, shape_of


@dataclass(frozen=True, slots=True)
class Project:
    """What a user declared. `state` is the folder for everything franca keeps on this machine."""

    folder: Path
    settings: Settings
    entities: Sequence[type[Entity]]
    applications: Sequence[Application]
    versions: Versions

    @property
    def state(self) -> Path:
        """Return `.franca/` in the project's folder."""
        return self.folder / ".franca"

    def application(self, name: str) -> Application:
        """Return an application by name. Raises DefinitionError naming those there are."""
        for application in self.applications:
            if application.name == name:
                return application
        known = ", ".join(a.name for a in self.applications) or "none"
        raise DefinitionError.one(name, f"no such application, the project has: {known}", "check the name")

    def table(self, name: str) -> tuple[Application, type[Table]]:
        """Return a table by `application.table`. Raises DefinitionError naming those there are."""
        application_name, _, table_name = name.partition(".")
        application = self.application(application_name)
        for table in application.tables:
            if shape_of(table).name == table_name:
                return application, table
        known = ", ".join(f"{application.name}.{shape_of(t).name}" for t in application.tables) or "none"
        raise DefinitionError.one(name, f"no such table, the application has: {known}", "check the name")

    def mappings(self) -> Iterator[Mapping[Any, Any]]:
        """Yield every mapping of every application."""
        for application in self.applications:
            yield from application.mappings

    def problems(self) -> list[Problem]:
        """Return everything that is wrong in model, mappings and settings, in the order of the files."""
        found = [p for a in self.applications for p in a.problems()]
        found += list(self._shared_entities())
        found += list(self._links())
        found += unusable(self.settings, self.applications)
        found += strays(self.settings, self.applications)
        return sorted(found, key=lambda p: (p.file, p.line))

    def check(self) -> None:
        """Raise DefinitionError with all problems, if there are any."""
        problems = self.problems()
        if problems:
            raise DefinitionError(problems)

    def _shared_entities(self) -> Iterator[Problem]:
        """Yield a problem for each entity that several tables feed: one lineage an entity, so far."""
        first: dict[str, Mapping[Any, Any]] = {}
        for mapping in self.mappings():
            if mapping.problems:
                continue
            name = shape_of(mapping.entity).name
            known = first.setdefault(name, mapping)
            if known.table is not mapping.table:
                yield Problem(
                    f"{mapping.application.name}.{mapping.name}",
                    f"entity {name!r} has a lineage already, from {known.application.name}.{known.name}",
                    "map one table to an entity; assembling several lineages is not built yet",
                    mapping.file,
                    mapping.line,
                )

    def _links(self) -> Iterator[Problem]:
        """Yield a problem for each link to what is no entity of the project."""
        for entity in self.entities:
            for field in shape_of(entity).fields:
                try:
                    link_targets(field, self.entities)
                except DefinitionError as error:
                    (wrong,) = error.problems
                    yield Problem(f"{entity.__name__}.{wrong.path}", wrong.reason, wrong.remedy)


def load(folder: Path, profile: str = "") -> Project:
    """Load the project in a folder. Raises DefinitionError for settings or files that can't be read.

    Problems inside mappings do not raise here: `Project.problems` lists them all.
    """
    settings = read_settings(folder / FILE_NAME, profile)
    modules = import_modules(folder, settings.modules)
    applications = _unique(list(_values(modules, Application)))
    for application in applications:
        place = settings.applications.get(application.name)
        if place and place.epoch is not None:
            application.epoch = place.epoch
    return Project(folder, settings, _entities(modules), applications, Versions(folder))


def _values(modules: Sequence[ModuleType], kind: type[Application]) -> Iterator[Application]:
    seen: set[int] = set()
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, kind) and id(value) not in seen:
                seen.add(id(value))
                yield value


def _unique(applications: list[Application]) -> list[Application]:
    names = [a.name for a in applications]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise DefinitionError([Problem(n, "two applications have this name", "rename one") for n in twice])
    return sorted(applications, key=lambda a: a.name)


def _entities(modules: Sequence[ModuleType]) -> list[type[Entity]]:
    """Return the classes of the canonical model. Raises DefinitionError with all their problems."""
    found = {v for m in modules for v in vars(m).values() if isinstance(v, type) and issubclass(v, Entity)}
    problems: list[Problem] = []
    shapes: dict[str, type[Entity]] = {}
    for entity in sorted(found - {Entity}, key=lambda e: (e.__module__, e.__qualname__)):
        try:
            name = shape_of(entity).name
        except DefinitionError as error:
            problems.extend(error.problems)
            continue
        if name in shapes:
            problems.append(Problem(name, "two entities have this name", "rename one, or give it name="))
        shapes[name] = entity
    if problems:
        raise DefinitionError(problems)
    return list(shapes.values())
