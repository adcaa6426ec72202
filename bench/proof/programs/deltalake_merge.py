"""Merges a file of changes into two Delta tables with deltalake: `deltalake_merge.py FILE FOLDER`.

The changes are parsed and mapped by DuckDB, the cheapest of the parsers here.
"""

import sys

import duckdb
from deltalake import DeltaTable

from bench.proof.programs.bank_columns import FIELDS
from bench.proof.programs.bank_sql import duckdb_tables, staged
from bench.proof.programs.states import KEYS, newest


def main(file: str, folder: str) -> None:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"CREATE TEMP TABLE cust AS {staged(file)}")
    for name, query in duckdb_tables().items():
        changes = connection.sql(newest(name, query, FIELDS[name])).to_arrow_table()
        key = KEYS[name]
        (
            DeltaTable(f"{folder}/{name}")
            .merge(changes, f"kept.{key} = new.{key}", source_alias="new", target_alias="kept")
            .when_matched_update_all(predicate="new._sequence > kept._sequence")
            .when_not_matched_insert_all()
            .execute()
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
