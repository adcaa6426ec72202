"""The rows of a MariaDB table as a backfill copies them, where a server and a driver are here."""

import getpass
import importlib.util
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from franca.catalog.database import read_catalog
from franca.catalog.rows import read_rows
from franca.errors import UnavailableError
from franca.local.ports import choose

SERVER, INSTALL = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
DRIVERS = [name for name in ("pymysql", "MySQLdb") if importlib.util.find_spec(name)]
pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(not (SERVER and INSTALL and DRIVERS), reason="no MariaDB or no driver for it is here"),
]
ROWS = """
SET SESSION sql_mode = '';
SET SESSION time_zone = '+00:00';
CREATE TABLE test.odd (id bigint unsigned PRIMARY KEY, day date, at datetime(6), seen timestamp(3) NULL,
    took time(6), bits bit(9), several set('x', 'y'), part float,
    big decimal(30, 10));
INSERT INTO test.odd VALUES
    (1, '2020-02-29', '2020-02-29 12:34:56.5', '2020-02-29 12:34:56.5', '23:59:59', 257, 'y,x', 1.2345678,
    0.5),
    (18446744073709551615, '0000-00-00', '2020-00-15', NULL, '838:59:59', 0, '', 16777217, NULL);
CREATE TABLE test.a (`Key` int PRIMARY KEY);
CREATE TABLE test.`a b` (`Key` int PRIMARY KEY);
INSERT INTO test.`a b` VALUES (7);
CREATE TABLE test.`do.t` (`a``b` int PRIMARY KEY, `c````d` float, `e"` int NOT NULL UNIQUE, `f""g` int);
INSERT INTO test.`do.t` VALUES (1, 1.1, 2, 3);
CREATE TABLE test.many (id int PRIMARY KEY, filler text) AS
    SELECT seq AS id, repeat('x', 2000) AS filler FROM test.seq_1_to_50000;
"""


@pytest.fixture
def mariadb(tmp_path: Path) -> Iterator[str]:
    """Give the address of a server, whose sessions are an hour ahead of UTC and in the mode ORACLE."""
    data, port = tmp_path / "data", choose("mariadb")
    start = tmp_path / "rows.sql"
    start.write_text(" ".join(ROWS.split("\n")).replace("; ", ";\n"))
    names = [f"--datadir={data}", f"--user={getpass.getuser()}"]
    options = ["--auth-root-authentication-method=normal", *names]
    subprocess.run([str(INSTALL), "--no-defaults", *options], check=True, capture_output=True)
    places = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={tmp_path}/socket"]
    told = ["--default-time-zone=+01:00", "--sql-mode=ORACLE", f"--init-file={start}"]
    told.append("--skip-name-resolve")
    server = subprocess.Popen([str(SERVER), "--no-defaults", *names, *places, *told])
    yield f"mysql+{DRIVERS[0].lower()}://root@127.0.0.1:{port}/test"
    server.terminate()
    server.wait(30)


def rows_of(address: str) -> list[dict[str, object]]:
    """Return the rows of `odd`, once the server answers."""
    columns = ["id", "day", "at", "seen", "took", "bits", "several", "part", "big"]
    deadline = time.monotonic() + 60
    while True:
        try:
            return list(read_rows(address, "odd", columns, ["id"]))
        except UnavailableError:
            if time.monotonic() > deadline:
                raise


def test_odd_values_are_read_as_the_database_writes_them(mariadb: str) -> None:
    """Moments of `timestamp` are in UTC, days that no calendar has texts and not null, numbers whole."""
    first, last = rows_of(mariadb)

    assert [str(first[name]) for name in ("day", "at", "seen", "took", "bits", "several", "part", "big")] == [
        "2020-02-29",
        "2020-02-29 12:34:56.500000",
        "2020-02-29 12:34:56.500Z",
        "23:59:59.000000",
        "257",
        "x,y",
        "1.2345678",
        "0.5000000000",
    ]
    assert list(last.values()) == [
        2**64 - 1,
        "0000-00-00",
        "2020-00-15 00:00:00.000000",
        None,
        "838:59:59.000000",
        0,
        "",
        16777216.0,
        None,
    ]


def test_the_rows_of_a_table_are_not_those_of_another(mariadb: str) -> None:
    """Unquoted, `a b` is the table `a`, called `b`."""
    rows_of(mariadb)
    for name in ("a b", "test.a b"):
        assert list(read_rows(mariadb, name, ["KEY"], ["KEY"])) == [{"KEY": 7}]


def test_names_with_marks_of_their_own_are_those_of_the_database(mariadb: str) -> None:
    """Quotes in a column's name, whichever the session has, and a dot in a table's without a schema."""
    rows_of(mariadb)
    names = ["a`b", "c``d", 'e"', 'f""g']
    for address in (mariadb, f"{mariadb}?init_command=SET+sql_mode=''"):
        (row,) = read_rows(address, "do.t", names, names[:1])
        assert tuple(row.values()) == (1, 1.1, 2, 3)
        (table,) = (each for each in read_catalog(address).tables if each.name == "do.t")
        assert [column.name for column in table.columns] == names
        assert table.keys == ("a`b",)


def test_a_server_that_ends_the_reading_is_told_in_a_line(
    mariadb: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """With what to do: neither the address is wrong nor a right is missing. No trace comes before it."""
    rows_of(mariadb)
    rows = read_rows(mariadb, "many", ["id", "filler"], ["id"])
    next(rows)
    engine = create_engine(mariadb)
    with engine.connect() as other:
        find = "SELECT id FROM information_schema.processlist WHERE id <> connection_id() AND db = 'test'"
        for each in other.exec_driver_sql(find).scalars().all():
            other.exec_driver_sql(f"KILL {each}")
    engine.dispose()
    with pytest.raises(UnavailableError, match="begin again") as caught:
        list(rows)
    assert "check the address" not in str(caught.value)
    assert capfd.readouterr().err == ""
