"""A batch in DuckDB's SQL, files of changes to the current state: `mgmt_duckdb.py FOLDER-OF-FILES FOLDER`."""

import sys

import duckdb
from deltalake import write_deltalake

from bench.proof.programs.mgmt_columns import ENTITIES
from bench.proof.programs.mgmt_sql import row_type, state

BATCH = 100_000


def main(files: str, folder: str) -> None:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for entity in ENTITIES:
        row = f"STRUCT({row_type(entity, 'VARCHAR', '')})"
        columns = f"""{{op: 'VARCHAR', "before": '{row}', "after": '{row}',
            source: 'STRUCT(lsn BIGINT, ts_ms BIGINT)'}}"""
        file = f"'{files}/{entity}.jsonl'"
        source = f"read_json({file}, format = 'newline_delimited', columns = {columns})"
        moment, day = "make_timestamptz(ts_ms * 1000)", "DATE '1970-01-01' + {}"
        rows = connection.sql(state(entity, source, "VARCHAR", moment, day)).to_arrow_reader(BATCH)
        write_deltalake(f"{folder}/{entity}", rows, mode="overwrite")


if __name__ == "__main__":
    main(*sys.argv[1:])
