"""The rows that are read are those of the very table and columns that the database keeps by their names."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import quoted_name

from franca.catalog.own_names import column_named, own_name, table_named
from franca.catalog.rows import read_rows

POSTGRES = postgresql.dialect()  # type: ignore[no-untyped-call]
ORACLE = oracle.dialect()  # type: ignore[no-untyped-call]
SERVER = mssql.dialect()  # type: ignore[no-untyped-call]
MYSQL = mysql.dialect()
SQLITE = sqlite.dialect()


def asked(dialect: Dialect, schema: str, table: str, column: str) -> str:
    """Return what is asked for a column, by the name that SQLAlchemy tells, of a table as it was named."""
    query = select(column_named(own_name(dialect, column))).select_from(table_named(dialect, schema, table))
    return str(query.compile(dialect=dialect)).replace("\n", "")


@pytest.mark.parametrize(
    ("dialect", "schema", "table", "column", "sql"),
    [
        (POSTGRES, "", "a b", "name", 'SELECT "name" FROM "a b"'),
        (POSTGRES, "", "THING", "NO", 'SELECT "NO" FROM "THING"'),
        (POSTGRES, "Crm", "order", "user", 'SELECT "user" FROM "Crm"."order"'),
        (SQLITE, "", 'my-"table"', "1st", 'SELECT "1st" FROM "my-""table"""'),
        (MYSQL, "crm", "1st", "my col", "SELECT `my col` FROM crm.`1st`"),
        (SERVER, "crm.dbo", "order", "a b", "SELECT [a b] FROM crm.dbo.[order]"),
        (SERVER, "", "CUST", "CUST_NUM", "SELECT [CUST_NUM] FROM [CUST]"),
    ],
)
def test_a_name_is_taken_as_it_is(dialect: Dialect, schema: str, table: str, column: str, sql: str) -> None:
    """Unquoted, `a b` is the table `a`, `THING` the table `thing`, and `order` no table at all."""
    assert asked(dialect, schema, table, column) == sql


@pytest.mark.parametrize(
    ("schema", "table", "column", "sql"),
    [
        ("", "cust", "cust_num", 'SELECT "CUST_NUM" FROM "CUST"'),
        ("crm", "CUST", "cust_num", 'SELECT "CUST_NUM" FROM "CRM"."CUST"'),
        ("", "Cust", "Cust_Num", 'SELECT "Cust_Num" FROM "Cust"'),
        ("", "A B", "ORDER", 'SELECT "ORDER" FROM "A B"'),
        ("", "cust", quoted_name("cust_num", quote=True), 'SELECT "cust_num" FROM "CUST"'),
    ],
)
def test_an_ordinary_name_of_oracle_is_in_capitals(schema: str, table: str, column: str, sql: str) -> None:
    """SQLAlchemy calls it in small letters, and marks one that the database itself keeps in small letters."""
    assert asked(ORACLE, schema, table, column) == sql


def test_the_rows_of_a_table_are_not_those_of_another(tmp_path: Path) -> None:
    """Whatever its name needs in SQL."""
    names = ["a b", "order", "my-table", "1st", "UPPER", 'with"quote', "50%", "a:b"]
    with sqlite3.connect(tmp_path / "odd.db") as connection:
        connection.execute("CREATE TABLE a (name)")
        connection.execute("INSERT INTO a VALUES ('another')")
        for name in names:
            quoted = '"' + name.replace('"', '""') + '"'
            connection.execute(f'CREATE TABLE {quoted} ("SELECT" PRIMARY KEY)')
            connection.execute(f"INSERT INTO {quoted} VALUES (?)", (name,))
    connection.close()

    for name in names:
        rows = read_rows(f"sqlite:///{tmp_path}/odd.db", name, ["select"], ["select"])
        assert list(rows) == [{"select": name}]
