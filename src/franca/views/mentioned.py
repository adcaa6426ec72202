"""What a question is about, told from its text: which views, so that only those are made."""

import re

from franca.model.views import EVENTS
from franca.views.catalogue import Catalogue
from franca.views.view import View

_WORD = re.compile(r"\w+")
_LISTING = frozenset(
    {"show", "describe", "summarize", "information_schema", "duckdb_views", "duckdb_functions"}
)
"""Words of questions that may be about all views."""


def mentioned(catalogue: Catalogue, sql: str) -> list[View]:
    """Return the views that a text may mean and all that they read; all, where it asks what there is."""
    words = _words(sql)
    if words & _LISTING:
        return catalogue.behind(view.name for view in catalogue)
    return catalogue.behind(view.name for view in catalogue if view.name.lower() in words)


def asks_for_rows(catalogue: Catalogue, sql: str) -> bool:
    """Return whether a text may ask for what is stored: an entity, its events or a view."""
    entities = [shape.name for shape in catalogue.shapes]
    names = [*entities, *(name + EVENTS for name in entities), *(view.name for view in catalogue)]
    return not _words(sql).isdisjoint(name.lower() for name in names)


def _words(sql: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(sql)}
