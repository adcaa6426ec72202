"""What a database calls its columns' types, where SQLAlchemy knows them not, or without digits."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.engine import Connection

_OF_POSTGRES = """
    WITH RECURSIVE domains (domain, type, modifier, dimensions, is_required) AS (
        SELECT oid, typbasetype, typtypmod, typndims, typnotnull FROM pg_type WHERE typtype = 'd'
        UNION ALL
        SELECT d.domain, t.typbasetype, t.typtypmod, t.typndims, d.is_required OR t.typnotnull
        FROM domains d JOIN pg_type t ON t.oid = d.type WHERE t.typtype = 'd'
    ), bare AS (
        SELECT d.domain, d.is_required, format_type(d.type, d.modifier)
               || repeat('[]', greatest(d.dimensions - 1, 0)) AS told
        FROM domains d JOIN pg_type t ON t.oid = d.type WHERE t.typtype <> 'd'
    )
    SELECT c.relname, a.attname,
           coalesce(b.told, i.told || '[]', format_type(a.atttypid, a.atttypmod))
           || repeat('[]', greatest(a.attndims - 1, 0)), coalesce(b.is_required, false)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN bare b ON b.domain = t.oid LEFT JOIN bare i ON i.domain = t.typelem AND t.typcategory = 'A'
    WHERE n.nspname = :schema AND a.attnum > 0 AND NOT a.attisdropped
"""
"""PostgreSQL's name of each column's type, that of its base where it is a domain: changes have that."""
_OF_SQLITE = """
    SELECT t.name, c.name, c.type, false FROM pragma_table_list t, pragma_table_xinfo(t.name, :schema) c
    WHERE t.schema = :schema
"""
_VIRTUAL = "SELECT name, type FROM pragma_table_list WHERE schema = :schema AND type IN ('virtual', 'shadow')"


class OwnType(NamedTuple):
    """A type's name, and whether it allows no nulls by itself, as a domain may."""

    name: str
    is_required: bool


UNKNOWN = OwnType("", is_required=False)


def own_types(connection: Connection, dialect: str, schema: str) -> Mapping[tuple[str, str], OwnType]:
    """Return the types of a schema's columns by table and column, none where SQLAlchemy knows them."""
    query = {"postgres": _OF_POSTGRES, "sqlite": _OF_SQLITE}.get(dialect)
    if query is None:
        return {}
    rows = connection.execute(text(query), {"schema": schema})
    return {(table, column): OwnType(name, bool(required)) for table, column, name, required in rows}


def virtual_tables(connection: Connection, dialect: str, schema: str) -> Mapping[str, str]:
    """Return SQLite's virtual tables, and the shadow tables that they live in, each with what it is."""
    if dialect != "sqlite":
        return {}
    return dict(connection.execute(text(_VIRTUAL), {"schema": schema}).tuples().all())
