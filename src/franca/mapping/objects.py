"""Makes the user's objects from an event's data, for calls of a mapping in tests."""

from collections.abc import Collection
from typing import Any, cast

import msgspec

from franca.model.entity import Entity
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape


def object_of(data: msgspec.Struct, shape: Shape, named: Collection[str]) -> Entity:
    """Return the entity with the fields that the mapping names; the others have their defaults."""
    values = {
        field.name: _value(field, getattr(data, field.name)) for field in shape.fields if field.name in named
    }
    return cast("Entity", msgspec.convert(values, shape.cls))


def _value(field: Field, leaf: Any) -> Any:
    """Return a JSON-ready value in the form that `convert` reads; only floats have texts it does not."""
    if leaf is None:
        return None
    if field.kind is Kind.FLOAT:
        return float(leaf)
    if field.kind is Kind.LIST and field.item is not None:
        return [_value(field.item, each) for each in leaf]
    if field.kind is Kind.STRUCT:
        parts = ((each, getattr(leaf, each.name)) for each in field.fields)
        return {each.name: _value(each, part) for each, part in parts if part is not None or each.nullable}
    return leaf
