"""Writes windows out where they are used, as an engine takes the order of nulls in no named one: BigQuery."""

from sqlglot import exp
from sqlglot.transforms import eliminate_window_clause


def window_written(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Return the tree without names of windows."""
    return tree.transform(eliminate_window_clause) if dialect == "bigquery" else tree
