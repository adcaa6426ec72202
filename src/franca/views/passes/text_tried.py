"""Writes `TRY_CAST` of texts where an engine casts nothing else so: Snowflake."""

from sqlglot import exp

TEXT = "text"
"""The mark, among a cast's meta data, that what is cast is a text."""


def text_tried(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Return the tree where such casts are told to be of texts; the others stay as they are."""
    if dialect != "snowflake":
        return tree

    def told(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.TryCast) and node.meta.get(TEXT):
            node.set("requires_string", True)
        return node

    return tree.transform(told)
