"""Makes views in the store, in one transaction; replaces and drops only those that it made itself.

Which those are stands in `franca.views`: a view is franca's while it has the definition that it was given.
Where anything else has a view's name, nothing is done.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import psycopg
from psycopg import sql

from franca.errors import DefinitionError, Problem
from franca.views.catalogue import Catalogue
from franca.views.lineage import Origins
from franca.views.remarks import column_remark, view_remark
from franca.views.render import query_sql
from franca.views.store import counterpart
from franca.views.view import View

Connection = psycopg.Connection[tuple[object, ...]]

_PREPARED = (
    "SELECT pg_advisory_xact_lock(hashtext('franca.views'))",
    "CREATE SCHEMA IF NOT EXISTS franca",
    """CREATE TABLE IF NOT EXISTS franca.views (
        schema text, name text, query text NOT NULL, definition text NOT NULL,
        PRIMARY KEY (schema, name))""",
)
_THERE = """SELECT c.relname, CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) END
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'c')"""
_MADE = "SELECT name, query, definition FROM franca.views WHERE schema = %s"
_KEEP = """INSERT INTO franca.views (schema, name, query, definition)
    SELECT %(schema)s::text, %(name)s::text, %(query)s::text, pg_get_viewdef(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %(schema)s::text AND c.relname = %(name)s::text
    ON CONFLICT (schema, name) DO UPDATE
    SET query = excluded.query, definition = excluded.definition"""


class Step(NamedTuple):
    """What was done with one view: created, replaced, kept or dropped."""

    view: str
    done: str


def apply_views(
    dsn: str, schema: str, views: Catalogue, origins: Origins, *, dry_run: bool = False
) -> list[Step]:
    """Make the views that the store can answer, and drop those of earlier models; return what was done.

    All or nothing; with `dry_run` nothing, and what would be is returned. Raises UnavailableError, and
    DefinitionError where a name is somebody else's, a table is missing, or another's view reads one of these.
    """
    try:
        with (
            psycopg.connect(dsn, connect_timeout=10, client_encoding="utf8") as connection,
            connection.transaction(force_rollback=dry_run),
        ):
            for statement in _PREPARED:
                connection.execute(statement)
            path = sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema))
            connection.execute(path)
            return _Store(connection, schema, views).apply(origins)
    except psycopg.errors.DependentObjectsStillExist as error:
        reason = " ".join((error.diag.message_detail or str(error)).split())[:500]
        raise DefinitionError.one(
            "views", f"one is still used: {reason}", "drop what uses it first"
        ) from error
    except psycopg.Error as error:
        raise counterpart(error) from error


class _Store:
    """The views of one schema, within one transaction."""

    def __init__(self, connection: Connection, schema: str, views: Catalogue) -> None:
        self._connection, self._schema = connection, schema
        self._views, self._wanted = views, views.of_store()
        self._there = {str(name): definition for name, definition in connection.execute(_THERE, [schema])}
        made = connection.execute(_MADE, [schema]).fetchall()
        self._made = {str(name) for name, *_ in made}
        self._own = {
            str(name): str(query)
            for name, query, definition in made
            if self._there.get(str(name)) == definition
        }
        self._before = frozenset(self._own)

    def apply(self, origins: Origins) -> list[Step]:
        """Do what is to be done, in an order in which each view finds what it reads."""
        problems = [*self._foreign(), *self._missing()]
        if problems:
            raise DefinitionError(problems)
        ordered = self._views.behind(view.name for view in self._wanted)
        steps = [self._one(view) for view in ordered if view in self._wanted]
        steps += self._dropped()
        for view in self._wanted:
            self._describe(view, origins)
        return steps

    def _foreign(self) -> Iterable[Problem]:
        for view in self._wanted:
            if view.name in self._there and view.name not in self._own:
                reason = "is there, and franca did not make it"
                if view.name in self._made:
                    reason = "is not as franca made it"
                yield Problem(f"{self._schema}.{view.name}", reason, "rename it, or drop it, and apply again")

    def _missing(self) -> Iterable[Problem]:
        known = {view.name for view in self._wanted}
        needed = {name for view in self._wanted for name in view.reads} - known - set(self._there)
        for name in sorted(needed):
            yield Problem(
                f"{self._schema}.{name}", "is not there", "`franca run store` makes the entities' tables"
            )

    def _one(self, view: View) -> Step:
        query = query_sql(view, "postgres", pretty=True)
        if self._own.get(view.name) == query:
            return Step(view.name, "kept")
        try:
            self._make(view, query)
        except psycopg.ProgrammingError as error:
            reason = f"PostgreSQL does not take its SQL: {error.diag.message_primary}"
            raise DefinitionError.one(
                view.name, reason, "see `franca views show --dialect postgres`"
            ) from error
        self._connection.execute(_KEEP, {"schema": self._schema, "name": view.name, "query": query})
        self._own[view.name] = query
        return Step(view.name, "replaced" if view.name in self._before else "created")

    def _make(self, view: View, query: str) -> None:
        if view.name not in self._own:
            self._execute("CREATE VIEW {} AS {}", view.name, query)
        elif not self._replaced(view, query):
            self._drop_with_readers(view)
            self._execute("CREATE VIEW {} AS {}", view.name, query)

    def _replaced(self, view: View, query: str) -> bool:
        """Replace a view and keep what was granted on it; say whether its columns allow that."""
        try:
            with self._connection.transaction():
                self._execute("CREATE OR REPLACE VIEW {} AS {}", view.name, query)
        except psycopg.errors.InvalidTableDefinition:
            return False
        return True

    def _drop_with_readers(self, view: View) -> None:
        """Drop a view and those of franca's that read it; these are made again when their turn comes."""
        own = [each for each in self._wanted if each.name in self._own]
        readers = {each.name for each in own if view in self._views.behind([each.name])}
        for each in reversed(self._views.behind(readers)):
            if each.name in readers:
                self._execute("DROP VIEW {}", each.name)
                del self._own[each.name]

    def _dropped(self) -> Sequence[Step]:
        """Drop franca's views that no model gives any more; several times, as some may read others."""
        stale = sorted(set(self._own) - {view.name for view in self._wanted})
        dropped: list[Step] = []
        while stale:
            refused = [(name, error) for name in stale if (error := self._refusal(name))]
            dropped += [Step(name, "dropped") for name in stale if name not in dict(refused)]
            if len(refused) == len(stale):
                raise refused[0][1]
            stale = [name for name, _ in refused]
        return dropped

    def _refusal(self, name: str) -> psycopg.Error | None:
        """Drop a view; return why that can't be, where something reads it."""
        try:
            with self._connection.transaction():
                self._execute("DROP VIEW {}", name)
        except psycopg.errors.DependentObjectsStillExist as error:
            return error
        gone = "DELETE FROM franca.views WHERE schema = %s AND name = %s"
        self._connection.execute(gone, [self._schema, name])
        return None

    def _execute(self, statement: str, name: str, query: str = "") -> None:
        place = sql.Identifier(self._schema, name)
        self._connection.execute(sql.SQL(statement).format(place, sql.SQL(query)))

    def _describe(self, view: View, origins: Origins) -> None:
        place = sql.Identifier(self._schema, view.name)
        told = sql.Literal(view_remark(view))
        self._connection.execute(sql.SQL("COMMENT ON VIEW {} IS {}").format(place, told))
        for column in view.columns:
            name = sql.Identifier(self._schema, view.name, column.name)
            text = sql.Literal(column_remark(column, origins))
            self._connection.execute(sql.SQL("COMMENT ON COLUMN {} IS {}").format(name, text))
