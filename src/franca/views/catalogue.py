"""All views of a model, and what each of them reads."""

from collections.abc import Iterable, Iterator, Sequence

from franca.errors import UsageError
from franca.model.shape import Shape
from franca.model.views import EVENTS
from franca.views.view import View
from franca.views.written import nearest


class Catalogue:
    """Views by name. A view reads entities, their events, and views before it."""

    def __init__(self, shapes: Sequence[Shape], views: Iterable[View] = ()) -> None:
        self.shapes = tuple(shapes)
        self._views = {view.name: view for view in views}

    def __iter__(self) -> Iterator[View]:
        return iter(self._views.values())

    def __len__(self) -> int:
        return len(self._views)

    def __contains__(self, name: str) -> bool:
        return name in self._views

    def view(self, name: str) -> View:
        """Return a view by its name. Raises UsageError naming those there are."""
        if name not in self._views:
            there = ", ".join(self._views) or "none"
            remedy = nearest(name, self._views) or f"the project has: {there}"
            raise UsageError.one(name, "no such view", remedy)
        return self._views[name]

    def of(self, entity: str, kind: str) -> View | None:
        """Return an entity's view of a kind, None where it has none."""
        return next((view for view in self if view.entity == entity and view.kind == kind), None)

    def needs_history(self, view: View) -> bool:
        """Say whether a view needs past events; the store, which has current rows only, can't answer it."""
        if view.kind == "current":
            return False
        return any(
            self.needs_history(self._views[name]) if name in self._views else name.endswith(EVENTS)
            for name in view.reads
        )

    def is_only_in_lake(self, view: View) -> bool:
        """Say whether a view, or one that it reads, is declared for the lake alone."""
        return any(each.only_in_lake for each in self.behind([view.name]))

    def places(self, view: View) -> list[str]:
        """Return where a view can be asked: in the lake, or in the lake and the store."""
        return ["lake"] if self.needs_history(view) or self.is_only_in_lake(view) else ["lake", "store"]

    def of_store(self) -> list[View]:
        """Return the views that can be made in the store, where each entity is the table of its name."""
        return [view for view in self if view.kind != "current" and "store" in self.places(view)]

    def behind(self, names: Iterable[str]) -> list[View]:
        """Return the views of these names and all that they read, each after those that it reads."""
        found: dict[str, View] = {}

        def add(name: str) -> None:
            if name in self._views and name not in found:
                for read in self._views[name].reads:
                    add(read)
                found[name] = self._views[name]

        for name in names:
            add(name)
        return list(found.values())
