"""The views and metrics that a project declares: their SQL is checked against what they read."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.errors import SqlglotError

from franca.errors import DefinitionError, Problem
from franca.model.shape import LONGEST_NAME, Shape
from franca.model.views import EVENTS, Declared, Metric
from franca.views.catalogue import Catalogue
from franca.views.model import NAME, Model
from franca.views.portable import unions_by_place
from franca.views.qualified import qualified
from franca.views.typed import with_texts
from franca.views.view import View, ViewColumn, field_column, state_columns
from franca.views.written import nearest, reads, unreadable, written

if TYPE_CHECKING:
    from franca.views.made_of import Place

_OF_EVENTS = (
    "_source",
    "_type",
    "_mapping_hash",
    "_schema",
    "_partition",
    "_offset",
    "_topic_id",
)
Known = dict[str, dict[str, ViewColumn]]


def declared(model: Model) -> Iterator[View]:
    """Yield what the project declares, each after what it reads. Raises DefinitionError with all problems."""
    problems: list[Problem] = []
    trees: dict[str, exp.Query] = {}
    for name, each in model.declared.items():
        try:
            _require_name(model, name)
            trees[name] = written(name, each)
        except DefinitionError as error:
            problems += error.problems
    wrong = set(model.declared) - set(trees)
    known, every = _known(model), list(model.catalogue)
    while ready := [name for name, tree in trees.items() if reads(tree) <= known.keys()]:
        for name in ready:
            try:
                made = _view(name, model.declared[name], trees.pop(name), known)
                every.append(made)
                _require_short(Catalogue(model.shapes, every), made)
            except DefinitionError as error:
                problems += error.problems
                wrong.add(name)
                continue
            known[name] = {column.name: column for column in made.columns}
            yield made
    problems += _unanswered(trees, known, wrong)
    if problems:
        raise DefinitionError([_placed(problem, model.declared.get(problem.path)) for problem in problems])


def _require_name(model: Model, name: str) -> None:
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        remedy = f"use lower-case letters, digits and underscores, at most {LONGEST_NAME}"
        raise DefinitionError.one(name, "is no name for a view", remedy)
    if model.is_taken(name):
        reason = "is the name of an entity, or of a view or an index that follows from the model"
        raise DefinitionError.one(name, reason, "give it another name")


def _unanswered(trees: Mapping[str, exp.Query], known: Known, wrong: set[str]) -> Iterator[Problem]:
    """Yield a problem for each view that reads itself, or what is not there; not for a wrong one's reader."""
    waits = {name: reads(tree) & set(trees) for name, tree in trees.items()}
    for name, tree in trees.items():
        circle = _circle(name, waits)
        if circle:
            way = " → ".join(circle)
            yield Problem(name, f"reads itself: {way}", "views may not read each other in a circle")
        for absent in sorted(reads(tree) - known.keys() - set(trees) - wrong):
            remedy = nearest(absent, known) or "name entities and views: `franca views list`"
            yield Problem(name, f"reads {absent!r}, which is not there", remedy)


def _circle(name: str, waits: Mapping[str, set[str]]) -> list[str]:
    """Return a way from a view over those that it reads back to itself, nothing where there is none."""
    ways = [[name]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for read in sorted(waits[way[-1]] - seen):
            if read == name:
                return [*way, name]
            seen.add(read)
            ways.append([*way, read])
    return []


def _placed(problem: Problem, declared: Declared | None) -> Problem:
    """Return the problem with the place where its view is declared."""
    return problem if declared is None else replace(problem, file=declared.file, line=declared.line)


def _known(model: Model) -> Known:
    found: Known = {}
    for shape in model.shapes:
        events = [*(field_column(shape, field) for field in shape.fields), *state_columns()]
        events += [_subject(shape), *map(ViewColumn, _OF_EVENTS)]
        found[f"{shape.name}{EVENTS}"] = {column.name: column for column in events}
    for view in model.catalogue:
        if not view.parameter:
            found[view.name] = {column.name: column for column in view.columns}
    return found


def _subject(shape: Shape) -> ViewColumn:
    """Return the column that has the key of an event's entity as text."""
    sources = tuple((shape.name, field.name) for field in shape.keys)
    return ViewColumn("_subject", "", any(field.is_personal for field in shape.keys), sources)


def _view(name: str, declared: Declared, tree: exp.Query, known: Known) -> View:
    from franca.views.made_of import MadeOf  # slow to load, and most projects declare no view

    schema: dict[str, object] = {
        relation: dict.fromkeys(known[relation], "unknown") for relation in reads(tree)
    }
    try:
        tree = unions_by_place(tree, schema)
        whole = qualified(tree, schema)
        names = whole.named_selects
        twice = sorted({each for each in names if names.count(each) > 1})
        if twice or "*" in names or whole.find(exp.Columns):
            reason = f"has the column {twice[0]!r} twice" if twice else "has columns without names"
            raise DefinitionError.one(name, reason, "name each column once: expression AS name")
        whole = with_texts(whole, known)
        made_of = MadeOf(whole, known)
        shown = enumerate(zip(names, whole.selects, strict=True))
        columns = tuple(_column(each, what, made_of.column(place), known) for place, (each, what) in shown)
    except SqlglotError as error:
        raise unreadable(name, error, (each for read in reads(tree) for each in known[read])) from error
    if isinstance(declared, Metric):
        return View(name, "metric", "", declared.description, columns, lambda: whole)
    only_in_lake = "store" not in declared.places
    return View(name, "declared", "", declared.description, columns, lambda: whole, only_in_lake=only_in_lake)


def _require_short(views: Catalogue, made: View) -> None:
    """Raise DefinitionError where a view that can be made in the store has a column's name that it cuts."""
    if "store" not in views.places(made):
        return
    for column in made.columns:
        if (size := len(column.name.encode())) > LONGEST_NAME:
            remedy = f"give it at most {LONGEST_NAME}: PostgreSQL keeps no more"
            raise DefinitionError.one(
                made.name, f"its column {column.name!r} has a name of {size} bytes", remedy
            )


def _column(name: str, shown: exp.Expr, made_of: "Mapping[Place, bool]", known: Known) -> ViewColumn:
    """Return a column with all that the columns behind it say; a description comes from a single one."""
    behind = [(known[relation][column], is_counted) for (relation, column), is_counted in made_of.items()]
    sources = tuple(dict.fromkeys(source for column, _ in behind for source in column.sources))
    is_plain = len(behind) == 1 and isinstance(shown.unalias(), exp.Column)
    description = behind[0][0].description if is_plain else ""
    is_personal = any(column.is_personal and not is_counted for column, is_counted in behind)
    return ViewColumn(name, description, is_personal, sources)
