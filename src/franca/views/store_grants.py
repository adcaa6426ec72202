"""What is allowed on a view of the store: read before the view is made anew, and given back to it after."""

from collections.abc import Collection
from typing import NamedTuple

from psycopg import sql

from franca.postgres import Connection

_OWNED = """SELECT pg_get_userbyid(relowner), coalesce(reloptions, '{}')
    FROM pg_class WHERE oid = %s::regclass"""
_GRANTED = """SELECT '', coalesce(r.rolname, ''), g.privilege_type, g.is_grantable
    FROM pg_class c CROSS JOIN aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) g
    LEFT JOIN pg_roles r ON r.oid = g.grantee WHERE c.oid = %(view)s::regclass
    UNION SELECT a.attname, coalesce(r.rolname, ''), g.privilege_type, g.is_grantable
    FROM pg_attribute a CROSS JOIN aclexplode(a.attacl) g
    LEFT JOIN pg_roles r ON r.oid = g.grantee WHERE a.attrelid = %(view)s::regclass AND a.attnum > 0"""


class Grant(NamedTuple):
    """What a role may do with the view, or with one column; the role without a name is everybody."""

    column: str
    role: str
    privilege: str
    is_grantable: bool


class Allowed(NamedTuple):
    """A view's owner, its options (`security_invoker=true`), and what is granted on it."""

    owner: str
    options: tuple[str, ...]
    grants: frozenset[Grant]


def allowed_on(connection: Connection, view: sql.Identifier) -> Allowed:
    """Return what is allowed on a view that is there."""
    named = view.as_string(connection)
    (owned,) = connection.execute(_OWNED, [named]).fetchall()
    owner, options = owned
    assert isinstance(options, list)
    rows = connection.execute(_GRANTED, {"view": named}).fetchall()
    grants = (Grant(str(column), str(role), str(may), bool(on)) for column, role, may, on in rows)
    return Allowed(str(owner), tuple(map(str, options)), frozenset(grants))


def allow_again(
    connection: Connection, view: sql.Identifier, before: Allowed, columns: Collection[str]
) -> None:
    """Give a view of these columns what was allowed on the one of its name before, and nothing more."""
    owner, options, _ = allowed_on(connection, view)
    if owner != before.owner:
        statement = sql.SQL("ALTER VIEW {} OWNER TO {}")
        connection.execute(statement.format(view, sql.Identifier(before.owner)))
    for option in sorted({*before.options} - {*options}):
        name, _, value = option.partition("=")
        statement = sql.SQL("ALTER VIEW {} SET ({} = {})")
        connection.execute(statement.format(view, sql.Identifier(name), sql.Literal(value)))
    granted = allowed_on(connection, view).grants
    for grant in sorted(granted - before.grants):
        statement = sql.SQL("REVOKE {} ON {} FROM {}")
        connection.execute(statement.format(_what(grant), view, _whose(grant)))
    for grant in sorted(before.grants - granted):
        if not grant.column or grant.column in columns:
            statement = sql.SQL("GRANT {} ON {} TO {}{}")
            further = sql.SQL(" WITH GRANT OPTION" if grant.is_grantable else "")
            connection.execute(statement.format(_what(grant), view, _whose(grant), further))


def _what(grant: Grant) -> sql.Composable:
    privilege = sql.SQL(grant.privilege)
    if not grant.column:
        return privilege
    return sql.SQL("{} ({})").format(privilege, sql.Identifier(grant.column))


def _whose(grant: Grant) -> sql.Composable:
    return sql.Identifier(grant.role) if grant.role else sql.SQL("PUBLIC")
