"""What of an entity travels to the executors: the user's own classes stay behind, nobody has them there."""

from dataclasses import replace

from franca.model.entity import Entity
from franca.model.field import Field
from franca.model.shape import Shape


def portable(shape: Shape) -> Shape:
    """Return the shape as the lake needs it: names, types and limits, nothing of the user's modules."""
    fields = tuple(_portable(field) for field in shape.fields)
    keys = tuple(field for field in fields if field.key)
    return Shape(shape.name, Entity, fields, keys, version=shape.version, entity=shape.entity)


def _portable(field: Field) -> Field:
    return replace(
        field,
        enum=None,
        item=None if field.item is None else _portable(field.item),
        fields=tuple(_portable(part) for part in field.fields),
        cls=None,
        link=None,
        tests=(),
        has_default=False,
        default=None,
    )
