"""Cuts days and moments to hours, weeks and so on alike: BigQuery's function for moments takes no days.

Its weeks begin on a Sunday, unless they are those of ISO 8601, as everywhere else.
"""

from sqlglot import exp

_CUTS = (exp.TimestampTrunc, exp.DateTrunc, exp.DateDiff, exp.TimestampDiff)


def moment_cut(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Return the tree where what is cut is a moment, as days are at their beginning in UTC."""
    if dialect != "bigquery":
        return tree

    def cut(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.TimestampTrunc):
            node.set("this", exp.cast(node.this, exp.DataType.Type.TIMESTAMPTZ))
        if isinstance(node, _CUTS) and node.text("unit").upper() == "WEEK":
            node.set("unit", exp.var("ISOWEEK"))
        return node

    return tree.transform(cut)
