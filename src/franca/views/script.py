"""The statements that make all views in an engine over the lake, each after those that it needs."""

from collections.abc import Iterator
from typing import NamedTuple

from franca.errors import UsageError
from franca.views.catalogue import EVENTS, Catalogue
from franca.views.folded import deleted_name, snapshot_name
from franca.views.lineage import Origins
from franca.views.remarks import remark_statements
from franca.views.render import create_sql

SCRIPTED = ("athena", "trino", "spark", "snowflake", "bigquery")
"""The dialects of engines that read the lake's tables by themselves."""

_REGISTERED = {
    "athena": "CREATE EXTERNAL TABLE IF NOT EXISTS `{name}` LOCATION '{url}' "
    "TBLPROPERTIES ('table_type' = 'DELTA')",
    "spark": "CREATE TABLE IF NOT EXISTS `{name}` USING DELTA LOCATION '{url}'",
}
"""How a Delta table gets a name; in other engines in a way of each installation's own."""


class Statement(NamedTuple):
    """One statement: the relation that it makes or says something of, what it does, and its SQL."""

    name: str
    does: str
    sql: str


def relations(views: Catalogue) -> dict[str, tuple[str, str]]:
    """Return the lake's tables that views read, by the names that they read them by: entity and table."""
    named = {
        name(shape.name): (shape.name, kind)
        for shape in views.shapes
        for name, kind in ((_events, "events"), (snapshot_name, "snapshot"), (deleted_name, "deleted"))
    }
    read = {name for view in views for name in view.reads}
    return {name: place for name, place in named.items() if name in read}


def script(views: Catalogue, origins: Origins, lake_url: str, dialect: str) -> Iterator[Statement]:
    """Yield the statements. Raises UsageError for a dialect whose engine does not read the lake by itself.

    Questions for a moment are left out: engines but DuckDB have no functions that give tables.
    """
    if dialect not in SCRIPTED:
        raise UsageError.one(dialect, "does not read the lake by itself", f"use one of {', '.join(SCRIPTED)}")
    if dialect == "athena" and not lake_url.startswith("s3://"):
        raise UsageError.one(dialect, f"reads tables in S3, and the lake is {lake_url!r}", "set [lake] url")
    register = _REGISTERED.get(dialect, "")
    for name, (entity, kind) in relations(views).items() if register else ():
        url = f"{lake_url.rstrip('/')}/{entity}/{kind}".replace("'", "\\'")
        yield Statement(name, "table", register.format(name=name, url=url))
    for view in views.behind(view.name for view in views):
        if not view.parameter:
            yield Statement(view.name, "view", create_sql(view, dialect, pretty=True, origins=origins))
            for remark in remark_statements(view, origins, dialect):
                yield Statement(view.name, "remark", remark)


def _events(entity: str) -> str:
    return entity + EVENTS
