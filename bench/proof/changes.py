"""The bank's increments: changes of random keys of large tables, and what the tables were before them."""

import json
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa
from deltalake import write_deltalake

from bench.messages import raw
from bench.plan import tell
from bench.proof.bank import KINDS
from bench.proof.difference import Wanted, kinds
from bench.proof.equality import ONCE
from bench.proof.programs.arrow import table as arrow
from bench.proof.programs.bank import TABLES, decode, rows
from bench.proof.programs.bank_columns import FIELDS
from bench.proof.programs.bank_sql import tables as tables_sql
from bench.proof.programs.states import KEYS, STATE
from bench.proof.reading import Content, Stored, content

SPREAD = 2_654_435_761
"""Neighbours are far apart in the order of keys."""

FIRST = 100_000_000
"""The number of the first change: later than all that made the base."""

AGAIN = 100
"""One in so many changes is another of a key that has changed within the hour."""

BEFORE = 41
"""So many changes lie between both: the row is another in nearly every column."""

CHANGED = f"_sequence >= '0001.lsn.{24_000_000 + 56 * FIRST:020d}'"
"""Tells the rows that changes have made from those of the base, in SQL."""

BATCH = 100_000


def change(number: int, base: int) -> tuple[bytes, bytes]:
    """Return key and value of the change of one random row of `base`."""
    row = number - BEFORE if number % AGAIN == AGAIN - 1 else number
    key = f"{row * SPREAD % base:08d}"
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


def newest(base: int, count: int) -> dict[str, pa.Table]:
    """Return the rows of the newest change of each key, by other means than any contestant's."""
    found: dict[str, dict[str, tuple[object, ...]]] = {name: {} for name in TABLES}
    for number in range(count):
        for name, row in zip(TABLES, rows(decode(change(number, base)[1])), strict=True):
            fields = dict(zip(TABLES[name], row, strict=True))
            found[name][str(fields[KEYS[name]])] = row
    return {name: arrow(TABLES[name], list(changed.values())) for name, changed in found.items()}


def expected(tables: Path, base: int, count: int) -> dict[str, tuple[Content, Content]]:
    """Return what the tables hold after so many changes.

    The first content is that of the fields of all rows, the second that of the changed rows alone with where
    they come from: the other rows came from a backfill in franca.
    """
    found: dict[str, tuple[Content, Content]] = {}
    for name, new in newest(base, count).items():
        before = content(Stored(tables / name), FIELDS[name])
        found[name] = _replaced(tables / name, name, new, before), content(new, compared(name))
    return found


def _replaced(table: Path, name: str, new: pa.Table, before: Content) -> Content:
    """Return the content where some rows have taken the place of those of their keys."""
    gone, come = content(_joined(table, name, new, "SEMI"), FIELDS[name]), content(new, FIELDS[name])
    return before[0] - gone[0] + come[0], before[1] - gone[1] + come[1]


def _joined(table: Path, name: str, new: pa.Table, how: str) -> pa.Table:
    """Return the rows of a table that have one of their keys in `new` (SEMI), or have none (ANTI)."""
    connection = duckdb.connect()
    connection.register("new", new)
    query = f"SELECT {', '.join(FIELDS[name])} FROM read_parquet({Stored(table).files()!r}) AS kept"
    return connection.sql(f"{query} {how} JOIN new USING ({KEYS[name]})").to_arrow_table()


def wanted(tables: Path, base: int, count: int) -> list[Wanted]:
    """Return what the tables should hold, all rows and changed ones; kept beside them once computed."""
    path = tables.with_name(f"contents-{count}-{AGAIN}.json")
    found = []
    for name, (whole, changed) in _kept_contents(path, tables, base, count).items():
        columns = kinds((*STATE, *FIELDS[name]), KINDS)

        def all_rows(name: str = name) -> pa.Table:
            new = newest(base, count)[name]
            return pa.concat_tables(
                [_joined(tables / name, name, new, "ANTI"), new.select(list(FIELDS[name]))]
            )

        def new_rows(name: str = name) -> pa.Table:
            return newest(base, count)[name]

        found.append(Wanted(name, columns, FIELDS[name], whole, KEYS[name], all_rows))
        found.append(Wanted(name, columns, compared(name), changed, KEYS[name], new_rows, CHANGED))
    return found


def _kept_contents(path: Path, tables: Path, base: int, count: int) -> dict[str, tuple[Content, Content]]:
    if not path.exists():
        tell(f"computing what {count:,} changes of {base:,} rows should come to")
        found = expected(tables, base, count)
        texts = {name: [[n, str(hashes)] for n, hashes in both] for name, both in found.items()}
        path.write_text(json.dumps(texts))
    kept = json.loads(path.read_text())
    return {name: ((int(n), int(h)), (int(m), int(k))) for name, ((n, h), (m, k)) in kept.items()}
