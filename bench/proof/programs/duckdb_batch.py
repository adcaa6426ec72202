"""A batch in DuckDB's SQL, written by deltalake: `duckdb_batch.py FILE FOLDER`."""

import sys

import duckdb
from deltalake import write_deltalake

from bench.proof.programs.bank_sql import duckdb_tables, staged

BATCH = 100_000


def main(file: str, folder: str) -> None:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"CREATE TEMP TABLE cust AS {staged(file)}")
    for name, query in duckdb_tables().items():
        rows = connection.sql(f"{query} FROM cust").to_arrow_reader(BATCH)
        write_deltalake(f"{folder}/{name}", rows, mode="append")


if __name__ == "__main__":
    main(*sys.argv[1:])
