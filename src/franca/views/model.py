"""What views are derived from: shapes and their links, and the names that are taken so far."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from franca.model.entity import Entity
from franca.model.indexes import key_index, link_indexes
from franca.model.shape import Shape
from franca.model.views import EVENTS, Declared
from franca.views.catalogue import Catalogue
from franca.views.links import Links
from franca.views.names import Names
from franca.views.view import View

NAME = re.compile(r"[a-z][a-z0-9_]*")
"""What a view may be called: the same quoted or not, in every engine."""


class Model:
    """The entities that are fed, and the views that were derived from them so far."""

    def __init__(
        self,
        shapes: Sequence[Shape],
        entities: Iterable[type[Entity]],
        declared: Mapping[str, Declared] | None = None,
    ) -> None:
        self.shapes = tuple(shapes)
        self.declared = dict(declared or {})
        self.links = Links(shapes, entities)
        self._names = Names(name for shape in shapes for name in _names(shape))
        self._views: list[View] = []
        self._of: dict[tuple[str, str], View] = {}

    def name(self, wanted: str) -> str:
        """Return a name for a generated view: the wanted one, or one like it that is not taken.

        Entities come first: where one is called `account_history`, the history of `account` is
        `account_history_2`.
        """
        return self._names.take(wanted)

    def is_taken(self, name: str) -> bool:
        """Say whether an entity, its events, an index of its table or a view has this name."""
        return name in self._names

    def add(self, views: Iterable[View]) -> None:
        """Keep views for those that come after them."""
        for view in views:
            self._views.append(view)
            self._of[view.entity, view.kind] = view

    @property
    def catalogue(self) -> Catalogue:
        """All views so far."""
        return Catalogue(self.shapes, self._views)

    def has(self, shape: Shape, kind: str) -> bool:
        """Say whether an entity has a view of a kind so far."""
        return (shape.name, kind) in self._of

    def of(self, shape: Shape, kind: str) -> View:
        """Return an entity's view of a kind, which must be there."""
        return self._of[shape.name, kind]


def _names(shape: Shape) -> Iterator[str]:
    """Yield what an entity, its events, and the indexes of its table in the store are called."""
    yield from (shape.name, f"{shape.name}{EVENTS}", key_index(shape.name), *link_indexes(shape))
