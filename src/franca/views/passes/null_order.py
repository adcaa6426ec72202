"""Leaves out where nulls are sorted: what generated views are ordered by is never null."""

from sqlglot import Dialect, exp


def null_order(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Return the tree with the order of nulls that the dialect has by itself, so that none is written."""
    kind = Dialect.get_or_raise(dialect).NULL_ORDERING

    def as_usual(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Ordered):
            is_descending = bool(node.args.get("desc"))
            node.set("nulls_first", kind != "nulls_are_last" and (kind == "nulls_are_small") != is_descending)
        return node

    return tree.transform(as_usual)
