"""Runs an inverse: from an entity's JSON-ready data, and the row as it is now, to the row as it should be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import msgspec

from franca.errors import MapError
from franca.mapping.python.compiled import compiled, new_emitter
from franca.mapping.python.failure import Absent, Failed
from franca.mapping.python.leaves import leafed
from franca.mapping.tree import Expression, columns_of
from franca.model.field import Field
from franca.model.rows import row_type
from franca.model.shape import Shape

Function = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Way:
    """How one column comes back: its field, the generated function, and the entity's fields it reads."""

    column: Field
    function: Function
    fields: frozenset[str]

    def value(self, entity: Any) -> object:
        """Return the column's value. Raises MapError."""
        name = self.column.name
        try:
            value = self.function(entity)
        except Failed as failure:
            reason = f"the entity's value can't be led back; expected {failure.expected}"
            raise MapError(name, reason, "not-invertible") from None
        except Absent:
            reason = "the entity's data lacks the field that the column comes from"
            raise MapError(name, reason, "absent-input") from None
        if value is None and not self.column.nullable:
            if any(getattr(entity, field) is not None for field in self.fields):
                reason = "the entity's value can't be led back; expected one as the mapping makes them"
                raise MapError(name, reason, "not-invertible")
            raise MapError(name, "got null for a column that is never null; expected a value", "null-value")
        return value


class Reverse:
    """The generated functions of one inverse: each column from the entity, and the fields they come from."""

    def __init__(
        self,
        columns: Mapping[str, Expression],
        fields: Mapping[str, Expression],
        table: Shape,
        entity: Shape,
    ) -> None:
        self._columns = {
            name: Way(table.field(name), _function(node), columns_of(node)) for name, node in columns.items()
        }
        self._table = table
        known = {field.name: field for field in entity.fields}
        self._fields = {name: (node, _leaf_function(node, known[name])) for name, node in fields.items()}
        wanted = frozenset().union(*(columns_of(node) for node in columns.values()))
        self._type = row_type(entity.cls, wanted)  # type: ignore[arg-type]  # entities have shapes as tables do

    def row(self, data: Mapping[str, object], present: Mapping[str, object] | None) -> dict[str, object]:
        """Return the row of the data. Raises MapError."""
        row = dict(present or {})
        kept = self._kept(data, row) if present is not None else frozenset()
        entity = self._entity(data)
        for name, way in self._columns.items():
            if name not in kept:
                row[name] = way.value(entity)
        self._verify(data, row)
        return {field.name: row[field.name] for field in self._table.fields if field.name in row}

    def _kept(self, data: Mapping[str, object], row: Mapping[str, object]) -> frozenset[str]:
        """Return the columns whose present values already map to the data, in every field with them."""
        kept: set[str] = set()
        changed: set[str] = set()
        for name, (node, function) in self._fields.items():
            same = _same(function, row, data.get(name), self._table)
            (kept if same else changed).update(columns_of(node))
        return frozenset(kept - changed)

    def _entity(self, data: Mapping[str, object]) -> Any:
        named = {name: data[name] for name in self._type.__struct_fields__ if name in data}
        try:
            return msgspec.convert(named, self._type, strict=False)
        except msgspec.ValidationError as error:
            path = str(error).rpartition("$.")[2].rstrip("`")
            raise MapError(
                path, f"the entity's data has another type than the model says: {error}", "bad-value"
            ) from None

    def _verify(self, data: Mapping[str, object], row: Mapping[str, object]) -> None:
        """Refuse a row that would not map to the data in the fields that its columns come from."""
        for name, (node, function) in self._fields.items():
            columns = columns_of(node)
            if (
                columns
                and columns <= self._columns.keys()
                and not _same(function, row, data.get(name), self._table)
            ):
                reason = f"no value of {', '.join(sorted(columns))} maps to the value of this field"
                raise MapError(
                    name, f"{reason}; expected a value as the mapping makes them", "not-invertible"
                )


def _same(function: Function, row: Mapping[str, object], wanted: object, table: Shape) -> bool:
    """Say whether a row maps to the wanted value; a row that lacks a column or fails does not."""
    try:
        made = function(SimpleNamespace(**{**_absent(table), **row}))
    except Exception:  # noqa: BLE001  # whatever fails does not map to the value
        return False
    return bool(msgspec.to_builtins(made) == msgspec.to_builtins(wanted))


def _absent(table: Shape) -> dict[str, object]:
    return dict.fromkeys((field.name for field in table.fields), msgspec.UNSET)


def _function(node: Expression) -> Function:
    """Return the generated function that computes an expression of a row or an entity."""
    emitter = new_emitter()
    emitter.load(sorted(columns_of(node)))
    emitter.line(f"return {emitter.emit(node)}")
    return compiled(["def mapped(row):", *emitter.lines], emitter)


def _leaf_function(node: Expression, field: Field) -> Function:
    return _function(leafed(node, field))
