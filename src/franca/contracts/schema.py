"""A contract as JSON Schema 2020-12, written so that version control shows small differences; and back.

It describes `data` of an event `<entity>.changed`. What JSON Schema has no word for begins with `x-franca-`.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

from franca.contracts.contract import INT64, Contract, LinkTo, Member
from franca.errors import DefinitionError
from franca.model.kind import Kind
from franca.topics.json_types import JSON_TYPES

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema: TypeAlias = "dict[str, Any]"

_NUMBER_TEXTS = ["NaN", "Infinity", "-Infinity"]
_TYPES: dict[str, Schema] = {kind.value: schema for kind, schema in JSON_TYPES.items()}
_TYPES[INT64] = JSON_TYPES[Kind.INTEGER]
_NUMBERS = frozenset({Kind.INTEGER.value, INT64, Kind.FLOAT.value})
_SIZES = {Kind.TEXT.value: ("minLength", "maxLength"), Kind.LIST.value: ("minItems", "maxItems")}


def schema_text(contract: Contract) -> bytes:
    """Return a contract as the text of its file."""
    return msgspec.json.format(msgspec.json.encode(schema_of(contract)), indent=2) + b"\n"


def schema_of(contract: Contract) -> Schema:
    """Return a contract as JSON Schema."""
    found: Schema = {"$schema": DIALECT, "$id": contract.id, "title": contract.entity}
    if contract.description:
        found["description"] = contract.description
    return {
        **found,
        "x-franca-version": contract.version,
        "x-franca-key": list(contract.keys),
        **_object(contract.members),
    }


def contract_from(text: bytes, place: str) -> Contract:
    """Return the contract that a file holds. Raises DefinitionError where it holds none."""
    try:
        schema = msgspec.json.decode(text, type=dict[str, Any])
        return Contract(
            schema["title"],
            int(schema["x-franca-version"]),
            tuple(schema["x-franca-key"]),
            _members(schema),
            schema.get("description", ""),
        )
    except (
        msgspec.DecodeError,
        UnicodeDecodeError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
    ) as error:
        reason = f"is no contract as franca writes them: {error}"
        raise DefinitionError.one(place, reason, "take it from version control again", place) from error


def _object(members: tuple[Member, ...]) -> Schema:
    return {
        "type": "object",
        "properties": {member.name: _schema(member) for member in members},
        "required": [member.name for member in members],
    }


def _schema(member: Member) -> Schema:
    """Return one field's schema, its words always in the same order."""
    found: Schema = dict(_TYPES[member.kind])
    if member.kind == Kind.STRUCT.value:
        found = _object(member.members)
    if member.nullable:
        types = found["type"]
        found["type"] = [*(types if isinstance(types, list) else [types]), "null"]
    if member.description:
        found = {"description": member.description, **found}
    if member.kind == Kind.ENUM.value:
        found["enum"] = [*member.values, *([None] if member.nullable else [])]
    if member.item is not None:
        found["items"] = _schema(member.item)
    return {**found, **_constraints(member), **_marks(member)}


def _constraints(member: Member) -> Schema:
    smallest, largest = _SIZES.get(member.kind, ("x-franca-min-length", "x-franca-max-length"))
    least, most = ("minimum", "maximum")
    if member.kind not in _NUMBERS:
        least, most = "x-franca-minimum", "x-franca-maximum"
    found: Schema = {
        smallest: member.shortest or None,
        largest: member.longest,
        least: member.least,
        most: member.most,
        "x-franca-patterns": list(member.patterns) or None,
    }
    if member.patterns:
        found["allOf"] = [{"pattern": f"^(?:{pattern})$"} for pattern in member.patterns]
    if member.kind == Kind.FLOAT.value:
        found["anyOf"] = [{"type": ["number", "null"]}, {"enum": _NUMBER_TEXTS}]
    return {word: value for word, value in found.items() if value is not None}


def _marks(member: Member) -> Schema:
    found: Schema = {
        "x-franca-type": member.kind,
        "x-franca-precision": member.precision,
        "x-franca-scale": member.scale,
        "x-franca-pii": member.pii or None,
        "x-franca-link": None if member.link is None else _link(member.link),
    }
    return {word: value for word, value in found.items() if value is not None}


def _link(link: LinkTo) -> object:
    if not link.by:
        return link.entities[0][1]
    return {"by": link.by, "entities": dict(link.entities)}


def _members(schema: Mapping[str, Any]) -> tuple[Member, ...]:
    return tuple(_member(name, each) for name, each in schema.get("properties", {}).items())


def _member(name: str, schema: Mapping[str, Any]) -> Member:
    kind = schema["x-franca-type"]
    if kind not in _TYPES:
        raise ValueError(f"unknown x-franca-type {kind!r}")
    smallest, largest = _SIZES.get(kind, ("x-franca-min-length", "x-franca-max-length"))
    return Member(
        name=name,
        kind=kind,
        nullable="null" in schema["type"],
        precision=schema.get("x-franca-precision"),
        scale=schema.get("x-franca-scale"),
        values=tuple(each for each in schema.get("enum", ()) if each is not None),
        item=_member("item", schema["items"]) if "items" in schema else None,
        members=_members(schema),
        pii=schema.get("x-franca-pii", False),
        link=_link_from(schema.get("x-franca-link")),
        shortest=schema.get(smallest, 0),
        longest=schema.get(largest),
        least=schema.get("minimum", schema.get("x-franca-minimum")),
        most=schema.get("maximum", schema.get("x-franca-maximum")),
        patterns=tuple(schema.get("x-franca-patterns", ())),
        description=schema.get("description", ""),
    )


def _link_from(link: Any) -> LinkTo | None:
    if link is None:
        return None
    if isinstance(link, str):
        return LinkTo((("", link),))
    return LinkTo(tuple(link["entities"].items()), link["by"])
