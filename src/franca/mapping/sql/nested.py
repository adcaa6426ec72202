"""Nested values as the model has them: every part, in its order, and nulls and empty lists in their type.

A mapping names parts as it likes, and leaves some out; engines tell structs apart by parts, order and types.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from franca.errors import DefinitionError
from franca.mapping.operands import NULL, NUMBERS, widest
from franca.mapping.row import type_of
from franca.mapping.tree import BRANCHES, Call, Constant, Expression, Item, Tree, ValueType
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape


def shaped(tree: Tree, shape: Shape) -> Tree:
    """Return the tree with nested values as the entity's fields have them. Raises DefinitionError."""
    fields = {field.name: field for field in shape.fields}

    def item(made: Item) -> Item:
        return replace(made, fields={name: _shaped(node, fields[name]) for name, node in made.fields.items()})

    return replace(tree, items=tuple(map(item, tree.items)))


def _shaped(node: Expression, field: Field) -> Expression:
    if isinstance(node, Constant) and node.value is None:
        return Constant(None, replace(type_of(field), nullable=True))
    if not isinstance(node, Call) or field.kind not in {Kind.LIST, Kind.STRUCT}:
        return node
    nullable = node.type.nullable
    if node.word == "struct":
        given = dict(zip(cast("tuple[str, ...]", node.option("names")), node.args, strict=True))
        names = tuple(part.name for part in field.fields)
        parts = tuple(_shaped(given.get(part.name, NULL), part) for part in field.fields)
        types = tuple((name, part.type) for name, part in zip(names, parts, strict=True))
        return Call("struct", parts, (("names", names),), ValueType(Kind.STRUCT, nullable, fields=types))
    if node.word in {"list", "gather"}:
        assert field.item is not None
        items = tuple(_shaped(each, field.item) for each in node.args)
        item = _wide([each.type for each in items]) if items else type_of(field.item)
        return replace(node, args=items, type=ValueType(Kind.LIST, nullable, item=item))
    if node.word in BRANCHES:
        first = BRANCHES[node.word]
        branches = tuple(_shaped(branch, field) for branch in node.args[first:])
        kind = replace(_wide([branch.type for branch in branches]), nullable=nullable)
        return replace(node, args=(*node.args[:first], *branches), type=kind)
    return node


def _wide(types: Sequence[ValueType]) -> ValueType:
    """Return the type that holds values of all the types, which differ in digits alone."""
    first, nullable = types[0], any(each.nullable for each in types)
    if {each.kind for each in types} <= NUMBERS and any(each.kind is Kind.DECIMAL for each in types):
        return widest(types, nullable)
    if len({tuple(name for name, _ in each.fields) for each in types}) > 1:
        reason = "is chosen from nested values of several classes, which SQL can't"
        raise DefinitionError.one(
            "nested value", reason, "make one of their parts, or leave it to the stream"
        )
    items = [each.item for each in types if each.item is not None]
    members = zip(*(each.fields for each in types), strict=True)
    fields = tuple((some[0][0], _wide([kind for _, kind in some])) for some in members)
    return replace(first, nullable=nullable, item=_wide(items) if items else None, fields=fields)
