"""Keeps nulls and the order of what is put in a list: Spark's aggregate leaves nulls out, and has no order.

Of no rows it makes an empty list there and in Snowflake, which is none elsewhere.
"""

from collections.abc import Sequence

from sqlglot import exp

_AROUND = (exp.Filter, exp.Window)
_VALUE = "_value"
_EACH = "_each"


def whole_list(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Return the tree with lists of structures, put in order, of which the values are taken.

    An order that is partly up and partly down stays: there is no such list.
    """
    if dialect not in ("spark", "snowflake"):
        return tree
    tree = tree.copy()
    for node in reversed([*tree.find_all(exp.ArrayAgg)]):  # the inner ones first
        whole: exp.Expr = node
        while isinstance(whole.parent, _AROUND) and whole.arg_key == "this":
            whole = whole.parent
        if dialect == "spark" and not _is_sortable(node.this):
            continue
        is_never_empty = whole is node and _is_grouped(node)
        made = whole.copy()
        inner = made.find(exp.ArrayAgg)
        assert inner is not None
        taken = _taken(made, inner) if dialect == "spark" else made
        if not is_never_empty:
            taken = exp.case().when(
                exp.GT(this=exp.ArraySize(this=made.copy()), expression=_number(0)), taken
            )
        whole.replace(taken)
    return tree


def _is_grouped(node: exp.Expr) -> bool:
    group = query.args.get("group") if (query := node.find_ancestor(exp.Select)) else None
    return group is not None and bool(group.expressions)


def _is_sortable(value: exp.Expr) -> bool:
    if not isinstance(value, exp.Order):
        return True
    listed, order = value.this, value.expressions
    alike = listed.expressions if isinstance(listed, exp.Distinct) else None
    return (
        len({bool(each.args.get("desc")) for each in order}) == 1
        and not any(isinstance(each.this, exp.Var) for each in order)
        and (alike is None or all(each.this in alike for each in order))
    )


def _taken(whole: exp.Expr, inner: exp.ArrayAgg) -> exp.Expr:
    """Return the values of a list that is made to be one of structures."""
    value = inner.this
    order: Sequence[exp.Expr] = value.expressions if isinstance(value, exp.Order) else ()
    listed = value.this if order else value
    is_distinct = isinstance(listed, exp.Distinct)
    keys = [key for each in order for key in _keys(each)]
    parts = [*keys, listed.expressions[0] if is_distinct else listed]
    names = [*(f"_key_{number}" for number in range(len(keys))), _VALUE]
    made: exp.Expr = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(name), expression=part.copy())
            for name, part in zip(names, parts, strict=True)
        ]
    )
    inner.set("this", exp.Distinct(expressions=[made]) if is_distinct else made)
    if order:
        is_up = not order[0].args.get("desc")
        whole = exp.Anonymous(this="SORT_ARRAY", expressions=[whole, exp.Boolean(this=is_up)])
    each = exp.to_identifier(_EACH)
    field = exp.Dot(this=each.copy(), expression=exp.to_identifier(_VALUE))
    return exp.Transform(this=whole, expression=exp.Lambda(this=field, expressions=[each]))


def _keys(ordered: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """Return what brings nulls to their end of a list: whether there is one, and the value itself."""
    is_null: exp.Expr = exp.Is(this=ordered.this.copy(), expression=exp.null())
    is_first, is_down = bool(ordered.args.get("nulls_first")), bool(ordered.args.get("desc"))
    return (is_null if is_first == is_down else exp.not_(is_null)), ordered.this


def _number(number: int) -> exp.Expr:
    return exp.Literal.number(number)
