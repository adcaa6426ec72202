"""An entity's contract as plain values: all that who reads its events, tables or API may rely on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

from franca.model.entity import Entity
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.markers import Length, Pattern, Range
from franca.model.shape import Shape, link_targets, versioned_name
from franca.topics.event_decoder import is_64_bit
from franca.topics.names import versioned_topic

Bound: TypeAlias = int | float | str
"""The end of a range as JSON holds it: decimals, dates and times are text."""

INT64 = "int64"
"""The kind of an integer whose range keeps it within 64 bits: its columns are others than an integer's."""


@dataclass(frozen=True, slots=True)
class LinkTo:
    """The entities whose keys a field holds, by the value of the field `by` that chooses.

    One alone has neither value nor `by`.
    """

    entities: tuple[tuple[str, str], ...]
    by: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """One field, or the item of a list. `kind` is a `Kind`'s value, or `INT64`.

    `nullable` says that it may be null, which a field with a default may be too: no mapping need name it.
    """

    name: str
    kind: str
    nullable: bool = False
    precision: int | None = None
    scale: int | None = None
    values: tuple[str, ...] = ()
    item: "Member | None" = None
    members: "tuple[Member, ...]" = ()
    pii: bool = False
    link: LinkTo | None = None
    shortest: int = 0
    longest: int | None = None
    least: Bound | None = None
    most: Bound | None = None
    patterns: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract of one version of an entity; `keys` are the names of its key fields in their order."""

    entity: str
    version: int
    keys: tuple[str, ...]
    members: tuple[Member, ...]
    description: str = ""

    @property
    def id(self) -> str:
        """What events have as `dataschema`."""
        return f"{self.entity}/{self.version}"

    @property
    def topic(self) -> str:
        """The entity's topic, which also names the contract's file."""
        return versioned_topic(self.entity, self.version)

    @property
    def table(self) -> str:
        """The entity's name in SQL."""
        return versioned_name(self.entity, self.version)

    @property
    def paths(self) -> frozenset[str]:
        """Where differences can be: each field, what is within it, and a list's item (`phones[].number`)."""
        return frozenset(path for member in self.members for path in _paths(member, member.name))


def contract_of(shape: Shape, entities: Iterable[type[Entity]]) -> Contract:
    """Return the contract that an entity's class declares. Raises DefinitionError for a link to no entity."""
    known = list(entities)
    members = tuple(_member(field, known) for field in shape.fields)
    return Contract(
        shape.entity, shape.version, tuple(k.name for k in shape.keys), members, shape.description
    )


def _paths(member: Member, path: str) -> Iterator[str]:
    yield path
    if member.item is not None:
        yield from _paths(member.item, f"{path}[]")
    for part in member.members:
        yield from _paths(part, f"{path}.{part.name}")


def _member(field: Field, entities: list[type[Entity]]) -> Member:
    ranges = [each for each in field.constraints if isinstance(each, Range)]
    lengths = [each for each in field.constraints if isinstance(each, Length)]
    least = [each.min for each in ranges if each.min is not None]
    most = [each.max for each in ranges if each.max is not None]
    longest = [each.max for each in lengths if each.max is not None]
    is_small = field.kind is Kind.INTEGER and is_64_bit(field)
    return Member(
        name=field.name,
        kind=INT64 if is_small else field.kind.value,
        nullable=field.nullable or field.has_default,
        precision=field.precision,
        scale=field.scale,
        values=tuple(str(member.value) for member in field.enum or ()),
        item=None if field.item is None else _member(field.item, entities),
        members=tuple(_member(part, entities) for part in field.fields),
        pii=field.pii,
        link=_link(field, entities),
        shortest=max((each.min for each in lengths), default=0),
        longest=min(longest, default=None),
        least=_bound(max(least, default=None)),  # type: ignore[type-var]  # bounds of one field compare
        most=_bound(min(most, default=None)),  # type: ignore[type-var]  # as above
        patterns=tuple(each.pattern for each in field.constraints if isinstance(each, Pattern)),
        description=field.description,
    )


def _link(field: Field, entities: list[type[Entity]]) -> LinkTo | None:
    """Return a field's link. It names entities without their versions: keys outlive them."""
    if field.link is None:
        return None
    targets = link_targets(field, entities).items()
    return LinkTo(tuple((_text(value), target.franca_name) for value, target in targets), field.link.by or "")


def _text(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    return "" if value is None else str(value)


def _bound(value: object) -> Bound | None:
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value  # type: ignore[return-value]  # an int, a float, a text or None: the model checks it
