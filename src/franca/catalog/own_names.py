"""Names of tables and columns as a database keeps them, and queries that mean no others than these."""

from typing import Any

from sqlalchemy import ColumnClause, TableClause, column, table
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import quoted_name

_QUOTED = frozenset({"mysql", "mariadb"})


def own_name(dialect: Dialect, name: str) -> str:
    """Return a name as the database keeps it: SQLAlchemy lowers the upper-case ones of Oracle and Db2.

    A name that someone wrote is the one that SQLAlchemy looks up for it.

    >>> from sqlalchemy.dialects import oracle, postgresql
    >>> own_name(oracle.dialect(), "cust"), own_name(oracle.dialect(), "Cust")
    ('CUST', 'Cust')
    >>> own_name(postgresql.dialect(), "cust")
    'cust'
    """
    return str(dialect.denormalize_name(name)) if dialect.requires_name_normalize else str(name)


def own_column(dialect: Dialect, name: str) -> str:
    """Return the name of a column that SQLAlchemy tells as the database keeps it.

    It tells those of MySQL as they stand between quotes, with two for each of their own.

    >>> from sqlalchemy.dialects import mysql
    >>> own_column(mysql.dialect(), "a``b")
    'a`b'
    """
    own, quote = own_name(dialect, name), dialect.identifier_preparer.initial_quote
    return own.replace(quote * 2, quote) if dialect.name in _QUOTED else own


def table_named(dialect: Dialect, schema: str, name: str) -> TableClause:
    """Return the table that SQLAlchemy looks up by this name, in the default schema where none is named.

    A schema of SQL Server may have its database before it, so it is quoted only where its parts must be.
    """
    return table(_quoted(own_name(dialect, name)), schema=own_name(dialect, schema) if schema else None)


def column_named(name: str) -> ColumnClause[Any]:
    """Return the column that the database keeps by this name."""
    return column(_quoted(name))


def _quoted(name: str) -> quoted_name:
    return quoted_name(name, quote=True)
