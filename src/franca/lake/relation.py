"""What DuckDB is told to read the files of a Delta table, some of them or all."""

from collections.abc import Sequence

import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from franca.lake.location import is_local


def relation(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    schema: pa.Schema,
    table: DeltaTable | None,
    files: Sequence[str] | None = None,
) -> str:
    """Return the query that gives a table's rows, with all columns of the schema and of the table.

    `files` are the addresses of those that count, None for all; `name` is a word of its own. Where the table
    is not on this machine, all files are looked at, through pyarrow. No table has no rows.
    """
    connection.register("no_rows", schema.empty_table())
    connection.execute(f'CREATE TABLE "{name}_none" AS SELECT * FROM no_rows')  # noqa: S608 - the model checks names
    connection.unregister("no_rows")
    sources = [f'SELECT * FROM "{name}_none"']  # noqa: S608 - as above
    paths = [] if table is None else list(table.file_uris() if files is None else files)
    if paths and is_local(paths[0]):
        quoted = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
        sources.append(f"SELECT * FROM read_parquet([{quoted}], union_by_name = true)")  # noqa: S608 - quoted
    elif paths and table is not None:
        connection.register(f"{name}_files", table.to_pyarrow_dataset())
        sources.append(f'SELECT * FROM "{name}_files"')  # noqa: S608 - as above
    return " UNION ALL BY NAME ".join(sources)
