"""What stands beside views and their columns in an engine: meaning, personal-data marks, legacy columns."""

from collections.abc import Iterator

from sqlglot import exp

from franca.views.lineage import Origins, lineage_of
from franca.views.trees import table
from franca.views.view import View, ViewColumn

WITHIN = ("spark", "snowflake")
"""The dialects that say it in the statement which makes the view; Athena and BigQuery say nothing."""


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
    return " ".join([view.description, *(f"Left out: {note}." for note in view.notes)])


def remark_statements(view: View, origins: Origins, dialect: str) -> Iterator[str]:
    """Yield statements that say it, in an engine that takes it so: Trino."""
    if dialect != "trino":
        return
    places: list[tuple[str, exp.Expr, str]] = [("VIEW", table(view.name), view_remark(view))]
    for column in view.columns:
        place = exp.column(column.name, table=view.name, quoted=True)
        places.append(("COLUMN", place, column_remark(column, origins)))
    for kind, named, text in places:
        if text:
            literal = exp.Literal.string(text).sql(dialect=dialect)
            yield f"COMMENT ON {kind} {named.sql(dialect=dialect)} IS {literal}"


def with_remarks(made: exp.Create, view: View, origins: Origins) -> exp.Create:
    """Return the statement that makes a view, with what is said of its columns in it."""
    columns = [
        exp.ColumnDef(this=exp.to_identifier(each.name, quoted=True), constraints=_constraints(each, origins))
        for each in view.columns
    ]
    made.set("this", exp.Schema(this=made.this, expressions=columns))
    if text := view_remark(view):
        comment = exp.SchemaCommentProperty(this=exp.Literal.string(text))
        made.set("properties", exp.Properties(expressions=[comment]))
    return made


def _constraints(column: ViewColumn, origins: Origins) -> list[exp.Expr]:
    text = column_remark(column, origins)
    comment = exp.CommentColumnConstraint(this=exp.Literal.string(text))
    return [exp.ColumnConstraint(kind=comment)] if text else []
