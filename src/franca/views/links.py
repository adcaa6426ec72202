"""The links of a model as a graph: from each entity to those it names, with the words to call them by.

A link is followed where some mapping feeds its target, and where it is a field of its own, no list's item.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from franca.model.entity import Entity
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.link_condition import choice_condition, link_condition
from franca.model.shape import Shape, link_targets, shape_of

_ENDING = re.compile(r"_(id|ids|key|code|number|num|no|nr|ref|uuid)$")


@dataclass(frozen=True, slots=True)
class Link:
    """A link from one entity to one other. `path` is what the target is called in views of the source.

    `by` is the field of the source that chooses among several targets, `values` those that mean this one.
    """

    source: Shape
    field: Field
    target: Shape
    path: str = ""
    by: Field | None = None
    values: tuple[object, ...] = ()

    def condition(self, source: str, target: str, *, chosen: bool = True) -> str:
        """Return the SQL that joins two tables, by their aliases; not `chosen` leaves the choice out."""
        same = link_condition(self.field, self.target, source, target)
        if self.by is None or not chosen:
            return same
        return f"{same} AND {choice_condition(self.by, self.values, source)}"


class Links:
    """All links among the entities that are fed; `unfollowed` has each entity's others, with the reason."""

    def __init__(self, shapes: Sequence[Shape], entities: Iterable[type[Entity]]) -> None:
        self._fed = {shape.name: shape for shape in shapes}
        self.unfollowed: dict[str, list[tuple[Field, str]]] = {shape.name: [] for shape in shapes}
        known = list(entities)
        self._outgoing = {shape.name: _named(self._of(shape, known)) for shape in shapes}

    def outgoing(self, shape: Shape) -> Sequence[Link]:
        """Return an entity's links in the order of its fields."""
        return self._outgoing[shape.name]

    def incoming(self, shape: Shape) -> Sequence[Link]:
        """Return the links to an entity, its own among them, in the order of the entities."""
        return [link for links in self._outgoing.values() for link in links if link.target is shape]

    def _of(self, shape: Shape, entities: list[type[Entity]]) -> list[Link]:
        found = []
        for field in shape.fields:
            if field.kind is Kind.LIST and (field.link or (field.item and field.item.link)):
                self.unfollowed[shape.name].append((field, "is a list of links: unnest it to join"))
            elif _holds_links(field):
                self.unfollowed[shape.name].append((field, "has links within it: join by its parts"))
            elif field.link is not None:
                found += self._of_field(shape, field, link_targets(field, entities))
        return found

    def _of_field(self, shape: Shape, field: Field, targets: Mapping[object, type[Entity]]) -> list[Link]:
        by = shape.field(field.link.by) if field.link and field.link.by else None
        values: dict[str, list[object]] = {}
        for value, cls in targets.items():
            values.setdefault(shape_of(cls).name, []).append(value)
        found = []
        for name, chosen in values.items():
            if name not in self._fed:
                self.unfollowed[shape.name].append((field, f"links to {name}, which no mapping gives"))
                continue
            found.append(Link(shape, field, self._fed[name], "", by, tuple(chosen) if by else ()))
        return found


def _holds_links(field: Field) -> bool:
    """Say whether a field's parts are links, or the parts of these."""
    parts = field.fields if field.item is None else (field.item,)
    return any(part.link or _holds_links(part) for part in parts)


def _named(links: list[Link]) -> Sequence[Link]:
    """Return the links with their paths.

    That is the target's name where it is the only link to it; else, and for a link to the entity itself, what
    the field is called without the `_id` at its end, with the target's name behind it where the field has
    several targets; and the field's whole name where two would be called the same.
    """
    targets = Counter(link.target.name for link in links)
    fields = Counter(link.field.name for link in links)

    def path(link: Link, own: str) -> str:
        if targets[link.target.name] == 1 and link.target is not link.source:
            return link.target.name
        return own if fields[link.field.name] == 1 else f"{own}_{link.target.name}"

    short = [path(link, _ENDING.sub("", link.field.name)) for link in links]
    counted = Counter(short)
    return [
        replace(link, path=name if counted[name] == 1 else path(link, link.field.name))
        for link, name in zip(links, short, strict=True)
    ]
