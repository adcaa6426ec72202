"""The whole select of a mapping: from an application's rows to an entity's fields, problems and subject.

One result row per entity made. For each field `f` there is a column `f`, and a column `_problem_f` with the
stable code of what is wrong with that row's `f`, null where nothing is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from franca.errors import DefinitionError
from franca.mapping.mapping import Mapping
from franca.mapping.sql.casts import field_text
from franca.mapping.sql.checks import checked, not_empty
from franca.mapping.sql.dialects import DIALECTS
from franca.mapping.sql.layers import SOURCE, Part, column, first_problem, present
from franca.mapping.sql.literals import field_type, number, text
from franca.mapping.sql.nested import shaped
from franca.mapping.sql.patterns import joined
from franca.mapping.sql.scope import Scope
from franca.mapping.sql.spark import as_spark, require_types
from franca.mapping.sql.zone_doubts import NO_DOUBTS, Doubts
from franca.mapping.tree import Item, Tree
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape, shape_of

ITEM, SUBJECT, PROBLEM = "_item", "_subject", "_problem"
"""Beside the fields: the item's number within a list (from 0), the event's subject, and as `_problem` the
code of what is wrong with the mapping's own condition; such a row is not left out."""


@dataclass(frozen=True, slots=True)
class Output:
    """What is selected for one item, the condition under which it is made, and what others must not be.

    `subject` is kept in a layer where there are several items, null where the item is not made.
    """

    fields: dict[str, Part]
    condition: Part | None
    subject: exp.Expr


def select(
    mapping: Mapping[Any, Any],
    source: str,
    dialect: str = "duckdb",
    keep: Sequence[str] = (),
    doubts: Doubts = NO_DOUBTS,
) -> str:
    """Return the SQL of a mapping over a table or view whose columns are the table's attributes.

    The columns of the source named in `keep` are carried along. Where local times lie within `doubts`, they
    are problems. Raises DefinitionError for what the dialect can't express.
    """
    shape = shape_of(mapping.entity)
    tree = shaped(mapping.tree, shape)
    words = DIALECTS.get(dialect)
    if words is None:
        expected = f"expected one of {', '.join(sorted(DIALECTS))}"
        raise DefinitionError.one("dialect", f"SQL of the dialect {dialect!r} can't be made", expected)
    if dialect == "spark":
        require_types(shape)
    scope = Scope(words, dialect, tree.expressions(), doubts)
    carried = [column(name) for name in keep]
    outputs = [_item(scope, tree, shape, item) for item in tree.items]
    subjects = [_kept_subject(scope, output, shape) for output in outputs] if len(outputs) > 1 else []
    rows = exp.select(exp.Star()).from_(exp.to_table(source, dialect=dialect))
    top = exp.to_identifier(scope.layers.top, quoted=True)
    queries = []
    for place, output in enumerate(outputs):
        columns = _columns(output, place, _repeated(subjects, place), shape.keys[0].name)
        query = exp.select(*(each.copy() for each in carried), *columns).from_(top.copy())
        made = _made(output.condition)
        queries.append(query if made is None else query.where(made))
    whole = queries[0] if len(queries) == 1 else exp.union(*queries, distinct=False)
    for name, layer in ((SOURCE, rows), *scope.layers.ctes()):
        whole = whole.with_(exp.to_identifier(name, quoted=True), as_=layer)
    made = as_spark(whole) if dialect == "spark" else whole
    return made.sql(dialect=dialect, pretty=True)


def _item(scope: Scope, tree: Tree, shape: Shape, item: Item) -> Output:
    condition = _condition(scope, tree, item)
    fields = {field.name: _field(scope, item, field) for field in shape.fields}
    only = shape.keys[0]
    if len(shape.keys) == 1 and only.kind is Kind.TEXT:
        fields[only.name] = not_empty(scope, fields[only.name])
    return Output(fields, condition, _subject([(field, fields[field.name]) for field in shape.keys]))


def _columns(output: Output, place: int, repeated: exp.Expr | None, key: str) -> list[exp.Expr]:
    columns = [
        exp.alias_(number(place), ITEM, quoted=True),
        exp.alias_(output.subject, SUBJECT, quoted=True),
        exp.alias_(_code(output.condition), PROBLEM, quoted=True),
    ]
    for name, part in output.fields.items():
        problem = first_problem(part.problem, repeated if name == key else None)
        columns.append(exp.alias_(part.value, name, quoted=True))
        columns.append(exp.alias_(_code(replace(part, problem=problem)), f"{PROBLEM}_{name}", quoted=True))
    return columns


def _kept_subject(scope: Scope, output: Output, shape: Shape) -> exp.Expr:
    """Return the subject as a column of a layer, null where the item is not made or its key is wrong."""
    parts = [output.fields[field.name] for field in shape.keys]
    tests: list[exp.Expr] = [
        exp.Is(this=part.problem.copy(), expression=exp.Null()) for part in parts if part.problem
    ]
    if output.condition is not None:
        parts.append(output.condition)
        tests.append(output.condition.value.copy())
    value = exp.case().when(exp.and_(*tests), output.subject.copy()) if tests else output.subject.copy()
    return scope.layers.keep(value, max(part.depth for part in parts))[0]


def _repeated(subjects: Sequence[exp.Expr], place: int) -> exp.Expr | None:
    """Return the problem of an item whose key another item has as well, None where there is no other."""
    others = [subject.copy() for other, subject in enumerate(subjects) if other != place]
    if not others:
        return None
    same = exp.In(this=subjects[place].copy(), expressions=others)
    return exp.case().when(same, text("repeated-key"))


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
    texts = [field_text(part.value.copy(), field) for field, part in keys]
    if len(texts) == 1:
        return texts[0]
    parts: list[exp.Expr] = []
    for place, value in enumerate(texts):
        encoded: exp.Expr = exp.Cast(this=value, to=exp.DataType.build("TEXT"))
        for old, new in (("%", "%25"), ("/", "%2F")):
            encoded = exp.Replace(this=encoded, expression=text(old), replacement=text(new))
        parts += [text("/"), encoded] if place else [encoded]
    return joined(parts)
