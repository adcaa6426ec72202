"""Puts texts together in groups where an engine's `concat` takes few arguments: Trino and Athena, 127."""

from sqlglot import exp

MOST = 100
"""So many texts one call puts together at most."""


def long_text(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Return the tree with long chains of `||` as calls within calls, none of many arguments."""
    if dialect not in ("trino", "athena"):
        return tree

    def grouped(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.DPipe) or isinstance(node.parent, exp.DPipe):
            return node
        texts = list(node.flatten())
        while len(texts) > MOST:
            groups = [texts[start : start + MOST] for start in range(0, len(texts), MOST)]
            texts = [exp.Concat(expressions=group, safe=False, coalesce=False) for group in groups]
        return exp.Concat(expressions=texts, safe=False, coalesce=False) if len(texts) > 1 else texts[0]

    return tree.transform(grouped)
