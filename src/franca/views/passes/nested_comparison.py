"""Compares lists and structures by their JSON where an engine compares no such values: BigQuery."""

from sqlglot import exp

NESTED = "nested"
"""The mark, among a comparison's meta data, that its sides are lists or structures."""


def nested_comparison(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Return the tree with comparisons that the dialect's engine can carry out."""
    if dialect != "bigquery":
        return tree

    def by_json(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.NullSafeNEQ) and node.meta.get(NESTED):
            for side in ("this", "expression"):
                node.set(side, exp.func("TO_JSON_STRING", node.args[side]))
        return node

    return tree.transform(by_json)
