"""What the store keeps beside its entities: how far topics are stored, and the ranks of deleted keys.

Each row belongs to one schema of entities, so that several can share a database. In a store of an earlier
version rows belonged to all: they go to each schema that has a table of an entity, as copies where several
have, and to that of whoever comes first where none has. So no schema loses what it had, and a new one
begins anew.
"""

from collections.abc import Iterator

import psycopg
from psycopg import sql

from franca.errors import DefinitionError
from franca.postgres import Connection, Statement

LEDGER = {
    "positions": sql.SQL(
        """CREATE TABLE IF NOT EXISTS franca.positions (
        schema text, pipeline text, topic text, topic_id text, partition integer, next bigint NOT NULL,
        read bigint NOT NULL DEFAULT 0, written bigint NOT NULL DEFAULT 0, dead bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (schema, pipeline, topic, topic_id, partition))"""
    ),
    "deleted": sql.SQL(
        """CREATE TABLE IF NOT EXISTS franca.deleted (
        schema text, entity text, subject text, sequence text COLLATE "C" NOT NULL, mapping bigint NOT NULL,
        PRIMARY KEY (schema, entity, subject))"""
    ),
}
_KEYS = {"positions": "pipeline, topic, topic_id, partition", "deleted": "entity, subject"}
_OTHERS = {"positions": "next, read, written, dead", "deleted": "sequence, mapping"}
_WITHOUT = """SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = to_regnamespace('franca') AND c.relname IN ('positions', 'deleted')
    AND c.relkind IN ('r', 'p') AND NOT EXISTS (SELECT FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attname = 'schema' AND NOT a.attisdropped)
    ORDER BY c.relname DESC"""
"""Tables without schemas, in the order in which a worker takes them: neither holds what the other wants."""
_SCHEMAS = """SELECT n.nspname FROM pg_namespace n WHERE EXISTS (
        SELECT FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
        WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
        AND a.attname IN ('_sequence', '_mapping', '_event_id', '_origin', '_changed_at')
        GROUP BY c.oid HAVING count(*) = 5) ORDER BY 1"""
_PRIMARY = """SELECT conname FROM pg_constraint
    WHERE conrelid = to_regclass('franca.' || %s) AND contype = 'p'"""
_FREED = "ALTER TABLE {table} DROP CONSTRAINT {primary}"
_BEGUN = """ALTER TABLE {table}
    ADD COLUMN schema text NOT NULL DEFAULT {first}, ADD PRIMARY KEY (schema, {keys})"""
_COPIED = """INSERT INTO {table} (schema, {columns})
    SELECT {other}, {columns} FROM {table} WHERE schema = {first}"""
_ENDED = "ALTER TABLE {table} ALTER COLUMN schema DROP DEFAULT"


def upgrades(connection: Connection, schema: str) -> Iterator[tuple[str, Statement]]:
    """Yield the statements that give rows of an earlier version their schemas, each with its table.

    They are for one transaction, before entities' tables are made. `schema` is that of whoever asks. A worker
    of an earlier version goes on beside it until its next delete or new partition, which it can't store, as
    it doesn't tell whose that is.
    """
    for name in [str(row[0]) for row in connection.execute(_WITHOUT).fetchall()]:
        first, *others = [str(row[0]) for row in connection.execute(_SCHEMAS)] or [schema]
        primary = connection.execute(_PRIMARY, [name]).fetchone()
        parts = {
            "table": sql.Identifier("franca", name),
            "primary": sql.Identifier(str(primary[0]) if primary else ""),
            "keys": sql.SQL(_KEYS[name]),
            "columns": sql.SQL(f"{_KEYS[name]}, {_OTHERS[name]}"),
            "first": sql.Literal(first),
        }
        statements = [*([_FREED] if primary else []), _BEGUN]
        yield from ((f"franca.{name}", sql.SQL(each).format(**parts)) for each in statements)
        for other in others:
            yield f"franca.{name}", sql.SQL(_COPIED).format(**parts, other=sql.Literal(other))
        yield f"franca.{name}", sql.SQL(_ENDED).format(**parts)


def upgrade(connection: Connection, schema: str) -> None:
    """Give rows of an earlier version their schemas. Raises DefinitionError where the account may not."""
    for place, statement in upgrades(connection, schema):
        try:
            connection.execute(statement)
        except psycopg.errors.InsufficientPrivilege as error:
            reason = "is of an earlier version of franca, and this account may not alter it"
            remedy = "run `franca migrate` as a role that owns it and may create in the schema franca"
            raise DefinitionError.one(place, reason, remedy) from error
        except (psycopg.ProgrammingError, psycopg.InternalError, psycopg.errors.ObjectInUse) as error:
            reason = f"is of an earlier version of franca, and can't be altered: {error.diag.message_primary}"
            remedy = "take that away, or run what `franca migrate --dry-run` shows"
            raise DefinitionError.one(place, reason, remedy) from error
