"""Makes moments without a zone, in UTC, of those with one: Athena, whose views can have no others."""

from collections.abc import Sequence

from sqlglot import exp

from franca.model.field import Field
from franca.model.kind import DECIMAL_PRECISION, Kind
from franca.topics.event_decoder import is_64_bit
from franca.views.trees import column, select, within
from franca.views.view import View

READ_THE_LAKE = ("current", "history", "changes")
"""The kinds of views that read the lake's tables, where moments have zones; all others read these."""

_MOMENT = "TIMESTAMP(3)"
_TYPES = {
    Kind.FLOAT: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: _MOMENT,
    Kind.BYTES: "VARBINARY",
}


def no_zone(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Return the tree where what is said of moments holds for those without a zone."""
    if dialect != "athena":
        return tree

    def without(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.AtTimeZone):
            bare: exp.Expr = node.this
            return bare
        if isinstance(node, exp.Cast) and node.is_type(exp.DataType.Type.TIMESTAMPTZ):
            if isinstance(node.this, exp.Literal):
                node.set("this", exp.Literal.string(node.this.name.removesuffix("+00:00")))
            node.set("to", _type(_MOMENT))
        return node

    return tree.transform(without)


def moments_cast(query: exp.Expr, view: View, dialect: str) -> exp.Expr:
    """Return the query of a view that reads the lake, with moments cast as it gives them, nested ones too."""
    told = {each.name: each.field for each in view.columns if each.field and _has_moment(each.field)}
    if dialect != "athena" or view.kind not in READ_THE_LAKE or not told:
        return query
    assert isinstance(query, exp.Query)
    columns = [
        exp.alias_(exp.Cast(this=column(name), to=_type(_written(told[name]))), name, quoted=True)
        if name in told
        else column(name)
        for name in (each.name for each in view.columns)
    ]
    return select(*columns).from_(within(query, "_zoned"))


def _has_moment(field: Field) -> bool:
    return field.kind is Kind.TIMESTAMP or any(map(_has_moment, _parts(field)))


def _parts(field: Field) -> Sequence[Field]:
    return field.fields if field.item is None else (field.item,)


def _written(field: Field) -> str:
    """Return a field's type as Athena's queries write it."""
    match field.kind:
        case Kind.LIST if field.item:
            return f"ARRAY({_written(field.item)})"
        case Kind.STRUCT:
            parts = (f'"{part.name}" {_written(part)}' for part in field.fields)
            return f"ROW({', '.join(parts)})"
        case Kind.INTEGER:
            return "BIGINT" if is_64_bit(field) else f"DECIMAL({DECIMAL_PRECISION}, 0)"
        case Kind.DECIMAL:
            return f"DECIMAL({field.precision}, {field.scale})"
    return _TYPES.get(field.kind, "VARCHAR")


def _type(text: str) -> exp.DataType:
    return exp.DataType.build(text, dialect="trino")
