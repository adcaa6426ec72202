"""Has DuckDB look at the views that a project writes, over empty tables: types, functions and groups."""

from collections.abc import Iterator

import duckdb

from franca.errors import Problem
from franca.lake.columns import events_schema
from franca.model.views import EVENTS
from franca.views.catalogue import Catalogue
from franca.views.render import create_sql

WRITTEN = ("declared", "metric")
"""The kinds of views whose SQL a project writes."""


def binding_problems(views: Catalogue) -> Iterator[Problem]:
    """Yield what DuckDB says against each view or metric of the project's own; nothing is read or written."""
    own = [view for view in views if view.kind in WRITTEN]
    needed = views.behind(view.name for view in own)
    read = {name for view in needed for name in view.reads}
    with duckdb.connect(":memory:", config={"enable_external_access": "false"}) as connection:
        for shape in views.shapes:
            if f"{shape.name}{EVENTS}" in read:
                connection.register(f"{shape.name}{EVENTS}", events_schema(shape).empty_table())
        wrong: set[str] = set()
        for view in needed:
            if wrong.intersection(view.reads):
                wrong.add(view.name)
                continue
            try:
                connection.execute(create_sql(view, "duckdb"))
            except duckdb.Error as error:
                wrong.add(view.name)
                reason = str(error).strip().partition("\n")[0]
                yield Problem(view.name, f"DuckDB does not take its SQL: {reason}", "mend it")
