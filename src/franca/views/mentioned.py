"""Which views a question is about, told from its text, so that only those are made."""

import re

from franca.views.catalogue import Catalogue
from franca.views.view import View

_WORD = re.compile(r"\w+")
_LISTING = frozenset(
    {"show", "describe", "summarize", "information_schema", "duckdb_views", "duckdb_functions"}
)
"""Words of questions that may be about all views."""


def mentioned(catalogue: Catalogue, sql: str) -> list[View]:
    """Return the views that a text may mean and all that they read; all, where it asks what there is."""
    words = {word.lower() for word in _WORD.findall(sql)}
    if words & _LISTING:
        return catalogue.behind(view.name for view in catalogue)
    return catalogue.behind(view.name for view in catalogue if view.name.lower() in words)
