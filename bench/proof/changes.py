"""The bank's increments: changes of random keys of large tables, and what the tables were before them."""

import json
import os
import shutil
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from bench.messages import raw
from bench.plan import tell
from bench.proof.equality import ONCE, Content, content
from bench.proof.programs.arrow import table as arrow
from bench.proof.programs.bank import TABLES, decode, rows
from bench.proof.programs.bank_columns import FIELDS
from bench.proof.programs.bank_sql import tables as tables_sql
from bench.proof.programs.states import KEYS, STATE

SPREAD = 2_654_435_761
"""Neighbours are far apart in the order of keys."""

FIRST = 100_000_000
"""The number of the first change: later than all that made the base."""

CHANGED = f"_sequence >= '0001.lsn.{24_000_000 + 56 * FIRST:020d}'"
"""Tells the rows that changes have made from those of the base, in SQL."""

BATCH = 100_000


def change(number: int, base: int) -> tuple[bytes, bytes]:
    """Return key and value of the change of one random row of `base`."""
    key = f"{number * SPREAD % base:08d}"
    value = raw(FIRST + number)[1]
    at = value.index(b'"cust_num":"') + len(b'"cust_num":"')
    return msgspec.json.encode({"cust_num": key}), value[:at] + key.encode() + value[at + 8 :]


def write_file(path: Path, base: int, count: int, start: int = 0) -> None:
    """Write changes as they lie in files."""
    with path.open("wb") as file:
        for number in range(start, start + count):
            file.write(change(number, base)[1] + b"\n")


def base_rows(base: int) -> str:
    """Return the query of the rows of `cust` as the base has them, with `number`."""
    return f"""SELECT number, lpad(number::VARCHAR, 8, '0') AS cust_num,
        ['N', 'A', 'C'][1 + number % 3] AS status,
        ['Ada', 'Grace', 'Alan', 'Edsger'][1 + number % 4] AS fname,
        ['Lovelace', 'Hopper', 'Turing', 'Dijkstra'][1 + number % 4] AS lname,
        CASE number % 2 WHEN 1 THEN 'Maria' END AS mnames,
        ['Mr', 'Ms'][1 + number % 2] AS form,
        ['F', 'M'][1 + number % 2] AS sex,
        ['M', 'S'][1 + number % 2] AS maritalstatus,
        lpad((number % 97)::VARCHAR, 4, '0') AS branch
        FROM range({base}) AS numbers(number)"""


def write_rows(file: Path, base: int) -> None:
    """Write the rows of `cust` as a Parquet file, for a backfill."""
    columns = (
        "cust_num, status, NULL::VARCHAR AS name, fname, lname, mnames, form, sex, maritalstatus, branch"
    )
    query = f"SELECT {columns} FROM ({base_rows(base)})"
    duckdb.connect().execute(f"COPY ({query}) TO '{file}' (FORMAT parquet)")


def write_base(folder: Path, base: int) -> None:
    """Write the two tables as a batch has them before its first increment, in the order of their keys."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    made = tables_sql("VARCHAR", "make_timestamptz(1700000000000000 + number)")
    for name, query in made.items():
        columns = ", ".join((*STATE, *FIELDS[name]))
        source = f"(SELECT *, number AS lsn FROM ({base_rows(base)}))"
        found = connection.sql(f"SELECT {columns} FROM ({query} FROM {source}) ORDER BY {KEYS[name]}")
        write_deltalake(str(folder / name), found.to_arrow_reader(BATCH), mode="overwrite")


def compared(name: str) -> tuple[str, ...]:
    """Return the columns of a changed row that are the same whoever makes it."""
    return *(column for column in STATE if column != ONCE), *FIELDS[name]


def expected(tables: Path, base: int, count: int) -> dict[str, tuple[Content, Content]]:
    """Return what the tables hold after so many changes, by other means than any contestant's.

    The first content is that of the fields of all rows, the second that of the changed rows alone with where
    they come from: the other rows came from a backfill in franca.
    """
    newest: dict[str, dict[str, tuple[object, ...]]] = {name: {} for name in TABLES}
    for number in range(count):
        for name, row in zip(TABLES, rows(decode(change(number, base)[1])), strict=True):
            fields = dict(zip(TABLES[name], row, strict=True))
            newest[name][str(fields[KEYS[name]])] = row
    found: dict[str, tuple[Content, Content]] = {}
    for name, changed in newest.items():
        new = arrow(TABLES[name], list(changed.values()))
        kept_hash = content(tables / name, FIELDS[name])
        found[name] = _replaced(tables / name, name, new, kept_hash), content(new, compared(name))
    return found


def _replaced(table: Path, name: str, new: pa.Table, before: Content) -> Content:
    """Return the content where some rows have taken the place of those of their keys."""
    connection = duckdb.connect()
    connection.register("new", new)
    key = KEYS[name]
    old = connection.sql(
        f"SELECT kept.* FROM read_parquet({DeltaTable(str(table)).file_uris()!r}) AS kept "
        f"SEMI JOIN new ON kept.{key} = new.{key}"
    ).to_arrow_table()
    gone, come = content(old, FIELDS[name]), content(new, FIELDS[name])
    return before[0] - gone[0] + come[0], before[1] - gone[1] + come[1]


def kept_content(path: Path, tables: Path, base: int, count: int) -> dict[str, tuple[Content, Content]]:
    """Return what is expected, from a file where it was computed before."""
    if not path.exists():
        tell(f"computing what {count:,} changes of {base:,} rows should come to")
        found = expected(tables, base, count)
        texts = {name: [[n, str(hashes)] for n, hashes in both] for name, both in found.items()}
        path.write_text(json.dumps(texts))
    kept = json.loads(path.read_text())
    return {name: ((int(n), int(h)), (int(m), int(k))) for name, ((n, h), (m, k)) in kept.items()}


def copy_tables(source: Path, target: Path) -> None:
    """Copy Delta tables: logs as they are, data as links, since data files never change."""

    def copied(one: str, other: str) -> None:
        if "_delta_log" in one:
            shutil.copy2(one, other)
        else:
            os.link(one, other)

    shutil.copytree(source, target, copy_function=copied)
