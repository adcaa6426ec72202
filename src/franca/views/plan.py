"""Derives all views of a model: a pipeline of functions, each of which adds the views of one kind."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from franca.model.entity import Entity
from franca.model.shape import Shape
from franca.model.views import Declared
from franca.views.catalogue import Catalogue
from franca.views.kinds.as_of import as_of
from franca.views.kinds.changes import changes
from franca.views.kinds.counts import counts
from franca.views.kinds.current import current
from franca.views.kinds.declared import declared
from franca.views.kinds.history import history
from franca.views.kinds.joined import joined
from franca.views.kinds.joined_history import joined_history
from franca.views.kinds.star import star
from franca.views.model import Model
from franca.views.view import View

Kind: TypeAlias = Callable[[Model], Iterator[View]]

KINDS: tuple[Kind, ...] = (current, history, as_of, changes, joined, joined_history, counts, star, declared)
"""In the order in which later kinds build on earlier ones."""


def plan(
    shapes: Sequence[Shape],
    entities: Iterable[type[Entity]],
    own: Mapping[str, Declared] | None = None,
) -> Catalogue:
    """Return all views of these entities; `entities` are the targets that links may name.

    `own` are the views and metrics that a project declares, by name. Raises DefinitionError where a link
    names what is no entity, names clash, or a declared view is wrong.
    """
    model = Model(shapes, entities, own)
    for kind in KINDS:
        model.add(list(kind(model)))
    return model.catalogue
