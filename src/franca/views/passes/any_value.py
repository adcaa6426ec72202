"""Takes any value as it is: DuckDB's `any_value` passes over nulls, and other engines' do so untold."""

from sqlglot import exp


def any_value(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Return the tree without `IGNORE NULLS` at any value, which PostgreSQL and Trino can't be told."""
    if dialect not in ("postgres", "trino", "athena"):
        return tree

    def plain(node: exp.Expr) -> exp.Expr:
        is_any = isinstance(node, exp.IgnoreNulls) and isinstance(node.this, exp.AnyValue)
        return node.this if is_any else node

    return tree.transform(plain)
