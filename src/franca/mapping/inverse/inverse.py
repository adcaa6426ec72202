"""The inverse of a mapping: which columns can be written back, from what, and why the others can't."""

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from dataclasses import field as default
from functools import cached_property
from typing import Any

from franca.mapping.inverse.reverse import Reverse
from franca.mapping.inverse.solve import Solution, required_values, solved
from franca.mapping.mapping import Mapping
from franca.mapping.tree import Column, Expression, Item, columns_of
from franca.model.field import Field
from franca.model.shape import Shape, shape_of

_CONDITION = "only a condition mentions it"


@dataclass(frozen=True)
class Inverse:
    """The way back from an entity to a row.

    `columns` has every column that the mapping mentions, by its attribute: an expression over the entity's
    fields, or a text that says why there is none. `exact` names the columns of which the very value comes
    back; of the others, a value that maps to the same. `sources` has the entity's field that each comes from.
    """

    mapping: Mapping[Any, Any]
    columns: Dictionary[str, Expression | str]
    exact: frozenset[str]
    sources: Dictionary[str, str] = default(default_factory=dict)

    @property
    def reasons(self) -> dict[str, str]:
        """The columns that can't be written back, each with the reason."""
        return {name: found for name, found in self.columns.items() if isinstance(found, str)}

    def reverse(
        self, data: Dictionary[str, object], present: Dictionary[str, object] | None = None
    ) -> dict[str, object]:
        """Return the row, by attributes, of an entity's JSON-ready data.

        A column whose value in the present row already maps to the data is left as it is; a column without
        an inverse keeps its present value, or is not in the answer. Raises MapError with the code
        `not-invertible` where no value of a column maps to the data.
        """
        return self._reverse.row(data, present)

    @cached_property
    def _reverse(self) -> Reverse:
        columns = {name: each for name, each in self.columns.items() if not isinstance(each, str)}
        item = self.mapping.tree.items[0]
        fields = {name: item.fields[name] for name in sorted(set(self.sources.values()))}
        return Reverse(columns, fields, shape_of(self.mapping.table), shape_of(self.mapping.entity))


def inverse_of(mapping: Mapping[Any, Any]) -> Inverse:
    """Return the inverse of a mapping, column by column. Raises DefinitionError."""
    tree, table, entity = mapping.tree, shape_of(mapping.table), shape_of(mapping.entity)
    mentioned = [field for field in table.fields if field.name in mapping.columns]
    if len(tree.items) != 1:
        reason = "the mapping makes a list, and which of its entities a column belongs to is not known"
        return Inverse(mapping, dict.fromkeys((field.name for field in mentioned), reason), frozenset())
    item = tree.items[0]
    ways, reasons = _ways(item, entity)
    fixed = required_values(tree.where) | required_values(item.where)
    columns: dict[str, Expression | str] = {}
    sources: dict[str, str] = {}
    for field in mentioned:
        way = _best(ways.get(field.name, []), item)
        if way is None:
            columns[field.name] = fixed.get(field.name) or reasons.get(field.name, _CONDITION)
            continue
        columns[field.name] = _lost(field, way, item) or way.expression
        sources[field.name] = way.field
    exact = {
        way.column for each in ways.values() for way in each if way.exact
    } | fixed.keys() - sources.keys()
    found = {name for name, each in columns.items() if not isinstance(each, str)}
    return Inverse(mapping, columns, frozenset(exact & found), sources)


def _ways(item: Item, entity: Shape) -> tuple[dict[str, list[Solution]], dict[str, str]]:
    ways: dict[str, list[Solution]] = {}
    reasons: dict[str, str] = {}
    for field in entity.fields:
        node = item.fields.get(field.name)
        if node is not None:
            solutions, missing = solved(node, field)
            reasons = missing | reasons
            for solution in solutions:
                ways.setdefault(solution.column, []).append(solution)
    return ways, reasons


def _best(ways: list[Solution], item: Item) -> Solution | None:
    """Return the way back that loses least: an exact one, then the shortest."""
    return min(
        ways,
        key=lambda way: (not way.exact, not isinstance(item.fields[way.field], Column)),
        default=None,
    )


def _lost(field: Field, way: Solution, item: Item) -> str | None:
    """Return why a way back is not good enough: it loses what a key or another field has to keep."""
    if way.exact:
        return None
    remedy = "declare the column's width: Column(width=...)"
    if field.key:
        return f"{way.field}: a key must come back exactly, and several keys map to the same; {remedy}"
    node = item.fields[way.field]
    for name, other in item.fields.items():
        if other != node and field.name in columns_of(other):
            return f"{way.field}: several values map to the same, and {name} tells them apart; {remedy}"
    return None
