"""What is wrong with an entity's links, told from its own fields: their kinds, and what chooses a target."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from uuid import UUID

from franca.errors import Problem
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.literals import can_be, literal
from franca.model.markers import Link

_CHOOSING: Mapping[Kind, tuple[type, ...]] = MappingProxyType(
    {
        Kind.TEXT: (str,),
        Kind.ENUM: (str,),
        Kind.INTEGER: (int,),
        Kind.BOOLEAN: (bool,),
        Kind.DECIMAL: (Decimal, int),
        Kind.DATE: (date,),
        Kind.TIME: (time,),
        Kind.UUID: (UUID, str),
    }
)
"""The kinds of fields that can choose among a link's targets, and of what types the values are that do."""

_NEVER_KEYS = frozenset({Kind.FLOAT, Kind.BYTES, Kind.STRUCT, Kind.LIST})


def link_problems(name: str, fields: Sequence[Field]) -> Iterator[Problem]:
    """Yield what is wrong with the links among the fields of a class of this name, those in lists too."""
    by_name = {field.name: field for field in fields}
    for field in fields:
        holds = field.item or field
        link = field.link or holds.link
        if link is not None:
            path = f"{name}.{field.name}"
            if holds.kind in _NEVER_KEYS:
                reason = f"is a link of kind {holds.kind.value}, which no key is"
                yield Problem(path, reason, "use text, or the type of the key that it means")
            for reason, remedy in _choice(name, link, by_name):
                yield Problem(path, reason, remedy)


def _choice(name: str, link: Link, fields: Mapping[str, Field]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the choice among a link's targets, with what to do."""
    is_chosen = [value for value, _ in link.targets] != [None]
    if not link.by:
        if is_chosen:
            yield "its link has targets by value, and no field chooses", "name it: Link({…}, by='field')"
    elif not is_chosen:
        yield f"its link is chosen by {link.by!r} and has one target", "write Link({value: Entity, …}, by=…)"
    elif link.by not in fields:
        yield (
            f"its link is chosen by {link.by!r}, which is no field of {name}",
            "name a field of the same entity",
        )
    else:
        yield from _values(link, fields[link.by])


def _values(link: Link, by: Field) -> Iterator[tuple[str, str]]:
    if by.kind not in _CHOOSING:
        reason = f"its link is chosen by {by.name!r}, a field of kind {by.kind.value}"
        yield reason, "choose by a text, an enumeration, a number, a boolean, a day, a time or a UUID"
        return
    found: dict[str, object] = {}
    for value, _ in link.targets:
        if not _fits(value, by):
            yield f"its link has a target by {value!r}, and {by.name!r} is {_told(by)}", "correct the value"
        elif (first := found.setdefault(literal(value, by.kind), value)) is not value:
            yield f"its link has two targets by one value, {first!r} and {value!r}", "leave one out"


def _told(by: Field) -> str:
    if by.enum:
        return f"one of {[member.value for member in by.enum]}"
    digits = f" with the digits {by.precision}, {by.scale}" if by.kind is Kind.DECIMAL else ""
    return f"of kind {by.kind.value}{digits}"


def _fits(value: object, by: Field) -> bool:
    if by.enum is not None:
        return value in [each for member in by.enum for each in (member, member.value)]
    value = value.value if isinstance(value, Enum) else value
    is_subtype = isinstance(value, datetime) or isinstance(value, bool) is not (by.kind is Kind.BOOLEAN)
    return isinstance(value, _CHOOSING[by.kind]) and not is_subtype and can_be(value, by)
