"""Tells which casts of a query are of texts, by the types of the fields that it reads."""

from collections.abc import Mapping

from sqlglot import exp

from franca.model.kind import Kind
from franca.views.passes.text_tried import TEXT
from franca.views.trees import DIALECT
from franca.views.view import ViewColumn

_TEXTS = (Kind.TEXT, Kind.ENUM, Kind.UUID, Kind.TIME)
"""What the lake has texts for."""

_UNKNOWN = "unknown"


def with_texts(query: exp.Query, known: Mapping[str, Mapping[str, ViewColumn]]) -> exp.Query:
    """Return the query, whose names are qualified, with a mark at each `TRY_CAST` of what is a text."""
    if query.find(exp.TryCast) is None:
        return query
    from sqlglot.optimizer.annotate_types import annotate_types  # slow to load

    read = {each.name for each in query.find_all(exp.Table)} & known.keys()
    schema: dict[str, object] = {
        name: {each: _type(column) for each, column in known[name].items()} for name in read
    }
    typed = annotate_types(query.copy(), schema=schema, dialect=DIALECT)
    for node, told in zip(query.find_all(exp.TryCast), typed.find_all(exp.TryCast), strict=True):
        node.meta[TEXT] = told.this.is_type(*exp.DataType.TEXT_TYPES)
    return query


def _type(column: ViewColumn) -> str:
    return "varchar" if column.field is not None and column.field.kind in _TEXTS else _UNKNOWN
