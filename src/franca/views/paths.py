"""The ways from an entity along its links: which entities a joined view holds, and under which names.

Nearer entities come first. A link that leads back to an entity on its own way, as a self-link or the last of
a cycle does, is followed this once and no further. Ways end after three links, and where a view is full.
"""

from collections import deque
from dataclasses import dataclass, replace

from franca.model.field import Field
from franca.model.shape import Shape
from franca.views.links import Link, Links
from franca.views.names import Names
from franca.views.view import STATE_COLUMNS

MOST_LINKS = 3
"""So many links follow one another at most."""

MOST_COLUMNS = 1_000
"""So many columns a joined view has at most: PostgreSQL allows 1,664."""

MOST_ENTITIES = 40
"""So many entities are joined at most."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One link on a way: the entity it leads to, as the view calls it. `before` is the hop it goes on from.

    `columns` are the target's fields with their names in the view.
    """

    number: int
    link: Link
    path: str
    before: "Hop | None"
    columns: tuple[tuple[Field, str], ...]

    @property
    def alias(self) -> str:
        """The name of the target's relation within the query: no field begins so."""
        return f"_{self.number}"

    @property
    def source(self) -> str:
        """The alias of the relation that has the link."""
        return self.before.alias if self.before else ROOT

    def name(self, field: Field) -> str:
        """Return what a field of the target is called in the view."""
        return next(name for each, name in self.columns if each is field)

    def link_from_view(self) -> Link:
        """Return the link as the view's own columns have it, under the names that they have there."""
        if self.before is None:
            return self.link
        name, by = self.before.name(self.link.field), self.link.by
        by = by and replace(by, name=self.before.name(by))
        return replace(self.link, field=replace(self.link.field, name=name), by=by)


ROOT = "_0"
"""The alias of the entity that the view is about."""


@dataclass(frozen=True, slots=True)
class Ways:
    """All hops from an entity, and what was left out."""

    hops: tuple[Hop, ...]
    notes: tuple[str, ...]


def ways_from(root: Shape, links: Links, names: Names) -> Ways:
    """Return the hops from an entity; their columns are named by path, among the names that are taken."""
    hops: list[Hop] = []
    notes: list[str] = []
    waiting: deque[tuple[Shape, Hop | None, frozenset[str]]] = deque([(root, None, frozenset({root.name}))])
    columns = len(root.fields) + len(STATE_COLUMNS)
    while waiting:
        shape, before, passed = waiting.popleft()
        for field, reason in links.unfollowed[shape.name]:
            notes += [f"{before.name(field) if before else field.name} {reason}"]
        for link in links.outgoing(shape):
            path = f"{before.path}_{link.path}" if before else link.path
            columns += len(link.target.fields)
            if columns > MOST_COLUMNS or len(hops) == MOST_ENTITIES:
                return Ways(tuple(hops), (*notes, f"{path} and what comes after it would be too much"))
            named = tuple((field, names.take(f"{path}_{field.name}")) for field in link.target.fields)
            hop = Hop(len(hops) + 1, link, path, before, named)
            hops.append(hop)
            if link.target.name in passed:
                notes += [f"{path} leads back to {link.target.name}: no further"]
            elif len(passed) < MOST_LINKS:
                waiting.append((link.target, hop, passed | {link.target.name}))
            elif links.outgoing(link.target) or links.unfollowed[link.target.name]:
                notes += [f"{path} is {MOST_LINKS} links away: no further"]
    return Ways(tuple(hops), tuple(notes))
