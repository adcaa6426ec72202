"""Rounds what is cast to a decimal where a cast takes no scale: BigQuery, which has decimals of two sizes."""

from sqlglot import exp

_SCALE, _DIGITS = 9, 29
"""How many digits behind and before the point there is room for in the smaller of the two, `NUMERIC`."""

_UNSAID = (18, 3)
"""The precision and scale of a plain `DECIMAL` in DuckDB."""


def rounded_decimal(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Return the tree with such casts rounded to their scale."""
    if dialect != "bigquery":
        return tree

    def rounded(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Cast) or not node.is_type(exp.DataType.Type.DECIMAL):
            return node
        sizes = [int(each.name) for each in node.to.expressions]
        precision, scale = (*sizes, 0)[:2] if sizes else _UNSAID
        is_small = scale <= _SCALE and precision - scale <= _DIGITS
        node.set("to", exp.DataType.build("NUMERIC" if is_small else "BIGNUMERIC", dialect="bigquery"))
        return exp.Round(this=node, decimals=exp.Literal.number(scale))

    return tree.transform(rounded)
