"""The views and metrics that a project declares: their SQL is checked against what they read."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from franca.errors import DefinitionError, Problem
from franca.model.shape import LONGEST_NAME
from franca.model.views import Declared, Metric
from franca.views.catalogue import EVENTS
from franca.views.model import NAME, Model
from franca.views.trees import DIALECT
from franca.views.view import View, ViewColumn, field_column, state_columns

if TYPE_CHECKING:
    from sqlglot.lineage import Node

_OF_EVENTS = (
    "_source",
    "_type",
    "_subject",
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
            trees[name] = _parsed(model, name, each)
        except DefinitionError as error:
            problems += error.problems
    known = _known(model)
    while ready := [name for name, tree in trees.items() if _reads(tree) <= known.keys()]:
        for name in ready:
            try:
                made = _view(name, model.declared[name], trees.pop(name), known)
            except DefinitionError as error:
                problems += error.problems
                known[name] = {}
                continue
            known[name] = {column.name: column for column in made.columns}
            yield made
    for name, tree in trees.items():
        absent = ", ".join(map(repr, sorted(_reads(tree) - known.keys())))
        remedy = "name entities and views; views may not read each other in a circle"
        problems.append(Problem(name, f"reads {absent}, which is not there", remedy))
    if problems:
        raise DefinitionError(problems)


def _parsed(model: Model, name: str, declared: Declared) -> exp.Query:
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        remedy = f"use lower-case letters, digits and underscores, at most {LONGEST_NAME}"
        raise DefinitionError.one(name, "is no name for a view", remedy)
    if model.is_taken(name):
        reason = "is the name of an entity, or of a view that follows from the model"
        raise DefinitionError.one(name, reason, "give it another name")
    sql = _metric_sql(name, declared) if isinstance(declared, Metric) else declared.sql
    try:
        tree = parse_one(sql, dialect=DIALECT)
    except SqlglotError as error:
        raise _unreadable(name, error) from error
    if not isinstance(tree, exp.Query):
        raise DefinitionError.one(name, f"is no query but {tree.key.upper()}", "write one select statement")
    return tree


def _metric_sql(name: str, metric: Metric) -> str:
    by = ", ".join(f'"{column}"' for column in metric.by)
    where = f" WHERE {metric.where}" if metric.where else ""
    groups = f" GROUP BY {by}" if by else ""
    selected = f'{by}, {metric.expression} AS "{name}"' if by else f'{metric.expression} AS "{name}"'
    return f'SELECT {selected} FROM "{metric.over}"{where}{groups}'  # noqa: S608 - the project's own SQL


def _reads(tree: exp.Query) -> set[str]:
    own = {part.alias.lower() for part in tree.find_all(exp.CTE)}
    return {t.name.lower() or t.sql(dialect=DIALECT) for t in tree.find_all(exp.Table)} - own


def _known(model: Model) -> Known:
    found: Known = {}
    for shape in model.shapes:
        events = [*(field_column(shape, field) for field in shape.fields), *state_columns()]
        events += map(ViewColumn, _OF_EVENTS)
        found[f"{shape.name}{EVENTS}"] = {column.name: column for column in events}
    for view in model.catalogue:
        if not view.parameter:
            found[view.name] = {column.name: column for column in view.columns}
    return found


def _view(name: str, declared: Declared, tree: exp.Query, known: Known) -> View:
    from sqlglot.optimizer.qualify import qualify  # slow to load, and most projects declare no view

    schema: dict[str, object] = {
        relation: dict.fromkeys(known[relation], "unknown") for relation in _reads(tree)
    }
    try:
        whole = qualify(tree, dialect=DIALECT, schema=schema, validate_qualify_columns=all(schema.values()))
        assert isinstance(whole, exp.Query)
        names = whole.named_selects
        twice = sorted({each for each in names if names.count(each) > 1})
        if twice or "*" in names or whole.find(exp.Columns):
            reason = f"has the column {twice[0]!r} twice" if twice else "has columns without names"
            raise DefinitionError.one(name, reason, "name each column once: expression AS name")
        columns = tuple(_column(each, whole, schema, known) for each in names)
    except SqlglotError as error:
        raise _unreadable(name, error) from error
    kind = "metric" if isinstance(declared, Metric) else "declared"
    return View(name, kind, "", declared.description, columns, lambda: whole)


def _column(name: str, tree: exp.Query, schema: Mapping[str, object], known: Known) -> ViewColumn:
    """Return a column with all that the columns behind it say; a description comes from a single one."""
    from sqlglot.lineage import lineage  # as above

    root = lineage(name, tree.copy(), schema=dict(schema), dialect=DIALECT)
    behind = list(_behind(root, known))
    sources = tuple(dict.fromkeys(source for column in behind for source in column.sources))
    description = behind[0].description if len(behind) == 1 and isinstance(_bare(root), exp.Column) else ""
    return ViewColumn(name, description, any(column.is_personal for column in behind), sources)


def _behind(root: "Node", known: Known) -> Iterable[ViewColumn]:
    for node in root.walk():
        if not node.downstream and isinstance(node.expression, exp.Table):
            column = known.get(node.expression.name, {}).get(node.name.rpartition(".")[2].strip('"'))
            if column is not None:
                yield column


def _bare(root: "Node") -> exp.Expr:
    found = root.expression
    return found.unalias() if isinstance(found, exp.Expr) else found


def _unreadable(name: str, error: SqlglotError) -> DefinitionError:
    reason = str(error).partition("\n")[0]
    return DefinitionError.one(name, f"its SQL is wrong: {reason}", "mend it: it is DuckDB's")
