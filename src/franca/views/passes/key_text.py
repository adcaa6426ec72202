"""Writes days, moments in UTC, and decimals with all their digits, where an engine's texts are others."""

from sqlglot import exp

UTC = "UTC"


def key_text(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Return the tree with the texts of keys and links as events have them: see `as_text` of the model.

    Spark formats in the session's time zone and writes small decimals with an exponent, PostgreSQL writes
    days in the session's style, BigQuery neither formats what it calls a datetime so nor keeps the zeros at
    a decimal's end.
    """
    if dialect not in ("spark", "bigquery", "postgres"):
        return tree

    def as_in_events(node: exp.Expr) -> exp.Expr:
        if dialect == "postgres":
            return _day(node)
        if isinstance(node, exp.TimeToStr) and isinstance(node.this, exp.AtTimeZone):
            return _moment(node, node.this.this, dialect)
        if isinstance(node, exp.Cast) and node.is_type(*exp.DataType.TEXT_TYPES):
            return _decimal(node, dialect)
        return node

    return tree.transform(as_in_events)


def _day(node: exp.Expr) -> exp.Expr:
    day = node.this
    is_text = isinstance(node, exp.Cast) and node.is_type(*exp.DataType.TEXT_TYPES)
    if not (is_text and isinstance(day, exp.Cast) and day.is_type(exp.DataType.Type.DATE)):
        return node
    return exp.TimeToStr(this=day.this, format=exp.Literal.string("%Y-%m-%d"))


def _moment(node: exp.TimeToStr, moment: exp.Expr, dialect: str) -> exp.Expr:
    if dialect == "spark":
        zone = exp.Anonymous(this="CURRENT_TIMEZONE")
        there = exp.Anonymous(this="TO_UTC_TIMESTAMP", expressions=[moment, zone])
        return exp.TimeToStr(this=there, format=node.args["format"])
    written = str(node.text("format")).replace("%S.%f", "%E6S").replace("%Y", "%E4Y")
    told = [exp.Literal.string(written), moment, exp.Literal.string(UTC)]
    return exp.Anonymous(this="FORMAT_TIMESTAMP", expressions=told)


def _decimal(node: exp.Cast, dialect: str) -> exp.Expr:
    exact = node.this
    if not (isinstance(exact, exp.Cast) and exact.is_type(exp.DataType.Type.DECIMAL)):
        return node
    _, scale = exact.to.expressions
    if dialect == "bigquery":
        return exp.Anonymous(this="FORMAT", expressions=[exp.Literal.string(f"%.{scale.name}f"), exact.this])
    shown = exp.Anonymous(this="FORMAT_NUMBER", expressions=[exact, exp.Literal.number(scale.name)])
    return exp.Replace(this=shown, expression=exp.Literal.string(","), replacement=exp.Literal.string(""))
