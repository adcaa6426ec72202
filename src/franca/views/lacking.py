"""Tells what of DuckDB's the SQL of another engine lacks, where a translation passes it on as it is."""

from collections.abc import Iterator

from sqlglot import exp

_ORDERED_BY_ALL = ("spark", "snowflake")
"""The dialects that know `ORDER BY ALL`."""

_JOINS = ("ASOF", "POSITIONAL")


def lacking(tree: exp.Expr, dialect: str) -> list[str]:
    """Return what users call each such thing in a tree, once."""
    return list(dict.fromkeys(_found(tree, dialect)))


def _found(tree: exp.Expr, dialect: str) -> Iterator[str]:
    for node in tree.walk():
        match node:
            case exp.Join() if node.method in _JOINS:
                yield f"{node.method} JOIN"
            case exp.Ordered() if dialect not in _ORDERED_BY_ALL and isinstance(node.this, exp.Var):
                yield "ORDER BY ALL"
            case exp.Limit() if isinstance(node.args.get("limit_options"), exp.LimitOptions):
                yield "LIMIT … %"
            case exp.Columns():
                yield "COLUMNS(…)"
            case exp.TryCast() if dialect == "postgres":
                yield "TRY_CAST"
            case exp.TryCast() if dialect == "snowflake" and not node.args.get("requires_string"):
                yield "TRY_CAST of what is not known to be a text"
