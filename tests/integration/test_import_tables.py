"""`franca import-tables` and `franca check --source` beside a real PostgreSQL and an SQLite file."""

import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from franca.catalog.database import read_catalog
from franca.catalog.table import Catalog, SourceTable
from tests import samples
from tests.command import forked
from tests.conftest import Database

PAGILA = samples.file("pagila/pagila-schema.sql")
CHINOOK = samples.file("chinook/Chinook_PostgreSql.sql")
SQLITE = samples.file("chinook/Chinook_Sqlite.sqlite")
SQL_SERVER = samples.file("chinook/Chinook_SqlServer.sql")


def franca(folder: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder; it must end with the code."""
    command = forked(*arguments)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def _made(database: Database, script: str) -> None:
    """Run a script, without what belongs to a server rather than to a database."""
    kept = re.sub(r"^(?:DROP|CREATE) DATABASE.*|^\\c.*|^ALTER .* OWNER TO .*", "", script, flags=re.MULTILINE)
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute(kept.encode())


def _tables(catalog: Catalog) -> dict[str, SourceTable]:
    return {table.name: table for table in catalog.tables}


def _classes(folder: Path, *arguments: str) -> str:
    text = franca(folder, "import-tables", *arguments, "--application", "shop").stdout
    return text.split('"""', 2)[2]


@pytest.mark.services
@pytest.mark.skipif(not PAGILA.exists(), reason=samples.ABSENT)
@pytest.mark.parametrize("path", [PAGILA, CHINOOK], ids=["pagila", "chinook"])
def test_a_database_and_its_ddl_give_the_same_classes(postgres: Database, path: Path, tmp_path: Path) -> None:
    """Whoever may not reach the database gets from its script what its catalog says."""
    _made(postgres, path.read_text())

    classes = _classes(tmp_path, postgres.dsn)

    assert classes == _classes(tmp_path, str(path))
    assert classes.count("(Table") > 10


@pytest.mark.skipif(not SQLITE.exists(), reason=samples.ABSENT)
def test_a_file_of_sqlite_and_the_script_for_sql_server_give_the_same_classes(tmp_path: Path) -> None:
    """One database, made for two servers."""
    assert _classes(tmp_path, str(SQLITE)) == _classes(tmp_path, str(SQL_SERVER))


@pytest.mark.services
def test_what_only_a_catalog_knows(postgres: Database) -> None:
    """Comments, unique indexes, partitions, views, schemas and types come as the database has them."""
    _made(
        postgres,
        """
        CREATE SCHEMA sales;
        CREATE TYPE sales.state AS ENUM ('open', 'shut');
        CREATE DOMAIN sales.amount AS numeric(12,2) NOT NULL;
        CREATE DOMAIN sales.price AS sales.amount;
        CREATE TABLE sales."Order" (
            id bigint PRIMARY KEY, state sales.state[] NOT NULL, "from" date, grid int[][], code char(3),
            price sales.price, prices sales.price[]);
        COMMENT ON TABLE sales."Order" IS 'an order';
        COMMENT ON COLUMN sales."Order"."from" IS 'its first day';
        CREATE TABLE sales.keyless (a int NOT NULL, b int NOT NULL, c int);
        CREATE UNIQUE INDEX wide ON sales.keyless (a, b);
        CREATE UNIQUE INDEX nullable ON sales.keyless (c);
        CREATE UNIQUE INDEX partial ON sales.keyless (b) WHERE c > 0;
        CREATE TABLE sales.log (at date) PARTITION BY RANGE (at);
        CREATE TABLE sales.log_1 PARTITION OF sales.log DEFAULT;
        CREATE VIEW sales.v AS SELECT 1 AS one;
        CREATE MATERIALIZED VIEW sales.m AS SELECT 1 AS one;
        """,
    )
    found = read_catalog(postgres.dsn, ["SALES"])
    tables = _tables(found)

    assert set(tables) == {"Order", "keyless", "log"}
    assert found.skipped == ("2 views", "1 partitions: log_1")
    order = tables["Order"]
    assert (order.schema, order.comment, order.keys) == ("sales", "an order", ("id",))
    assert [(c.name, c.type.kind.name, c.nullable, c.comment) for c in order.columns] == [
        ("id", "INTEGER", False, ""),
        ("state", "LIST", False, ""),
        ("from", "DATE", True, "its first day"),
        ("grid", "TEXT", True, ""),
        ("code", "TEXT", True, ""),
        ("price", "DECIMAL", False, ""),
        ("prices", "LIST", True, ""),
    ]
    item = order.columns[6].type.item
    assert item is not None
    assert (order.columns[5].type.scale, item.scale) == (2, 2)
    assert order.columns[1].type.item is not None
    assert order.columns[1].type.item.labels == ("open", "shut")
    assert tables["keyless"].keys == ("a", "b")
    assert "unique index 'wide'" in tables["keyless"].remarks[0]
    assert tables["log"].keys == ()
    assert "no primary key" in tables["log"].remarks[0]


@pytest.mark.services
def test_three_hundred_columns_are_written_and_checked(postgres: Database, tmp_path: Path) -> None:
    """Nobody types a wide table: what is written loads, is typed, and has every column."""
    kinds = ["int NOT NULL", "text", "numeric(9,2)", "timestamptz", "date", "boolean", "bytea"]
    columns = ", ".join(f'"C-{number}" {kinds[number % len(kinds)]}' for number in range(300))
    _made(postgres, f'CREATE TABLE wide ({columns}, PRIMARY KEY ("C-0", "C-7"))')
    (tmp_path / "franca.toml").touch()

    franca(tmp_path, "import-tables", postgres.dsn, "--application", "erp", "--output", "erp.py")

    franca(tmp_path, "check")
    text = (tmp_path / "erp.py").read_text()
    assert text.count("Column(") == 300
    assert '    C_7: Annotated[Key[int], Column("C-7")]\n' in text
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file",
        "",
        "--cache-dir",
        ".cache",
        "erp.py",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.services
def test_a_database_that_has_changed_is_told_before_it_breaks(postgres: Database, tmp_path: Path) -> None:
    """Each difference is one line, and one that breaks something ends with 1."""
    _made(postgres, "CREATE TABLE cust (cust_num text PRIMARY KEY, lname text NOT NULL, born date, fax int)")
    franca(tmp_path, "import-tables", postgres.dsn, "--output", "crm_tables.py")
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "crm.py").write_text(MAPPINGS)
    (tmp_path / "franca.toml").write_text('[applications.crm]\nsource = "${CRM_SOURCE}"\n')
    franca(tmp_path, "check", "--source", postgres.dsn, code=1)  # the variable is not set
    (tmp_path / "franca.toml").write_text(f'[applications.crm]\nsource = "{postgres.dsn}"\n')
    assert "0 problems, 0 notes" in franca(tmp_path, "check", "--source").stdout

    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE cust RENAME lname TO last_name")
        connection.execute("ALTER TABLE cust ALTER born TYPE timestamp, ADD email text, DROP fax")
    done = franca(tmp_path, "check", "--source", "--json", code=1)

    findings = json.loads(done.stdout)["source"]["findings"]
    assert [(f["severity"], f["column"], f["code"]) for f in findings] == [
        ("problem", "lname", "column-renamed"),
        ("note", "fax", "column-missing"),
        ("note", "email", "column-new"),
        ("problem", "born", "type-changed"),
    ]
    assert "'last_name'" in findings[0]["reason"]
    assert findings[0]["needed_by"] == ["person (name)"]
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute("DROP TABLE cust")
    shown = franca(tmp_path, "check", "--source", code=1).stdout
    assert "table-missing" in shown
    assert "secret" not in shown


MODEL = """
from datetime import date
from franca import Entity, Key

class Person(Entity):
    id: Key[str]
    name: str
    born: date | None
"""
MAPPINGS = """
from crm_tables import Cust
from franca import Application
from model import Person

crm = Application("crm")

@crm.maps
def person(cust: Cust) -> Person:
    return Person(id=cust.cust_num, name=cust.lname, born=cust.born)
"""


@pytest.mark.parametrize(
    ("address", "code", "said"),
    [
        ("mysql://me@host/db", 2, "needs the driver 'MySQLdb', which is not here; pip install mysqlclient"),
        ("fox://me@host/db", 2, "SQLAlchemy knows no database 'fox'"),
        ("postgresql://me:hush@127.0.0.1:1/db", 3, "source is unavailable: connection failed"),
        ("sqlite:///nothing.sqlite", 2, "nothing.sqlite: no such file"),
        ("nothing.sql", 2, "no such file, and no URL of a database"),
    ],
)
def test_a_source_that_can_not_be_read_says_what_to_do(
    address: str, code: int, said: str, tmp_path: Path
) -> None:
    """A missing driver, an unknown database and a wrong address are one clear line, without a password."""
    done = franca(tmp_path, "import-tables", address, code=code)
    assert said in done.stderr
    assert "hush" not in done.stderr
    assert not (tmp_path / "nothing.sqlite").exists()


def test_a_database_without_comments_and_types_is_read(tmp_path: Path) -> None:
    """SQLite has neither; a column without a type is text, which says so."""
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute('CREATE TABLE t (id INTEGER PRIMARY KEY, "any", price NUMERIC(10,2) NOT NULL)')
        connection.execute("CREATE VIEW v AS SELECT 1")
    text = franca(tmp_path, "import-tables", "shop.db").stdout
    assert "    id: Key[int]\n" in text
    assert "    any: str | None" in text
    assert "    price: Annotated[Decimal, Digits(10, 2)]\n" in text
