"""Compares a mapping's tree with the entity it makes: every problem at once, with its remedy."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple, cast

from franca.errors import Problem
from franca.mapping.operands import LOST, NUMBERS, constant, describe
from franca.mapping.python import leaves
from franca.mapping.python.failure import Failed
from franca.mapping.row import type_of
from franca.mapping.signature import Signature
from franca.mapping.tree import BRANCHES, Call, Column, Constant, Expression, Item, Tree, ValueType
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
    for wrong in _named(entity.cls, item.fields, entity.fields):
        yield _problem(signature, f"{signature.name}.{wrong.place}", wrong.reason, wrong.remedy)


class Wrong(NamedTuple):
    """What is wrong between an expression and its field, and where below the entity."""

    place: str
    reason: str
    remedy: str


def _named(cls: type, nodes: Mapping[str, Expression], fields: Iterable[Field]) -> Iterator[Wrong]:
    """Yield what is wrong with the fields of an entity or a nested value, missing ones among them."""
    for field in fields:
        node = nodes.get(field.name)
        if node is not None:
            yield from _wrong(node, field, field.name)
        elif field.key:
            yield Wrong(
                field.name, f"{cls.__name__} needs it, and the mapping does not name it", "give the key"
            )
        elif not (field.nullable or field.has_default):
            remedy = f"give it a value, or declare it `{field.name}: … | None = None`"
            yield Wrong(field.name, f"{cls.__name__} needs it, and the mapping does not name it", remedy)


def _wrong(node: Expression, field: Field, place: str) -> Iterator[Wrong]:
    if node is LOST:
        return
    if isinstance(node, Constant) and node.value is None:
        if not field.nullable:
            yield Wrong(place, "gets null, which it may not be", "give it a value, or declare it `| None`")
        return
    wanted = type_of(field)
    if not _same_kind(node.type, wanted):
        reason = f"gets {describe(node.type)}, expected {describe(wanted)}"
        yield Wrong(place, reason, f"use {_CASTS.get(field.kind, 'that type')}")
        return
    if node.type.nullable and not field.nullable:
        remedy = "use first(x, default) or required(x), or declare it `| None`"
        yield Wrong(place, "may get null, which it may not be", remedy)
    for each in _constants(node):
        yield from (Wrong(place, *problem) for problem in _constant_problems(each, field))
    yield from _inside(node, field, place)


def _constants(node: Expression) -> Iterator[Constant]:
    """Yield the constants that an expression's value may be, without null."""
    if isinstance(node, Constant):
        if node.value is not None and node is not LOST:
            yield node
    elif isinstance(node, Call) and node.word in {"codes", "lookup"}:
        table = cast("tuple[tuple[object, object], ...]", node.option("table"))
        for meaning in (*(meaning for _, meaning in table), node.option("default")):
            yield from _constants(constant(meaning))
    elif isinstance(node, Call) and node.word in BRANCHES:
        for branch in node.args[BRANCHES[node.word] :]:
            yield from _constants(branch)


def _inside(node: Expression, field: Field, place: str) -> Iterator[Wrong]:
    """Yield what is wrong with the members of nested values and the items of lists."""
    if isinstance(node, Column):
        yield from _lacking(node.type, field, place)
    if not isinstance(node, Call):
        return
    if node.word == "struct" and field.cls is not None:
        nodes = dict(zip(cast("tuple[str, ...]", node.option("names")), node.args, strict=True))
        if unknown := sorted(nodes.keys() - {part.name for part in field.fields}):
            reason = (
                f"gets a nested value with {', '.join(unknown)}, which {field.cls.__name__} does not have"
            )
            yield Wrong(place, reason, f"make a {field.cls.__name__}")
            return
        for wrong in _named(field.cls, nodes, field.fields):
            yield wrong._replace(place=f"{place}.{wrong.place}")
    elif node.word in {"list", "gather"} and field.item is not None:
        item = replace(field.item, nullable=field.item.nullable or node.word == "gather")
        for number, each in enumerate(node.args):
            yield from _wrong(each, item, f"{place}[{number}]")
    elif node.word in BRANCHES and field.kind in {Kind.LIST, Kind.STRUCT}:
        for branch in node.args[BRANCHES[node.word] :]:
            yield from _inside(branch, field, place)


def _lacking(given: ValueType, field: Field, place: str) -> Iterator[Wrong]:
    """Yield the parts of a field that nested values of a column lack: none of them could be written."""
    if field.item is not None and given.item is not None:
        yield from _lacking(given.item, field.item, f"{place}[]")
    types = dict(given.fields)
    lacking = [part.name for part in field.fields if part.name not in types]
    if lacking and field.cls is not None:
        reason = f"gets a nested value without {', '.join(lacking)}, which {field.cls.__name__} has"
        yield Wrong(place, reason, f"make a {field.cls.__name__} of its parts")
    for part in field.fields:
        if part.name in types:
            yield from _lacking(types[part.name], part, f"{place}.{part.name}")


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
    """Say whether the kinds agree; what is inside lists and nested values is looked at there."""
    if wanted.kind is Kind.DECIMAL:
        return given.kind in NUMBERS
    return given.kind is wanted.kind and given.enum is wanted.enum


def _problem(signature: Signature, path: str, reason: str, remedy: str) -> Problem:
    return Problem(path, reason, remedy, signature.file, signature.line)
