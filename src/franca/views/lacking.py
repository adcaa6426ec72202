"""Tells what of DuckDB's the SQL of another engine lacks, where a translation passes it on as it is."""

from collections.abc import Iterator

from sqlglot import exp

from franca.views.never_null import never_null

_ORDERED_BY_ALL = ("spark", "snowflake")
"""The dialects that know `ORDER BY ALL`."""

_JOINS = ("ASOF", "POSITIONAL")

_ORDERED_WITHIN: dict[str, tuple[type[exp.Expr], ...]] = {
    "spark": (exp.GroupConcat,),
    "snowflake": (exp.GroupConcat, exp.ArrayAgg),
}
"""The aggregates that may have an order of their own, where not all may."""

_NULLS_IN_A_LIST = "nulls in array_agg, which FILTER (WHERE … IS NOT NULL) leaves out"


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
            case exp.Order() if _is_lost(node, dialect):
                yield f"ORDER BY within {_called(node.parent)}"
            case exp.ArrayAgg() if _loses_nulls(node, dialect):
                yield _NULLS_IN_A_LIST


def _is_lost(order: exp.Order, dialect: str) -> bool:
    """Return whether an order within an aggregate is refused, or left out, or leads to any row: Trino's."""
    around = order.parent
    if dialect in ("trino", "athena"):
        return isinstance(around, exp.First | exp.Last)
    kept = _ORDERED_WITHIN.get(dialect)
    return kept is not None and isinstance(around, exp.Func) and not isinstance(around, kept)


def _called(function: exp.Expr | None) -> str:
    assert isinstance(function, exp.Func)
    name = function.name if isinstance(function, exp.Anonymous) else function.sql_name()
    return f"{name.lower()}(…)"


def _loses_nulls(made: exp.ArrayAgg, dialect: str) -> bool:
    """Return whether a list may lose nulls: any in Snowflake, in BigQuery one of some rows."""
    is_of_some = isinstance(made.parent, exp.Filter)
    if dialect != "snowflake" and not (dialect == "bigquery" and is_of_some):
        return False
    value = made.this.this if isinstance(made.this, exp.Order) else made.this
    value = value.expressions[0] if isinstance(value, exp.Distinct) else value
    return not never_null(value, made)
