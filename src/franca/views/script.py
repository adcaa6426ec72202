"""The statements that make all views in an engine over the lake, each after what it needs, or drop them."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from franca.errors import DefinitionError, Problem, UsageError
from franca.model.views import EVENTS
from franca.views.catalogue import Catalogue
from franca.views.folded import deleted_name, snapshot_name
from franca.views.lineage import Origins
from franca.views.remarks import remark_statements
from franca.views.render import create_sql
from franca.views.trees import placed

SCRIPTED = ("athena", "trino", "spark", "snowflake", "bigquery", "duckdb")
"""The dialects of engines that read the lake's tables by themselves."""

_OF_ATHENA = (
    "CREATE EXTERNAL TABLE IF NOT EXISTS {name} LOCATION '{url}' TBLPROPERTIES ('table_type' = 'DELTA')"
)
_REGISTERED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "athena": (
            _OF_ATHENA,
            "DROP TABLE IF EXISTS {name}",
        ),
        "spark": (
            "CREATE TABLE IF NOT EXISTS {name} USING DELTA LOCATION '{url}'",
            "DROP TABLE IF EXISTS {name}",
        ),
        "duckdb": (
            "CREATE OR REPLACE VIEW {name} AS SELECT * FROM DELTA_SCAN('{url}')",
            "DROP VIEW IF EXISTS {name}",
        ),
    }
)
"""How a Delta table gets a name and loses it, not its files; elsewhere each installation has its own way."""


class Statement(NamedTuple):
    """One statement: the relation that it makes, drops or says something of, what it does, and its SQL."""

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


def script(
    views: Catalogue, origins: Origins, lake_url: str, dialect: str, schema: str = ""
) -> Iterator[Statement]:
    """Yield the statements. Raises UsageError for a dialect whose engine does not read the lake by itself.

    Where it can't say views that users wrote, DefinitionError is raised at the end, with all of them.
    `schema` is put before all names. Questions for a moment are left out: of these engines DuckDB alone has
    functions that give tables.
    """
    _require_readable(dialect, schema)
    if dialect == "athena" and not lake_url.startswith("s3://"):
        raise UsageError.one(dialect, f"reads tables in S3, and the lake is {lake_url!r}", "set [lake] url")
    quote = "''" if dialect == "duckdb" else "\\'"
    for name, (entity, kind) in relations(views).items() if dialect in _REGISTERED else ():
        url = f"{lake_url.rstrip('/')}/{entity}/{kind}".replace("'", quote)
        register, _ = _REGISTERED[dialect]
        yield Statement(name, "table", register.format(name=_table(name, schema, dialect), url=url))
    problems: list[Problem] = []
    for view in views.behind(view.name for view in views):
        if view.parameter and dialect != "duckdb":
            continue
        try:
            made = create_sql(view, dialect, pretty=True, origins=origins, schema=schema)
        except DefinitionError as error:
            problems += error.problems
            continue
        yield Statement(view.name, "view", made)
        for remark in remark_statements(view, origins, dialect, schema):
            yield Statement(view.name, "remark", remark)
    if problems:
        raise DefinitionError(problems)


def dropping(views: Catalogue, dialect: str, schema: str = "") -> Iterator[Statement]:
    """Yield the statements that drop what the script makes, each before what it needs; the lake stays."""
    _require_readable(dialect, schema)
    for view in reversed(views.behind(view.name for view in views)):
        place = placed(view.name, schema).sql(dialect=dialect)
        if not view.parameter:
            yield Statement(view.name, "drop", f"DROP VIEW IF EXISTS {place}")
        elif dialect == "duckdb":
            yield Statement(view.name, "drop", f"DROP MACRO TABLE IF EXISTS {place}")
    for name in relations(views) if dialect in _REGISTERED else ():
        _, drop = _REGISTERED[dialect]
        yield Statement(name, "drop", drop.format(name=_table(name, schema, dialect)))


def _require_readable(dialect: str, schema: str) -> None:
    if dialect not in SCRIPTED:
        raise UsageError.one(dialect, "does not read the lake by itself", f"use one of {', '.join(SCRIPTED)}")
    if dialect == "bigquery" and not schema:
        reason = "wants the dataset before all that a view reads, and none is said"
        raise UsageError.one(dialect, reason, "say it: --schema project.dataset")


def _table(name: str, schema: str, dialect: str) -> str:
    """Return a table's name; in Athena's statements about tables it is quoted as in Hive, not as in views."""
    return placed(name, schema).sql(dialect="hive" if dialect == "athena" else dialect)


def _events(entity: str) -> str:
    return entity + EVENTS
