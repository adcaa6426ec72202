"""Names what is grouped by where an engine doesn't know `GROUP BY ALL`: PostgreSQL, Trino and Athena."""

from sqlglot import exp


def group_all(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Return the tree with the selected expressions that aggregate nothing in the place of `ALL`."""
    if dialect not in ("trino", "athena", "postgres"):
        return tree

    def named(node: exp.Expr) -> exp.Expr:
        group = node.args.get("group") if isinstance(node, exp.Select) else None
        if group and group.args.get("all"):
            plain = [each.unalias() for each in node.expressions if not _aggregates(each)]
            node.set("group", exp.Group(expressions=[each.copy() for each in plain]) if plain else None)
        return node

    return tree.transform(named)


def _aggregates(selected: exp.Expr) -> bool:
    """Return whether an expression has an aggregate of its own, no window's."""
    return any(
        not isinstance(each.parent, exp.Window) and each.find_ancestor(exp.Subquery, exp.Window) is None
        for each in selected.find_all(exp.AggFunc)
    )
