"""The rows of a table are read as they are wanted, from whatever database."""

import sqlite3
import tracemalloc
from pathlib import Path

import pytest

from franca.catalog.rows import read_rows
from franca.errors import UsageError

WIDE = """
CREATE VIEW wide AS
WITH RECURSIVE numbers (no) AS (SELECT 1 UNION ALL SELECT no + 1 FROM numbers WHERE no < 600)
SELECT no, printf('%.*c', 200000, 'x') AS text FROM numbers
"""


def test_memory_does_not_follow_the_width_of_rows(tmp_path: Path) -> None:
    """As many narrow rows are fetched at once as take no more than a few wide ones."""
    sqlite3.connect(tmp_path / "wide.db").execute(WIDE).connection.close()
    tracemalloc.start()
    try:
        rows = read_rows(f"sqlite:///{tmp_path}/wide.db", "wide", ["no", "text"], ["no"])
        found = sum(len(str(row["text"])) for row in rows)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert found == 600 * 200_000
    assert peak < found / 2


def test_a_table_may_have_a_dot_in_its_name(tmp_path: Path) -> None:
    """What is before it is a schema only where there is such a table in it."""
    statements = 'CREATE TABLE "do.t" (a); INSERT INTO "do.t" VALUES (1); CREATE TABLE t (a)'
    with sqlite3.connect(tmp_path / "rows.db") as connection:
        connection.executescript(statements)
    connection.close()
    address = f"sqlite:///{tmp_path}/rows.db"

    assert list(read_rows(address, "do.t", ["a"], [])) == [{"a": 1}]
    assert list(read_rows(address, "main.t", ["a"], [])) == []
    for name in ("main.u", "u"):
        with pytest.raises(UsageError, match="no such table"):
            list(read_rows(address, name, ["a"], []))
