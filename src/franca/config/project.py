"""A user's project: settings, canonical model and applications, loaded and checked as one value."""

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Mapped
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from franca.config.checking import strays, undecodable, unusable
from franca.config.declared import applications_of, declared_tables, entities_of, tests_of, views_of
from franca.config.modules import import_modules
from franca.config.settings import Settings
from franca.config.toml import FILE_NAME, located, modules_named, read_settings
from franca.config.versions import Versions
from franca.errors import DefinitionError, Problem, UsageError
from franca.mapping.application import Application
from franca.mapping.mapping import Mapping
from franca.model.entity import Entity, Table
from franca.model.shape import shape_of
from franca.model.tests import DataTest
from franca.model.views import Declared


@dataclass(frozen=True, slots=True)
class Project:
    """What a user declared. `state` is the folder for everything franca keeps on this machine."""

    folder: Path
    settings: Settings
    entities: Sequence[type[Entity]]
    applications: Sequence[Application]
    versions: Versions
    link_problems: Sequence[Problem] = ()
    tests: Mapped[str, DataTest] = field(default_factory=dict)
    views: Mapped[str, Declared] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        """Return `.franca/` in the project's folder."""
        return self.folder / ".franca"

    def application(self, name: str) -> Application:
        """Return an application by name. Raises UsageError naming those there are."""
        for application in self.applications:
            if application.name == name:
                return application
        known = ", ".join(a.name for a in self.applications) or "none"
        raise UsageError.one(name, f"no such application, the project has: {known}", "check the name")

    def table(self, name: str, *, mapped: bool = True) -> tuple[Application, type[Table]]:
        """Return a table by `application.table`, one without mappings too unless it has to be `mapped`.

        Raises UsageError naming those there are.
        """
        application_name, dot, table_name = name.partition(".")
        if not dot:
            there = [f"{a.name}.{shape_of(t).name}" for a in self.applications for t in declared_tables(a)]
            meant = [each for each in there if each.endswith(f".{name}")] or there
            known = ", ".join(meant) or "none"
            raise UsageError.one(name, f"is no table, expected application.table: {known}", "name it so")
        application = self.application(application_name)
        tables = application.tables if mapped else declared_tables(application)
        for table in tables:
            if shape_of(table).name == table_name:
                return application, table
        known = ", ".join(f"{application.name}.{shape_of(t).name}" for t in tables) or "none"
        if mapped and any(shape_of(t).name == table_name for t in declared_tables(application)):
            reason = f"no mapping reads the table; tables with mappings: {known}"
            raise UsageError.one(name, reason, f"write a mapping of it: @{application.name}.maps")
        raise UsageError.one(name, f"no such table, the application has: {known}", "check the name")

    def mappings(self) -> Iterator[Mapping[Any, Any]]:
        """Yield every mapping of every application."""
        for application in self.applications:
            yield from application.mappings

    def problems(self, *, is_whole: bool = True) -> list[Problem]:
        """Return everything that is wrong in model, mappings and settings, in the order of the files.

        Of a project that is not whole nothing is said to be missing.
        """
        found = [p for a in self.applications for p in a.problems()]
        found += list(self._shared_entities())
        found += unusable(self.settings, self.applications)
        found += undecodable(self.settings, self.applications)
        if is_whole:
            found += self.link_problems
            found += self._strays()
        return sorted(found, key=_place)

    def check(self) -> None:
        """Raise DefinitionError with all problems, if there are any."""
        problems = self.problems()
        if problems:
            raise DefinitionError(problems)

    def publish_versions(self) -> None:
        """Publish the version of each application's mappings, where it has any. Raises DefinitionError."""
        for application in self.applications:
            if application.mappings:
                self.versions.publish(application.name, application.hash)

    def _strays(self) -> Iterator[Problem]:
        """Yield a problem for each setting of what nobody declared, at its line."""
        path = self.folder / FILE_NAME
        for problem in strays(self.settings, self.applications):
            yield replace(located(problem, path.read_text(encoding="utf-8")), file=str(path))

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


def load(folder: Path, profile: str = "") -> Project:
    """Load the project in a folder. Raises DefinitionError for settings, modules or entities with problems.

    It holds whatever else is wrong too. Problems inside mappings alone do not raise here:
    `Project.problems` lists them all.
    """
    try:
        settings = read_settings(folder / FILE_NAME, profile)
    except UsageError:
        raise
    except DefinitionError as error:
        raise DefinitionError([*error.problems, *_module_problems(folder, profile)]) from error
    modules, broken = import_modules(folder, settings.modules)
    applications, doubled = applications_of(modules)
    for application in applications:
        place = settings.applications.get(application.name)
        if place and place.epoch is not None:
            application.epoch = place.epoch
    entities = entities_of(modules)
    tests, lost = tests_of(modules)
    views, twice = views_of(modules)
    links = list(entities.links())
    project = Project(folder, settings, entities.whole, applications, Versions(folder), links, tests, views)
    damage = [*broken, *doubled, *entities.problems, *lost, *twice]
    if damage:
        others = project.problems(is_whole=not broken)
        raise DefinitionError(list(dict.fromkeys(sorted([*damage, *others], key=_place))))
    return project


def _module_problems(folder: Path, profile: str) -> list[Problem]:
    """Return what is wrong in the modules of a project whose settings can't be read."""
    names = modules_named(folder / FILE_NAME, profile)
    if names is None:
        return []
    modules, broken = import_modules(folder, names)
    applications, doubled = applications_of(modules)
    own = [problem for application in applications for problem in application.problems()]
    damage = [*broken, *doubled, *entities_of(modules).problems, *tests_of(modules)[1], *own]
    return list(dict.fromkeys(sorted(damage, key=_place)))


def _place(problem: Problem) -> tuple[str, int]:
    return problem.file, problem.line
