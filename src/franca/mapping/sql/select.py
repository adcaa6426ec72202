"""The whole select of a mapping: from an application's rows to an entity's fields, problems and subject.

One result row per entity made. For each field `f` there is a column `f`, and a column `_problem_f` with the
stable code of what is wrong with that row's `f`, null where nothing is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from franca.errors import DefinitionError
from franca.mapping.mapping import Mapping
from franca.mapping.sql.casts import written
from franca.mapping.sql.checks import checked, not_empty
from franca.mapping.sql.dialects import DIALECTS
from franca.mapping.sql.layers import SOURCE, Part, column, first_problem, present
from franca.mapping.sql.literals import field_type, number, text
from franca.mapping.sql.patterns import joined
from franca.mapping.sql.scope import Scope
from franca.mapping.tree import Item, Tree
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape, shape_of

ITEM, SUBJECT, PROBLEM = "_item", "_subject", "_problem"
"""Beside the fields: the item's number within a list (from 0), the event's subject, and as `_problem` the
code of what is wrong with the mapping's own condition; such a row is not left out."""


@dataclass(frozen=True, slots=True)
class Output:
    """What is selected for one item, and the condition under which it is made."""

    columns: list[exp.Expr]
    where: exp.Expr | None


def select(mapping: Mapping[Any, Any], source: str, dialect: str = "duckdb", keep: Sequence[str] = ()) -> str:
    """Return the SQL of a mapping over a table or view whose columns are the table's attributes.

    The columns of the source named in `keep` are carried along. Raises DefinitionError for what the
    dialect can't express.
    """
    tree, shape = mapping.tree, shape_of(mapping.entity)
    words = DIALECTS.get(dialect)
    if words is None:
        expected = f"expected one of {', '.join(sorted(DIALECTS))}"
        raise DefinitionError.one("dialect", f"SQL of the dialect {dialect!r} can't be made", expected)
    scope = Scope(words, dialect, tree.expressions())
    carried = [column(name) for name in keep]
    outputs = [_item(scope, tree, shape, place) for place in range(len(tree.items))]
    rows = exp.select(exp.Star()).from_(exp.to_table(source, dialect=dialect))
    top = exp.to_identifier(scope.layers.top, quoted=True)
    queries = []
    for output in outputs:
        query = exp.select(*(each.copy() for each in carried), *output.columns).from_(top.copy())
        queries.append(query if output.where is None else query.where(output.where))
    whole = queries[0] if len(queries) == 1 else exp.union(*queries, distinct=False)
    for name, layer in ((SOURCE, rows), *scope.layers.ctes()):
        whole = whole.with_(exp.to_identifier(name, quoted=True), as_=layer)
    return whole.sql(dialect=dialect, pretty=True)


def _item(scope: Scope, tree: Tree, shape: Shape, place: int) -> Output:
    item = tree.items[place]
    condition = _condition(scope, tree, item)
    fields = {field.name: _field(scope, item, field) for field in shape.fields}
    only = shape.keys[0]
    if len(shape.keys) == 1 and only.kind is Kind.TEXT:
        fields[only.name] = not_empty(scope, fields[only.name])
    subject = _subject([(field, fields[field.name]) for field in shape.keys])
    outputs = [
        exp.alias_(number(place), ITEM, quoted=True),
        exp.alias_(subject, SUBJECT, quoted=True),
        exp.alias_(_code(condition), PROBLEM, quoted=True),
    ]
    for name, part in fields.items():
        outputs.append(exp.alias_(part.value, name, quoted=True))
        outputs.append(exp.alias_(_code(part), f"{PROBLEM}_{name}", quoted=True))
    return Output(outputs, _made(condition))


def _condition(scope: Scope, tree: Tree, item: Item) -> Part | None:
    """Return whether the item is made: the mapping's condition first, then the item's own."""
    both = [scope.plain(each) for each in (tree.where, item.where) if each is not None]
    if len(both) < 2:
        return scope.kept(both[0]) if both else None
    outer, inner = both
    value = exp.and_(outer.value, inner.value)
    problem = None
    if inner.problem is not None:
        problem = exp.case().when(outer.value.copy(), inner.problem)
    return scope.kept(Part(value, first_problem(outer.problem, problem), max(outer.depth, inner.depth)))


def _made(condition: Part | None) -> exp.Expr | None:
    if condition is None or condition.problem is None:
        return None if condition is None else condition.value.copy()
    return exp.or_(present(condition.problem), condition.value.copy())


def _code(part: Part | None) -> exp.Expr:
    if part is None or part.problem is None:
        return exp.Cast(this=exp.Null(), to=exp.DataType.build("TEXT"))
    return part.problem.copy()


def _field(scope: Scope, item: Item, field: Field) -> Part:
    """Return the field's value and problem; a field that the mapping does not name is null."""
    expression = item.fields.get(field.name)
    if expression is None:
        return Part(exp.Cast(this=exp.Null(), to=field_type(field)))
    return checked(scope, scope.plain(expression), expression.type, field)


def _subject(keys: list[tuple[Field, Part]]) -> exp.Expr:
    """Return the text of the key; of several fields joined by `/`, with `%` and `/` in them encoded."""
    texts = [written(part.value.copy(), field.kind) for field, part in keys]
    if len(texts) == 1:
        return texts[0]
    parts: list[exp.Expr] = []
    for place, value in enumerate(texts):
        encoded: exp.Expr = exp.Cast(this=value, to=exp.DataType.build("TEXT"))
        for old, new in (("%", "%25"), ("/", "%2F")):
            encoded = exp.Replace(this=encoded, expression=text(old), replacement=text(new))
        parts += [text("/"), encoded] if place else [encoded]
    return joined(parts)
