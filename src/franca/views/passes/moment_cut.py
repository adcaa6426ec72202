"""Cuts days and moments to hours, months and so on alike: BigQuery's function for moments takes no days."""

from sqlglot import exp


def moment_cut(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Return the tree where what is cut is a moment, as days are at their beginning in UTC."""
    if dialect != "bigquery":
        return tree

    def cut(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.TimestampTrunc):
            node.set("this", exp.cast(node.this, exp.DataType.Type.TIMESTAMPTZ))
        return node

    return tree.transform(cut)
