"""Writes what DuckDB alone has so that other engines have it too: functions behind a dot, unions by name."""

from collections.abc import Iterable, Iterator, Sequence

from sqlglot import exp, parse_one
from sqlglot.errors import OptimizeError

from franca.views.trees import DIALECT, column, select, within

_SCHEMAS = frozenset({"main", "pg_catalog"})
"""What stands before a function's name and is no value."""


def calls_in_front(tree: exp.Query) -> exp.Query:
    """Return the query with `value.function(…)` as `function(value, …)`.

    It is read again: names before a dot are read as others than those within a call.
    """
    chained = [node for node in tree.find_all(exp.Dot, exp.Column) if _function(node) is not None]
    for node in reversed(chained):  # the inner ones first
        function = _function(node)
        assert function is not None
        value = node.this if isinstance(node, exp.Dot) else _before(node)
        if not (isinstance(value, exp.Identifier) and value.name.lower() in _SCHEMAS):
            _put_first(value, function)
        node.replace(_called(node))
    if not chained:
        return tree
    made = parse_one(tree.sql(dialect=DIALECT), dialect=DIALECT)
    assert isinstance(made, exp.Query)
    return made


def _called(node: exp.Expr) -> exp.Expr:
    found: exp.Expr = node.expression if isinstance(node, exp.Dot) else node.this
    return found


def _function(node: exp.Expr) -> exp.Anonymous | None:
    """Return the function that is called behind a dot, perhaps one over a window, or of filtered rows."""
    found = _called(node)
    while isinstance(found, exp.Filter | exp.Window | exp.IgnoreNulls | exp.RespectNulls):
        found = found.this
    return found if isinstance(found, exp.Anonymous) else None


def _before(column: exp.Expr) -> exp.Expr:
    """Return what stands before the last dot of a column, in whose place there is a call."""
    assert isinstance(column, exp.Column)
    parts = [part.copy() for part in column.parts[:-1]]
    return exp.Dot.build(parts) if len(parts) > 1 else parts[0]


def _put_first(value: exp.Expr, function: exp.Anonymous) -> None:
    others = function.expressions
    if others and isinstance(others[0], exp.Order) and not others[0].this:
        others[0].set("this", value.copy())
    else:
        function.set("expressions", [value.copy(), *others])


def unions_by_place(tree: exp.Query, schema: dict[str, object]) -> exp.Query:
    """Return the query with each `UNION BY NAME` as one by place, with nulls for what a side lacks.

    `schema` has the columns of what the query reads. Raises OptimizeError.
    """
    from sqlglot.optimizer.qualify import qualify  # slow to load, and most projects declare no view
    from sqlglot.optimizer.scope import traverse_scope  # as above

    for scope in traverse_scope(tree):
        union = scope.expression
        if not isinstance(union, exp.Union) or not union.args.get("by_name"):
            continue
        alone = union.copy()
        parts = _parts(union, (part.expression for part in scope.cte_sources.values()))
        alone.set("with_", exp.With(expressions=parts) if parts else None)
        told = qualify(alone, dialect=DIALECT, schema=schema, validate_qualify_columns=False)
        left, right = told.this.named_selects, told.expression.named_selects
        names = list(dict.fromkeys([*left, *right]))
        if "*" in names:
            raise OptimizeError("a side of UNION BY NAME has a star for columns that can't be told")
        union.set("this", _ordered(union.this, left, names))
        union.set("expression", _ordered(union.expression, right, names))
        union.set("by_name", False)
    return tree


def _parts(union: exp.Union, queries: Iterable[exp.Expr]) -> list[exp.Expr]:
    """Return copies of the parts of a query that a union may name, but for the one that it stands in."""
    parts = (query.find_ancestor(exp.CTE) for query in queries)
    around = set(map(id, _ancestors(union)))
    return [part.copy() for part in parts if part is not None and id(part) not in around]


def _ancestors(node: exp.Expr) -> Iterator[exp.Expr]:
    while node.parent is not None:
        node = node.parent
        yield node


def _ordered(side: exp.Expr, own: Sequence[str], names: Sequence[str]) -> exp.Expr:
    """Return one side of a union with columns of these names, in their order."""
    if list(own) == list(names):
        return side
    columns = (column(name) if name in own else exp.alias_(exp.null(), name, quoted=True) for name in names)
    assert isinstance(side, exp.Query)
    inner = side.this if isinstance(side, exp.Subquery) and side.is_wrapper else side
    return select(*columns).from_(within(inner, "_side"), copy=False)
