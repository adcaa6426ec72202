"""What stands beside views and their columns in an engine: meaning, personal-data marks, legacy columns."""

from collections.abc import Iterator

from sqlglot import exp

from franca.views.lineage import Origins, lineage_of
from franca.views.trees import placed
from franca.views.view import View, ViewColumn

WITHIN = ("spark", "snowflake", "bigquery")
"""The dialects that say it in the statement which makes the view; Athena says nothing."""

MOST_OF_BIGQUERY = 1024
"""So many characters a column's description has at most there."""

BESIDE = ("trino", "duckdb")
"""The dialects that say it in statements of their own."""


def column_remark(column: ViewColumn, origins: Origins) -> str:
    """Return what is said of a column: what it means, that it is personal, where it comes from."""
    places = lineage_of(column, origins)
    parts = [
        column.description,
        "Personal data." if column.is_personal else "",
        f"From {', '.join(places)}." if places else "",
    ]
    return " ".join(part for part in parts if part)


def view_remark(view: View) -> str:
    """Return what is said of a view: what it is, and what it leaves out."""
    parts = [view.description, *(f"Left out: {note}." for note in view.notes)]
    return " ".join(part for part in parts if part)


def remark_statements(view: View, origins: Origins, dialect: str, schema: str = "") -> Iterator[str]:
    """Yield statements that say it, in an engine that takes it so; a function's columns say nothing."""
    if dialect not in BESIDE or view.parameter:
        return
    there = placed(view.name, schema)
    places: list[tuple[str, exp.Expr, str]] = [("VIEW", there, view_remark(view))]
    for column in view.columns:
        place = exp.column(column.name, table=view.name, quoted=True)
        for part in ("db", "catalog"):
            place.set(part, there.args.get(part))
        places.append(("COLUMN", place, column_remark(column, origins)))
    for kind, named, text in places:
        if text:
            literal = exp.Literal.string(text).sql(dialect=dialect)
            yield f"COMMENT ON {kind} {named.sql(dialect=dialect)} IS {literal}"


def with_remarks(made: exp.Create, view: View, origins: Origins, dialect: str) -> exp.Create:
    """Return the statement that makes a view, with what is said of its columns in it."""
    columns = [
        exp.ColumnDef(
            this=exp.to_identifier(each.name, quoted=True),
            constraints=_constraints(column_remark(each, origins), dialect),
        )
        for each in view.columns
    ]
    made.set("this", exp.Schema(this=made.this, expressions=columns))
    if text := view_remark(view):
        comment = exp.SchemaCommentProperty(this=exp.Literal.string(text))
        told = _option(text) if dialect == "bigquery" else exp.Properties(expressions=[comment])
        made.set("properties", told)
    return made


def _constraints(text: str, dialect: str) -> list[exp.Expr]:
    if not text:
        return []
    comment = exp.CommentColumnConstraint(this=exp.Literal.string(text))
    return [exp.ColumnConstraint(kind=_option(text) if dialect == "bigquery" else comment)]


def _option(text: str) -> exp.Properties:
    """Return a description as BigQuery has it, at most as long as it takes."""
    shown = exp.Literal.string(text[:MOST_OF_BIGQUERY])
    return exp.Properties(expressions=[exp.Property(this=exp.Var(this="description"), value=shown)])
