"""One text per mapping, the same in every process and Python version, for the mappings' hash."""

import inspect
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from franca.errors import DefinitionError
from franca.mapping.tree import Column, Constant, Expression, ValueType
from franca.model.layouts import Copybook, Layout
from franca.model.shape import Field, shape_of

if TYPE_CHECKING:
    from franca.mapping.mapping import Mapping


def canonical(mapping: "Mapping[Any, Any]") -> str:
    """Return all that a mapping says, as text."""
    table, entity = shape_of(mapping.table), shape_of(mapping.entity)
    lines = [f"mapping {mapping.name} {table.name} {entity.name} {mapping.is_list}"]
    lines += [f"field {_field(field)}" for field in entity.fields]
    if mapping.tree.where is not None:
        lines.append(f"where {_node(mapping.tree.where)}")
    for item in mapping.tree.items:
        lines.append(f"item {_node(item.where) if item.where is not None else ''}")
        lines += [f"{name} = {_node(node)}" for name, node in sorted(item.fields.items())]
    lines += [said for field in table.fields if field.name in mapping.columns and (said := _column(field))]
    if table.format is not None and not isinstance(table.format, str):
        lines.append(_layout(table.format))
    return "\n".join(lines)


def _layout(layout: Layout) -> str:
    """Return how records are laid out, the text of its copybooks in the place of their path."""
    if not isinstance(layout, Copybook):
        return f"layout {layout!r}"
    try:
        text = "\n".join(layout.texts())
    except DefinitionError:
        text = ""
    return f"layout {replace(layout, path='')!r} {text}"


def _column(field: Field) -> str:
    """Return how a table's column is read where its name and type don't say it, else nothing."""
    inner = [_column(each) for each in (field.fields or ((field.item,) if field.item else ()))]
    told = {
        "column": field.column if field.column != field.name else "",
        "unit": field.unit,
        "date_style": field.date_style,
        "trim": field.trim,
        "width": field.width,
        "place": (field.start, field.size) if field.size else None,
        "constraints": [repr(each) for each in field.constraints],
        "members": [member.value for member in field.enum] if field.enum else None,
        "inner": inner if any(inner) else None,
    }
    said = {name: value for name, value in told.items() if value}
    return f"read {field.name} {said!r}" if said else ""


def _field(field: Field) -> str:
    inner = [_field(each) for each in (field.fields or ((field.item,) if field.item else ()))]
    digits = (field.precision, field.scale)
    marks = (field.name, field.kind.value, field.nullable, digits, field.key, inner)
    constraints = [repr(each) for each in field.constraints]
    members = [member.value for member in field.enum] if field.enum else []
    return repr((*marks, constraints, members))


def _node(node: Expression) -> str:
    if isinstance(node, Column):
        return f"column {node.name!r} {_type(node.type)}"
    if isinstance(node, Constant):
        return f"constant {_value(node.value)}"
    options = ", ".join(f"{name}={_value(value)}" for name, value in node.options)
    return f"{node.word}({', '.join(_node(each) for each in node.args)}; {options}) {_type(node.type)}"


def _type(kind: ValueType) -> str:
    return f"{kind.kind.value}/{kind.nullable}/{kind.precision}/{kind.scale}"


def _value(value: object) -> str:
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}={value.value!r}"
    if isinstance(value, tuple):
        return f"({', '.join(_value(each) for each in value)})"
    if inspect.isroutine(value):
        return _function(value)
    return f"{type(value).__name__} {value!r}"


def _function(function: Callable[..., Any]) -> str:
    name = f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}"
    try:
        return f"{name} {inspect.getsource(function)}"
    except (OSError, TypeError):
        return name
