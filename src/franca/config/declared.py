"""What a project's modules declare: applications and entities, and what is wrong among them."""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from franca.errors import DefinitionError, Problem
from franca.mapping.application import Application
from franca.model.entity import Entity, Table
from franca.model.field import Field
from franca.model.indexes import key_index, link_indexes
from franca.model.places import placed
from franca.model.shape import link_targets, shape_of
from franca.model.tests import DataTest, Expectation, FailingRows, Freshness
from franca.model.views import EVENTS, Declared, DeclaredView, Metric

T = TypeVar("T")

_VIEWS = (DeclaredView, Metric)
_TESTS = (Freshness, FailingRows, Expectation)


@dataclass(frozen=True, slots=True)
class Entities:
    """The classes of the canonical model: all of them, those that can be read, and what is wrong."""

    all: Sequence[type[Entity]]
    whole: Sequence[type[Entity]]
    problems: Sequence[Problem]

    def links(self) -> Iterator[Problem]:
        """Yield a problem for each link to what is no entity of the project."""
        for entity in self.whole:
            for path, field in _with_parts(entity.__name__, shape_of(entity).fields):
                try:
                    link_targets(field, self.all)
                except DefinitionError as error:
                    (wrong,) = error.problems
                    yield placed(Problem(path, wrong.reason, wrong.remedy), entity)


def _with_parts(path: str, fields: Iterable[Field]) -> Iterator[tuple[str, Field]]:
    """Yield fields, the items of lists and the parts of nested values, each with its path."""
    for field in fields:
        own = f"{path}.{field.name}"
        yield own, field
        yield from _with_parts(own, field.fields)
        if field.item is not None:
            yield f"{own}[]", field.item
            yield from _with_parts(f"{own}[]", field.item.fields)


def entities_of(modules: Sequence[ModuleType]) -> Entities:
    """Return the entities of some modules; of two with one name the first is kept."""
    found = {v for m in modules for v in vars(m).values() if isinstance(v, type) and issubclass(v, Entity)}
    ordered = sorted(found - {Entity}, key=lambda e: (e.__module__, e.__qualname__))
    problems: list[Problem] = []
    named: dict[str, type[Entity]] = {}
    for entity in ordered:
        try:
            first = named.setdefault(shape_of(entity).name, entity)
        except DefinitionError as error:
            problems.extend(error.problems)
            continue
        if first is not entity:
            reason = f"has the name {shape_of(entity).name!r}, as {first.__module__}.{first.__name__} has"
            remedy = "rename one, or give it name= or version="
            problems.append(placed(Problem(entity.__name__, reason, remedy), entity))
    for name, told in sorted(_taken(named).items()):
        if name in named:
            problem = Problem(named[name].__name__, f"is called {name!r}, as {told}", "give it another name=")
            problems.append(placed(problem, named[name]))
    return Entities(ordered, list(named.values()), problems)


def _taken(named: Mapping[str, type[Entity]]) -> dict[str, str]:
    """Return the names that no entity can have beside these, and what is called so."""
    taken: dict[str, str] = {}
    for name, entity in named.items():
        own = {name + EVENTS: f"the lake calls the events of {name!r}"}
        own[key_index(name)] = f"PostgreSQL calls the index of the key of {name!r}"
        for index, field in link_indexes(shape_of(entity)).items():
            own[index] = f"the store calls the index of {f'{name}.{field}'!r}"
        taken |= {each: told for each, told in own.items() if each != name}
    return taken


def applications_of(modules: Sequence[ModuleType]) -> tuple[list[Application], list[Problem]]:
    """Return the applications of some modules by name, and a problem for each whose name is taken."""
    named: dict[str, Application] = {}
    problems: list[Problem] = []
    for application in _values(modules, Application):
        first = named.setdefault(application.name, application)
        if first is not application:
            reason = f"another application has this name, at {Path(first.file).name}:{first.line}"
            place = (application.file, application.line)
            problems.append(Problem(application.name, reason, "rename one", *place))
    return sorted(named.values(), key=lambda a: a.name), problems


def declared_tables(application: Application) -> Sequence[type[Table]]:
    """Return an application's tables, those with mappings first.

    The others are those of the modules that hold them, and of the module that makes the application.
    """
    names = {table.__module__ for table in application.tables}
    names |= {n for n, m in [*sys.modules.items()] if getattr(m, "__file__", None) == application.file}
    beside = [
        value
        for name in sorted(names)
        for value in vars(sys.modules[name]).values()
        if isinstance(value, type) and issubclass(value, Table) and value.__module__ == name
    ]
    return tuple(dict.fromkeys([*application.tables, *beside]))


def tests_of(modules: Sequence[ModuleType]) -> tuple[dict[str, DataTest], list[Problem]]:
    """Return the data tests of some modules by name, and a problem for each that nobody will find.

    A test is found by the name it is bound to, or in a list or tuple with such a name.
    """
    found: dict[str, DataTest] = {}
    problems: list[Problem] = []
    seen: set[int] = set()
    for module in modules:
        problems += list(_unbound(module))
        for name, test in _tests_in(module):
            if id(test) in seen:
                continue
            seen.add(id(test))
            if test.name or name in found:
                name = test.name or name
            if name in found:
                problems.append(
                    Problem(
                        name, "is the name of two data tests", "give one of them name=", str(module.__file__)
                    )
                )
            found.setdefault(name, test)
    return found, problems


def views_of(modules: Sequence[ModuleType]) -> tuple[dict[str, Declared], list[Problem]]:
    """Return the views and metrics of some modules by name, and a problem for each whose name is taken."""
    found: dict[str, Declared] = {}
    problems: list[Problem] = []
    for module in modules:
        for bound, value in vars(module).items():
            if not isinstance(value, _VIEWS):
                continue
            name = value.name or bound
            if found.setdefault(name, value) is not value:
                file = getattr(module, "__file__", None) or ""
                problems.append(Problem(name, "is the name of two views", "give one of them name=", file))
    return found, problems


def _tests_in(module: ModuleType) -> Iterator[tuple[str, DataTest]]:
    for name, value in vars(module).items():
        if isinstance(value, _TESTS):
            yield name, value
        elif isinstance(value, list | tuple):
            tests = [(f"{name}_{n}", each) for n, each in enumerate(value, 1) if isinstance(each, _TESTS)]
            yield from tests


def _unbound(module: ModuleType) -> Iterator[Problem]:
    """Yield a problem for each data test that is made and bound to no name."""
    path = Path(module.__file__ or "")
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if "freshness" not in text and "failing_rows" not in text:
        return
    for node in ast.parse(text).body:
        call = node.value if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None
        name = getattr(call.func, "id", getattr(call.func, "attr", "")) if call else ""
        if name in ("freshness", "failing_rows"):
            remedy = f"bind it: `its_name = {name}(…)`"
            yield Problem(name, "is a data test that nobody finds", remedy, str(path), node.lineno)


def _values(modules: Sequence[ModuleType], kind: type[T]) -> Iterator[T]:
    seen: set[int] = set()
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, kind) and id(value) not in seen:
                seen.add(id(value))
                yield value
