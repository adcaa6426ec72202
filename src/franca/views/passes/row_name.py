"""Gives relations a name that no column has where such a name means the whole row: BigQuery."""

from sqlglot import exp

ROW = "_row"
"""No field begins so."""


def row_name(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Return the tree where what queries read without an alias has one: a field may be called like it."""
    if dialect != "bigquery":
        return tree

    def named(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Table) and isinstance(node.parent, exp.From) and not node.alias:
            node.set("alias", exp.TableAlias(this=exp.to_identifier(ROW, quoted=True)))
        return node

    return tree.transform(named)
