"""Filters by windows from outside where an engine has no `QUALIFY`: PostgreSQL, Trino, Athena and Spark."""

from sqlglot import exp
from sqlglot.helper import find_new_name

from franca.views.trees import column, select, within

_WITHOUT = ("postgres", "trino", "athena", "spark")
_AROUND = ("with_", "distinct", "order", "limit", "offset")
"""The parts of a query that come after `QUALIFY`, and what stands before it."""

_INNER = "_qualified"


def qualify_within(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Return the tree with queries that have `QUALIFY` within others that keep the rows for which it is true.

    Names are qualified: those of columns alone are of what is selected.
    """
    if dialect not in _WITHOUT:
        return tree
    tree = tree.copy()
    for node in reversed([*tree.find_all(exp.Select)]):  # the inner ones first
        if node.args.get("qualify") is None or node.is_star:
            continue
        parent, key, index = node.parent, node.arg_key, node.index
        made = _around(node)
        if parent is None or key is None:
            tree = made
        else:
            parent.set(key, made, index)
    return tree


def _around(node: exp.Select) -> exp.Select:
    shown = node.named_selects
    outside = {part: node.args.pop(part, None) for part in _AROUND}
    kept = _named(node, node.args.pop("qualify").this)
    for listed in _compared(outside):
        listed.replace(_named(node, listed))
    made = select(*(exp.alias_(column(name, of=_INNER), name, quoted=True) for name in shown))
    made = made.from_(within(node, _INNER), copy=False).where(kept, copy=False)
    for part, found in outside.items():
        made.set(part, found)
    return made


def _compared(outside: dict[str, exp.Expr | None]) -> list[exp.Expr]:
    """Return what the rows that are left are sorted by, and those of which only one counts."""
    order, distinct = outside["order"], outside["distinct"]
    alike = distinct.args.get("on") if distinct else None
    return [
        *([each.this for each in order.expressions] if order else ()),
        *(alike.expressions if alike else ()),
    ]


def _named(node: exp.Select, value: exp.Expr) -> exp.Expr:
    """Return the column by which a value is known outside of a query, one of its own where it has it."""
    if isinstance(value, exp.Column) and not value.table:
        return value
    for each in node.selects:
        if each.unalias() == value:
            return column(each.alias_or_name, of=_INNER)
    name = find_new_name(set(node.named_selects), "_value")
    node.select(exp.alias_(value.copy(), name, quoted=True), copy=False)
    return column(name, of=_INNER)
