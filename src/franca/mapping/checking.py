"""Compares a mapping's tree with the entity it makes: every problem at once, with its remedy."""

from collections.abc import Iterator

from franca.errors import Problem
from franca.mapping.operands import NUMBERS, describe
from franca.mapping.python import leaves
from franca.mapping.python.failure import Failed
from franca.mapping.row import type_of
from franca.mapping.signature import Signature
from franca.mapping.tree import Constant, Expression, Item, Tree, ValueType
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape

_CASTS = {
    Kind.TEXT: "as_text(x), or codes for a boolean",
    Kind.INTEGER: "integer(x)",
    Kind.DECIMAL: "decimal(x, scale) or implied(x, scale)",
    Kind.FLOAT: "floating(x)",
    Kind.BOOLEAN: "flag(x) or a comparison",
    Kind.DATE: "date_of(x, pattern) or local_date(x)",
    Kind.TIME: "time_of(x, pattern)",
    Kind.TIMESTAMP: "timestamp_of(x, pattern), from_epoch(x) or start_of_day(x)",
    Kind.UUID: "uuid_of(x) or uuid5(namespace, x)",
    Kind.ENUM: "codes(x, table) or enum_of(x, enumeration)",
    Kind.LIST: "a list, or gather(...)",
}


def item_problems(tree: Tree, entity: Shape, signature: Signature) -> Iterator[Problem]:
    """Yield what is wrong between the tree and the entity."""
    if (
        not signature.is_list
        and not signature.optional
        and any(item.where is not None for item in tree.items)
    ):
        reason = f"may make no {entity.cls.__name__}, which its annotation does not say"
        yield _problem(signature, signature.name, reason, f"annotate `-> {entity.cls.__name__} | None`")
    seen: set[Problem] = set()
    for item in tree.items:
        for problem in _one_item(item, entity, signature):
            if problem not in seen:
                seen.add(problem)
                yield problem


def _one_item(item: Item, entity: Shape, signature: Signature) -> Iterator[Problem]:
    for field in entity.fields:
        node = item.fields.get(field.name)
        path = f"{signature.name}.{field.name}"
        if node is not None:
            for reason, remedy in field_problems(node, field):
                yield _problem(signature, path, reason, remedy)
        elif field.key or not (field.nullable or field.has_default):
            remedy = f"give it a value, or declare it `{field.name}: … | None = None`"
            yield _problem(
                signature, path, f"{entity.cls.__name__} needs it, and the mapping does not name it", remedy
            )


def field_problems(node: Expression, field: Field) -> Iterator[tuple[str, str]]:
    """Yield reason and remedy of what is wrong between an expression and its field."""
    if isinstance(node, Constant) and node.value is None:
        if not field.nullable:
            yield "gets null, which it may not be", "give it a value, or declare it `| None`"
        return
    wanted = type_of(field)
    if not _same_kind(node.type, wanted):
        yield (
            f"gets {describe(node.type)}, expected {describe(wanted)}",
            f"use {_CASTS.get(field.kind, 'that type')}",
        )
        return
    if node.type.nullable and not field.nullable:
        yield (
            "may get null, which it may not be",
            "use first(x, default) or required(x), or declare it `| None`",
        )
    if isinstance(node, Constant):
        yield from _constant_problems(node, field)


def _constant_problems(node: Constant, field: Field) -> Iterator[tuple[str, str]]:
    for constraint in field.constraints:
        wrong = constraint.violation(node.value)
        if wrong:
            yield f"gets the constant {node.value!r}, which {wrong}", "give a value that keeps the constraint"
    try:
        leaves.leafed(node, field)
    except Failed as failure:
        yield f"gets the constant {node.value!r}, expected {failure.expected}", "give a value that fits"


def _same_kind(given: ValueType, wanted: ValueType) -> bool:
    if wanted.kind is Kind.DECIMAL:
        return given.kind in NUMBERS
    if given.kind is not wanted.kind or given.enum is not wanted.enum:
        return False
    if wanted.kind is Kind.LIST:
        assert wanted.item is not None
        return given.item is None or _same_kind(given.item, wanted.item)
    if wanted.kind is Kind.STRUCT:
        inner = dict(wanted.fields)
        return all(name in inner and _fits(part, inner[name]) for name, part in given.fields)
    return True


def _fits(given: ValueType, wanted: ValueType) -> bool:
    if given.nullable and not wanted.nullable:
        return False
    return given.nullable or _same_kind(given, wanted)


def _problem(signature: Signature, path: str, reason: str, remedy: str) -> Problem:
    return Problem(path, reason, remedy, signature.file, signature.line)
