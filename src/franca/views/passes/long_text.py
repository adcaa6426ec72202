"""Puts texts together in groups where there are many: engines take no chain of any length.

DuckDB's expressions are at most 1,000 deep, and `concat` takes 127 arguments in Trino and Athena.
"""

from functools import reduce

from sqlglot import exp

MOST = 100
"""So many texts are put together at once."""


def long_text(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Return the tree with long chains of `||` as chains in chains, in Trino as calls within calls."""
    together = _called if dialect in ("trino", "athena") else _chained

    def grouped(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.DPipe) or isinstance(node.parent, exp.DPipe):
            return node
        texts = list(node.flatten())
        while len(texts) > MOST:
            groups = [texts[start : start + MOST] for start in range(0, len(texts), MOST)]
            texts = [exp.paren(together(group), copy=False) for group in groups]
        return together(texts)

    return tree.transform(grouped)


def _called(texts: list[exp.Expr]) -> exp.Expr:
    texts = [text.unnest() for text in texts]
    return exp.Concat(expressions=texts, safe=False, coalesce=False) if len(texts) > 1 else texts[0]


def _chained(texts: list[exp.Expr]) -> exp.Expr:
    return reduce(lambda one, other: exp.DPipe(this=one, expression=other, safe=True), texts)
