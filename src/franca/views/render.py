"""Writes a view in the SQL of one engine."""

from collections.abc import Callable
from typing import TypeAlias

from sqlglot import ErrorLevel, exp

from franca.errors import UsageError
from franca.views.lineage import Origins
from franca.views.passes.group_all import group_all
from franca.views.passes.key_text import key_text
from franca.views.passes.long_text import long_text
from franca.views.passes.moment_cut import moment_cut
from franca.views.passes.nested_comparison import nested_comparison
from franca.views.passes.no_variables import no_variables
from franca.views.passes.no_zone import moments_cast, no_zone
from franca.views.passes.null_order import null_order
from franca.views.passes.rounded_decimal import rounded_decimal
from franca.views.passes.row_name import row_name
from franca.views.remarks import WITHIN, with_remarks
from franca.views.trees import placed, table, tables
from franca.views.view import View

Pass: TypeAlias = Callable[[exp.Expr, str], exp.Expr]

DIALECTS = ("duckdb", "postgres", "athena", "trino", "spark", "snowflake", "bigquery")
PASSES: tuple[Pass, ...] = (
    null_order,
    nested_comparison,
    key_text,
    rounded_decimal,
    no_zone,
    long_text,
    row_name,
    no_variables,
)
"""What is done to the tree of a generated view, in this order."""

DECLARED_PASSES: tuple[Pass, ...] = (group_all, rounded_decimal, moment_cut, no_variables)
"""What is done to the tree of a view that users wrote; else it is only translated."""


def query_sql(view: View, dialect: str, *, pretty: bool = False) -> str:
    """Return a view's query. Raises UsageError for a dialect that is not known."""
    return _tree(view, dialect).sql(dialect=dialect, pretty=pretty, unsupported_level=ErrorLevel.IGNORE)


def create_sql(
    view: View, dialect: str, *, pretty: bool = False, origins: Origins | None = None, schema: str = ""
) -> str:
    """Return the statement that makes a view, and replaces it where it is there.

    A question for a moment is a table macro in DuckDB, a query with a parameter elsewhere. With `origins` the
    statement says what the columns mean and come from, where the engine takes it so. `schema` is where the
    view and all that it reads are, in parts with points between. Raises UsageError.
    """
    if view.parameter and dialect == "duckdb":
        query = query_sql(view, dialect, pretty=pretty).replace(f"${view.parameter}", f'"{view.parameter}"')
        return f'CREATE OR REPLACE MACRO "{view.name}"("{view.parameter}") AS TABLE\n{query}'
    if view.parameter:
        return query_sql(view, dialect, pretty=pretty)
    made = exp.Create(this=table(view.name), kind="VIEW", replace=True, expression=_tree(view, dialect))
    if schema:
        made = _within(made, schema)
    if origins is not None and dialect in WITHIN:
        made = with_remarks(made, view, origins, dialect)
    return made.sql(dialect=dialect, pretty=pretty, unsupported_level=ErrorLevel.IGNORE)


def _within(made: exp.Create, schema: str) -> exp.Create:
    """Return the statement with the schema before each relation, the parts of queries apart."""
    made = made.copy()
    for relation in (made.this, *tables(made.expression)):
        there = placed(relation.name, schema)
        relation.set("db", there.args.get("db"))
        relation.set("catalog", there.args.get("catalog"))
    return made


def _tree(view: View, dialect: str) -> exp.Expr:
    if dialect not in DIALECTS:
        raise UsageError.one(dialect, f"no such dialect, there are: {', '.join(DIALECTS)}", "check the name")
    tree: exp.Expr = view.query
    for rewrite in DECLARED_PASSES if view.kind in ("declared", "metric") else PASSES:
        tree = rewrite(tree, dialect)
    return moments_cast(tree, view, dialect)
