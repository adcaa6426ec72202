"""Writes a view in the SQL of one engine."""

from collections.abc import Callable
from typing import TypeAlias

from sqlglot import Dialect, ErrorLevel, exp
from sqlglot.generator import Generator

from franca.errors import DefinitionError, Problem, UsageError
from franca.views.lacking import lacking
from franca.views.lineage import Origins
from franca.views.passes.any_value import any_value
from franca.views.passes.group_all import group_all
from franca.views.passes.key_text import key_text
from franca.views.passes.long_text import long_text
from franca.views.passes.moment_cut import moment_cut
from franca.views.passes.nested_comparison import nested_comparison
from franca.views.passes.no_variables import no_variables
from franca.views.passes.no_zone import moments_cast, no_zone
from franca.views.passes.null_key import null_key
from franca.views.passes.null_order import null_order
from franca.views.passes.qualify_within import qualify_within
from franca.views.passes.replace_all import replace_all
from franca.views.passes.rounded_decimal import rounded_decimal
from franca.views.passes.row_name import row_name
from franca.views.passes.text_tried import text_tried
from franca.views.passes.whole_list import whole_list
from franca.views.passes.window_written import window_written
from franca.views.remarks import WITHIN, with_remarks
from franca.views.trees import DIALECT, placed, table, tables
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

DECLARED_PASSES: tuple[Pass, ...] = (
    group_all,
    qualify_within,
    rounded_decimal,
    moment_cut,
    replace_all,
    any_value,
    text_tried,
    whole_list,
    window_written,
    null_key,
    no_variables,
)
"""What is done to the tree of a view that users wrote; else it is only translated."""

_WRITTEN = ("declared", "metric")
_CALLED = {
    "Cannot convert untyped key-value definitions": "structures and maps by their keys, {'key': value}",
    "Byte strings are not supported": "texts with escapes, E'…'",
}
"""What users call what such remarks begin with."""


def query_sql(view: View, dialect: str, *, pretty: bool = False) -> str:
    """Return a view's query. Raises as `create_sql` does."""
    return _said(view, _tree(view, dialect), dialect, pretty=pretty)


def remedy(view: View, dialect: str) -> str:
    """Return what can be done about a view that the engine of a dialect does not take."""
    both = "write it as both engines take it"
    match view.kind:
        case "declared" if dialect == "postgres":
            return f'{both}, or declare it for the lake alone: places=["lake"]'
        case "metric" if dialect == "postgres":
            return f'{both}, or as a view for the lake alone: places=["lake"]'
        case "declared" | "metric":
            return both
        case _:
            return f"see `franca views show --dialect {dialect}`"


def create_sql(
    view: View, dialect: str, *, pretty: bool = False, origins: Origins | None = None, schema: str = ""
) -> str:
    """Return the statement that makes a view, and replaces it where it is there.

    A question for a moment is a table macro in DuckDB, a query with a parameter elsewhere. With `origins` the
    statement says what the columns mean and come from, where the engine takes it so. `schema` is where the
    view and all that it reads are, in parts with points between. Raises UsageError for a dialect that is not
    known, DefinitionError for a view that users wrote and the dialect can't say.
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
    return _said(view, made, dialect, pretty=pretty)


def _said(view: View, tree: exp.Expr, dialect: str, *, pretty: bool) -> str:
    """Return a tree's SQL. What the dialect lacks would be left out of it, or refused by the engine.

    DuckDB says itself what it lacks.
    """
    writer = Dialect.get_or_raise(dialect).generator(pretty=pretty, unsupported_level=ErrorLevel.IGNORE)
    try:
        made: str = writer.generate(tree)
    except Exception as error:  # of whatever kind: it is the translator's own
        if view.kind not in _WRITTEN:
            raise
        reason = f"can't be written in {dialect}'s SQL: {error!r}"
        raise DefinitionError.one(view.name, reason, remedy(view, dialect)) from error
    if view.kind in _WRITTEN and dialect != DIALECT:
        untold = dict.fromkeys([*map(_called, _unsupported(writer)), *lacking(tree, dialect)])
        reasons = (f"can't be said in {dialect}'s SQL: {each}" for each in untold)
        problems = [Problem(view.name, reason, remedy(view, dialect)) for reason in reasons]
        if problems:
            raise DefinitionError(problems)
    return made


def _unsupported(writer: Generator) -> list[str]:
    """Return what a translation has left out: Athena's has others write, which know it."""
    others = (getattr(writer, name, None) for name in ("_trino_generator", "_hive_generator"))
    return [each for some in (writer, *others) if some is not None for each in some.unsupported_messages]


def _called(told: str) -> str:
    return next((name for begin, name in _CALLED.items() if told.startswith(begin)), told.rstrip("."))


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
    for rewrite in DECLARED_PASSES if view.kind in _WRITTEN else PASSES:
        tree = rewrite(tree, dialect)
    return moments_cast(tree, view, dialect)
