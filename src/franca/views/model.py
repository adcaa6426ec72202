"""What views are derived from: shapes and their links, and the names that are taken so far."""

from collections.abc import Iterable, Sequence

from franca.errors import DefinitionError, Problem
from franca.model.entity import Entity
from franca.model.shape import Shape
from franca.views.catalogue import EVENTS, Catalogue
from franca.views.links import Links
from franca.views.names import Names
from franca.views.view import View


class Model:
    """The entities that are fed, and the views that were derived from them so far.

    Raises DefinitionError for an entity that is called as another's events are.
    """

    def __init__(self, shapes: Sequence[Shape], entities: Iterable[type[Entity]]) -> None:
        self.shapes = tuple(shapes)
        self.links = Links(shapes, entities)
        names = [shape.name for shape in shapes]
        problems = [
            Problem(name, f"is what the events of {name.removesuffix(EVENTS)!r} are called", "rename it")
            for name in names
            if name.endswith(EVENTS) and name.removesuffix(EVENTS) in names
        ]
        if problems:
            raise DefinitionError(problems)
        self._names = Names([*names, *(f"{name}{EVENTS}" for name in names)])
        self._views: list[View] = []
        self._of: dict[tuple[str, str], View] = {}

    def name(self, wanted: str) -> str:
        """Return a name for a generated view: the wanted one, or one like it that is not taken.

        Entities come first: where one is called `account_history`, the history of `account` is
        `account_history_2`.
        """
        return self._names.take(wanted)

    def is_taken(self, name: str) -> bool:
        """Say whether an entity, its events or a view has this name."""
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

    def of(self, shape: Shape, kind: str) -> View:
        """Return an entity's view of a kind, which must be there."""
        return self._of[shape.name, kind]
