"""An entity's table in PostgreSQL: its columns, how it is made and checked, the statements that fill it."""

from collections.abc import Mapping
from dataclasses import dataclass

from psycopg import sql

from franca.errors import DefinitionError, Problem
from franca.model.field import Field
from franca.model.indexes import link_indexes
from franca.model.kind import Kind
from franca.model.shape import Shape
from franca.model.shortened import shortened
from franca.postgres import LOCKED, OWN_SCHEMA, Connection, Statement, lacking
from franca.sinks.postgres_ledger import LEDGER, upgrade
from franca.topics.event_decoder import INTEGER_DIGITS, is_64_bit

_ENVELOPE = {
    "_sequence": 'text COLLATE "C"',
    "_mapping": "bigint",
    "_event_id": "text",
    "_origin": "text",
    "_changed_at": "timestamp with time zone",
}
_TYPES = {
    Kind.TEXT: "text",
    Kind.ENUM: "text",
    Kind.FLOAT: "double precision",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.TIME: "time without time zone",
    Kind.TIMESTAMP: "timestamp with time zone",
    Kind.BYTES: "bytea",
    Kind.UUID: "uuid",
    Kind.LIST: "jsonb",
    Kind.STRUCT: "jsonb",
}
_COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, i.indisprimary IS TRUE
    FROM pg_attribute a
    LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY(i.indkey)
    WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""

_TABLES = {"r", "p"}
_OTHERS = {
    "v": "a view",
    "m": "a materialized view",
    "f": "a foreign table",
    "S": "a sequence",
    "i": "an index",
}
"""What PostgreSQL has under one name, by the letters of `pg_class.relkind`."""


def column_type(field: Field) -> str:
    """Return a field's type as PostgreSQL writes it; docs/reference/types.md has the table."""
    if field.kind is Kind.INTEGER:
        return "bigint" if is_64_bit(field) else f"numeric({INTEGER_DIGITS},0)"
    if field.kind is Kind.DECIMAL:
        return f"numeric({field.precision},{field.scale})"
    return _TYPES[field.kind]


@dataclass(frozen=True, slots=True)
class EntityTable:
    """The table of one entity in one schema of the database."""

    shape: Shape
    schema: str

    @property
    def columns(self) -> list[str]:
        """The names of the columns: the entity's fields, then the envelope's."""
        return [*(field.name for field in self.shape.fields), *_ENVELOPE]

    @property
    def name(self) -> sql.Identifier:
        """The quoted name."""
        return sql.Identifier(self.schema, self.shape.name)

    @property
    def place(self) -> str:
        """The name as it is told."""
        return f"{self.schema}.{self.shape.name}"

    @property
    def staging(self) -> sql.Identifier:
        """The quoted name of the temporary table that a batch is copied into."""
        return sql.Identifier("pg_temp", self._staged)

    @property
    def _staged(self) -> str:
        return shortened(f"franca_{self.shape.name}")

    def create(self) -> sql.Composed:
        """Return the statement that makes the table where it is missing."""
        keys = sql.SQL(", ").join(sql.Identifier(field.name) for field in self.shape.keys)
        body = sql.SQL(", ").join([*self._declared(), sql.SQL("PRIMARY KEY ({})").format(keys)])
        return sql.SQL("CREATE TABLE IF NOT EXISTS {} ({})").format(self.name, body)

    def indexes(self) -> dict[str, sql.Composed]:
        """Return the statements that make the indexes on links where they are missing, by their names."""
        statement = sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} ({})")
        return {
            index: statement.format(sql.Identifier(index), self.name, sql.Identifier(name))
            for index, name in link_indexes(self.shape).items()
        }

    def added(self, connection: Connection) -> list[sql.Composed]:
        """Return the statements that add the columns which the table lacks."""
        there = self._there(connection)
        statement = sql.SQL("ALTER TABLE {} ADD COLUMN {} {}")
        return [
            statement.format(self.name, sql.Identifier(name), sql.SQL(kind))
            for name, kind in self._types().items()
            if name not in there
        ]

    def problems(self, connection: Connection) -> list[Problem]:
        """Return how the table differs from the model, missing columns apart. Nothing is changed."""
        kind = self._kind(connection)
        if kind not in _TABLES:
            reason = f"is {_OTHERS.get(kind, 'something else')} in the store, not a table"
            remedy = (
                "`franca views apply` drops franca's views that no model gives any more; drop others yourself"
            )
            return [Problem(self.place, reason, remedy)]
        rows = self._rows(connection)
        there = self._there(connection)
        found = []
        for name, kind in self._types().items():
            wanted = kind.partition(" COLLATE")[0]
            if name in there and there[name][0] != wanted:
                reason = f"is {there[name][0]} in the table, {wanted} in the model"
                found.append(self._problem(name, reason, "change one of them, or raise the entity's version"))
        extra = [n for n, (_, is_filled) in there.items() if is_filled and n not in self._types()]
        found += [
            self._problem(name, "is no field of the model, and may not be null", "drop it, or its NOT NULL")
            for name in extra
        ]
        primary = sorted(str(name) for name, _, _, is_key in rows if is_key)
        keys = sorted(field.name for field in self.shape.keys)
        if primary != keys:
            reason = f"its primary key is {primary} in the table, {keys} in the model"
            found.append(Problem(self.place, reason, "change one of them"))
        return found

    def stage(self, connection: Connection) -> None:
        """Make the temporary table of this connection; it is empty after each transaction."""
        body = sql.SQL(", ").join([*self._declared(), sql.SQL('"_subject" text')])
        statement = sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DELETE ROWS")
        connection.execute(statement.format(sql.Identifier(self._staged), body))

    def copy(self) -> sql.Composed:
        """Return the statement that takes lines into the temporary table."""
        return sql.SQL("COPY {} ({}) FROM STDIN").format(self.staging, _list([*self.columns, "_subject"]))

    def upsert(self) -> sql.Composed:
        """Return the statement that stores what is newer than the row, and than the key's last delete."""
        keys = {field.name for field in self.shape.keys}
        changes = [
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name))
            for name in self.columns
            if name not in keys
        ]
        return sql.SQL(
            """INSERT INTO {table} AS kept ({columns}) SELECT {columns} FROM {staging} AS new
            WHERE NOT EXISTS (SELECT FROM franca.deleted AS gone
                WHERE gone.schema = {schema} AND gone.entity = {entity} AND gone.subject = new."_subject"
                AND (gone.sequence, gone.mapping) >= (new."_sequence", new."_mapping"))
            ON CONFLICT ({keys}) DO UPDATE SET {changes}
            WHERE (excluded."_sequence", excluded."_mapping") > (kept."_sequence", kept."_mapping")"""
        ).format(
            table=self.name,
            columns=_list(self.columns),
            staging=self.staging,
            schema=sql.Literal(self.schema),
            entity=sql.Literal(self.shape.name),
            keys=_list([field.name for field in self.shape.keys]),
            changes=sql.SQL(", ").join(changes),
        )

    def remember(self) -> sql.Composed:
        """Return the statement that keeps the ranks of the deletes in the temporary table."""
        return sql.SQL(
            """INSERT INTO franca.deleted AS kept (schema, entity, subject, sequence, mapping)
            SELECT {schema}, {entity}, "_subject", "_sequence", "_mapping" FROM {staging}
            ON CONFLICT (schema, entity, subject) DO UPDATE
            SET sequence = excluded.sequence, mapping = excluded.mapping
            WHERE (excluded.sequence, excluded.mapping) > (kept.sequence, kept.mapping)"""
        ).format(schema=sql.Literal(self.schema), entity=sql.Literal(self.shape.name), staging=self.staging)

    def delete(self) -> sql.Composed:
        """Return the statement that removes the rows older than the deletes in the temporary table."""
        same = [
            sql.SQL("kept.{0} = gone.{0}").format(sql.Identifier(field.name)) for field in self.shape.keys
        ]
        return sql.SQL(
            """DELETE FROM {table} AS kept USING {staging} AS gone WHERE {same}
            AND (kept."_sequence", kept."_mapping") < (gone."_sequence", gone."_mapping")"""
        ).format(table=self.name, staging=self.staging, same=sql.SQL(" AND ").join(same))

    def missing(self, connection: Connection) -> list[Problem]:
        """Return a problem for each column that the table lacks."""
        if self._kind(connection) not in _TABLES:
            return []
        there = self._there(connection)
        return [
            self._problem(name, "is missing in the table", "run `franca migrate`")
            for name in self._types()
            if name not in there
        ]

    def _kind(self, connection: Connection) -> str:
        asked = "SELECT relkind::text FROM pg_class WHERE oid = %s::regclass"
        row = connection.execute(asked, [self.name.as_string(connection)]).fetchone()
        return str(row[0]) if row else ""

    def _rows(self, connection: Connection) -> list[tuple[object, ...]]:
        return connection.execute(_COLUMNS, [self.name.as_string(connection)]).fetchall()

    def _there(self, connection: Connection) -> dict[str, tuple[str, bool]]:
        """Return the columns' types, and whether they may not be null."""
        return {
            str(name): (str(kind), bool(is_filled)) for name, kind, is_filled, _ in self._rows(connection)
        }

    def _declared(self) -> list[sql.Composed]:
        return [
            sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
            for name, kind in self._types().items()
        ]

    def _types(self) -> dict[str, str]:
        return {**{field.name: column_type(field) for field in self.shape.fields}, **_ENVELOPE}

    def _problem(self, column: str, reason: str, remedy: str) -> Problem:
        return Problem(f"{self.place}.{column}", reason, remedy)


def prepare(connection: Connection, tables: list[EntityTable]) -> None:
    """Make franca's own tables and the entities', and check those that were there. Raises DefinitionError.

    Workers that start together do it one after the other.
    """
    with connection.transaction():
        connection.execute(LOCKED)
        if tables:
            upgrade(connection, tables[0].schema)
        _make(connection, OWN_SCHEMA, LEDGER)
        for table in tables:
            _make(connection, table.schema, {table.shape.name: table.create()})
        problems = [
            each for table in tables for each in (*table.missing(connection), *table.problems(connection))
        ]
        if problems:
            raise DefinitionError(problems)
        for table in tables:
            _make(connection, table.schema, table.indexes())
    for table in tables:
        table.stage(connection)


def _make(connection: Connection, schema: str, parts: Mapping[str, Statement]) -> None:
    for statement in lacking(connection, schema, parts):
        connection.execute(statement)


def _list(names: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
