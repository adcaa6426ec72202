"""Makes views in the store, in one transaction; replaces and drops only those that it made itself.

Which those are stands in `franca.views`: a view is franca's while it has the definition that it was given.
Where anything else has a view's name, nothing is done.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import psycopg
from psycopg import sql

from franca.errors import DefinitionError, Problem
from franca.model.shape import Shape
from franca.postgres import OWN_SCHEMA, Connection, lacking
from franca.views.catalogue import Catalogue
from franca.views.lineage import Origins
from franca.views.remarks import column_remark, view_remark
from franca.views.render import query_sql, remedy
from franca.views.store import counterpart
from franca.views.store_grants import Allowed, allow_again, allowed_on
from franca.views.trees import columns_read
from franca.views.view import STATE_COLUMNS, View

_REFUSED = (psycopg.ProgrammingError, psycopg.DataError, psycopg.NotSupportedError)
"""What PostgreSQL raises where it does not take a statement, or may not."""

_LOCKED = "SELECT pg_advisory_xact_lock(hashtext('franca.views'))"
_OWN_TABLE = {
    "views": sql.SQL(
        """CREATE TABLE IF NOT EXISTS franca.views (
        schema text, name text, query text NOT NULL, definition text NOT NULL,
        PRIMARY KEY (schema, name))"""
    )
}
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
_READERS = """SELECT DISTINCT reader.relname FROM pg_depend d
    JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
    JOIN pg_class reader ON reader.oid = r.ev_class
    JOIN pg_class read ON d.refclassid = 'pg_class'::regclass AND read.oid = d.refobjid
    WHERE read.oid = %s::regclass AND reader.oid <> read.oid AND reader.relnamespace = read.relnamespace
    ORDER BY 1"""
_COLUMNS = """SELECT c.relname, a.attname
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND a.attnum > 0 AND NOT a.attisdropped"""


class Step(NamedTuple):
    """What was done with one view: created, replaced, kept or dropped."""

    view: str
    done: str


def apply_views(
    dsn: str, schema: str, views: Catalogue, origins: Origins, *, dry_run: bool = False
) -> list[Step]:
    """Make the views that the store can answer, and drop those of earlier models; return what was done.

    All or nothing; with `dry_run` nothing, and what would be is returned. Raises UnavailableError, and
    DefinitionError where a name is somebody else's, a table is missing, another's view reads one of these, or
    the account may not.
    """
    try:
        with (
            psycopg.connect(dsn, connect_timeout=10, client_encoding="utf8") as connection,
            connection.transaction(force_rollback=dry_run),
        ):
            connection.execute(_LOCKED)
            for statement in lacking(connection, OWN_SCHEMA, _OWN_TABLE):
                connection.execute(statement)
            path = sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema))
            connection.execute(path)
            return _Store(connection, schema, views).apply(origins)
    except psycopg.errors.DependentObjectsStillExist as error:
        reason = " ".join((error.diag.message_detail or str(error)).split())[:500]
        raise DefinitionError.one(
            "views", f"one is still used: {reason}", "drop what uses it first"
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        reason = f"this account may not make them: {error.diag.message_primary}"
        remedy = "apply as the account that owns them, or have the right granted"
        raise DefinitionError.one("views", reason, remedy) from error
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
        self._allowed: dict[str, Allowed] = {}

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
        earlier = set(self._own) - known
        needed = {name for view in self._wanted for name in view.reads} - known
        for name in sorted(needed - (set(self._there) - earlier)):
            reason, remedy = "is not there", "`franca run store` makes the entities' tables"
            if name in earlier:
                reason = "is a view of an earlier model still, and no table"
                remedy = "`franca views apply --drop` drops franca's views, then `franca run store` makes it"
            yield Problem(f"{self._schema}.{name}", reason, remedy)
        rows = {
            (str(table), str(column)) for table, column in self._connection.execute(_COLUMNS, [self._schema])
        }
        for shape in self._views.shapes:
            if shape.name in self._there:
                yield from self._lacking(shape, {column for table, column in rows if table == shape.name})

    def _lacking(self, shape: Shape, there: Collection[str]) -> Iterable[Problem]:
        """Yield a problem for each column that an entity's table lacks and a view reads."""
        names = [*(field.name for field in shape.fields), *STATE_COLUMNS]
        lacking = [name for name in names if name not in there]
        if not lacking:
            return
        queries = [view.query for view in self._wanted if shape.name in view.reads]
        named = {column for query in queries for column in columns_read(query, shape.name)}
        for name in lacking:
            if name in named:
                place = f"{self._schema}.{shape.name}.{name}"
                yield Problem(place, "is missing in the table", "run `franca migrate`")

    def _one(self, view: View) -> Step:
        query = query_sql(view, "postgres", pretty=True)
        if self._own.get(view.name) == query:
            return Step(view.name, "kept")
        try:
            self._make(view, query)
        except psycopg.errors.InsufficientPrivilege:  # its SQL is not to blame
            raise
        except _REFUSED as error:
            reason = f"PostgreSQL does not take its SQL: {error.diag.message_primary}"
            raise DefinitionError.one(view.name, reason, remedy(view, "postgres")) from error
        self._connection.execute(_KEEP, {"schema": self._schema, "name": view.name, "query": query})
        self._own[view.name] = query
        if view.name in self._before:
            self._allow_again(view)
            return Step(view.name, "replaced")
        return Step(view.name, "created")

    def _make(self, view: View, query: str) -> None:
        if view.name in self._own and not self._replaced(view, query):
            self._drop(view.name)
        if view.name not in self._own:
            self._execute("CREATE VIEW {} AS {}", view.name, query)

    def _replaced(self, view: View, query: str) -> bool:
        """Replace a view and keep what was granted on it; say whether its columns allow that."""
        self._allowed[view.name] = allowed_on(self._connection, self._place(view.name))
        try:
            with self._connection.transaction():
                self._execute("CREATE OR REPLACE VIEW {} AS {}", view.name, query)
        except psycopg.errors.InvalidTableDefinition:
            return False
        return True

    def _drop(self, name: str) -> None:
        """Drop a view, and before it those of franca's that read it, as they are in the store.

        Those that a model still gives are made again when their turn comes: each reads only what has had its
        turn, so none that is made already is among them.
        """
        place = self._place(name)
        for (reader,) in self._connection.execute(_READERS, [place.as_string(self._connection)]).fetchall():
            if reader in self._own:
                self._drop(str(reader))
        self._allowed[name] = allowed_on(self._connection, place)
        self._execute("DROP VIEW {}", name)
        gone = "DELETE FROM franca.views WHERE schema = %s AND name = %s"
        self._connection.execute(gone, [self._schema, name])
        del self._own[name]

    def _dropped(self) -> Sequence[Step]:
        """Drop franca's views that no model gives any more, but for those that are dropped already."""
        stale = sorted(self._before - {view.name for view in self._wanted})
        for name in stale:
            if name in self._own:
                self._drop(name)
        return [Step(name, "dropped") for name in stale]

    def _allow_again(self, view: View) -> None:
        place, columns = self._place(view.name), [column.name for column in view.columns]
        try:
            allow_again(self._connection, place, self._allowed[view.name], columns)
        except _REFUSED as error:
            reason = f"its owner, options or grants can't be kept: {error.diag.message_primary}"
            raise DefinitionError.one(
                f"{self._schema}.{view.name}", reason, "apply as an account that may, or drop the view first"
            ) from error

    def _place(self, name: str) -> sql.Identifier:
        return sql.Identifier(self._schema, name)

    def _execute(self, statement: str, name: str, query: str = "") -> None:
        self._connection.execute(sql.SQL(statement).format(self._place(name), sql.SQL(query)))

    def _describe(self, view: View, origins: Origins) -> None:
        place = self._place(view.name)
        told = sql.Literal(view_remark(view))
        self._connection.execute(sql.SQL("COMMENT ON VIEW {} IS {}").format(place, told))
        for column in view.columns:
            name = sql.Identifier(self._schema, view.name, column.name)
            text = sql.Literal(column_remark(column, origins))
            self._connection.execute(sql.SQL("COMMENT ON COLUMN {} IS {}").format(name, text))
