"""Which columns of the applications' tables a view's columns come from."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from franca.mapping.mapping import Mapping as TableMapping
from franca.model.shape import shape_of
from franca.views.view import ViewColumn

Origins: TypeAlias = Mapping[tuple[str, str], Sequence[str]]
"""Of an entity and a field the legacy columns, as `application.table.column`."""


def origins_of(mappings: Iterable[TableMapping[Any, Any]]) -> Origins:
    """Return where the entities' fields come from; mappings with problems say nothing."""
    found: dict[tuple[str, str], list[str]] = {}
    for mapping in mappings:
        if mapping.problems:
            continue
        table, entity = shape_of(mapping.table), shape_of(mapping.entity).name
        named = {field.name: field.column for field in table.fields}
        for name, columns in mapping.lineage().items():
            places = [f"{mapping.application.name}.{table.name}.{named[column]}" for column in columns]
            known = found.setdefault((entity, name), [])
            known += [place for place in places if place not in known]
    return found


def lineage_of(column: ViewColumn, origins: Origins) -> list[str]:
    """Return the legacy columns behind a view's column, each once."""
    return list(dict.fromkeys(place for source in column.sources for place in origins.get(source, ())))
