"""Writes two Delta tables anew with a file of changes, in DuckDB: `duckdb_rewrite.py FILE FOLDER`."""

import sys

import duckdb
from deltalake import DeltaTable, write_deltalake

from bench.proof.programs.bank_columns import FIELDS
from bench.proof.programs.bank_sql import duckdb_tables, staged
from bench.proof.programs.states import KEYS, newest

BATCH = 100_000


def main(file: str, folder: str) -> None:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(f"CREATE TEMP TABLE cust AS {staged(file)}")
    for name, query in duckdb_tables().items():
        table = DeltaTable(f"{folder}/{name}")
        connection.execute(f"CREATE TEMP TABLE new_{name} AS {newest(name, query, FIELDS[name])}")
        kept = f"SELECT * FROM read_parquet({table.file_uris()!r}) AS kept"
        key = KEYS[name]
        older = f"kept.{key} = new.{key} AND new._sequence > kept._sequence"
        rows = connection.sql(
            f"{kept} ANTI JOIN new_{name} AS new ON {older} UNION ALL BY NAME SELECT * FROM new_{name}"
        )
        write_deltalake(table, rows.to_arrow_reader(BATCH), mode="overwrite")


if __name__ == "__main__":
    main(*sys.argv[1:])
