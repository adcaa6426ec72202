"""Leaves out that every match is replaced where nothing else can be: BigQuery."""

from sqlglot import exp

_EVERY = "g"


def replace_all(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Return the tree with replacements by a pattern as they are where none stops at the first match."""
    if dialect != "bigquery":
        return tree

    def plain(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.RegexpReplace) and node.text("modifiers") == _EVERY:
            node.set("modifiers", None)
        return node

    return tree.transform(plain)
