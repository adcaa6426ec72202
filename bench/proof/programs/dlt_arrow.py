"""A batch in dlt that is given Arrow tables, mapped by DuckDB: `dlt_arrow.py FILE FOLDER`.

The faster way of dlt's guide to performance: what comes as Arrow is not normalized row by row.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import duckdb
from dlt.destinations import filesystem as destination

from bench.proof.programs.bank_sql import duckdb_tables, staged

BATCH = 100_000


def main(file: str, folder: str) -> None:
    os.environ["DLT_DATA_DIR"] = f"{folder}/.dlt"
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"CREATE TABLE cust AS {staged(file)}")

    def rows(query: str) -> Iterator[Any]:
        yield from connection.cursor().sql(f"{query} FROM cust").to_arrow_reader(BATCH)

    pipeline = dlt.pipeline(
        "proof",
        pipelines_dir=f"{folder}/.dlt/pipelines",
        destination=destination(bucket_url=Path(folder).as_uri()),
        dataset_name="tables",
    )
    pipeline.run(
        [
            dlt.resource(rows(query), name=name, table_format="delta")
            for name, query in duckdb_tables().items()
        ],
        loader_file_format="parquet",
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
