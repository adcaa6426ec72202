"""What DuckDB is told to read the files of a Delta table, some of them or all."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import DeltaTable

from franca.lake.location import is_local

MILLISECOND = 1_000
"""In microseconds, which moments of the lake have."""

_READ = ds.ParquetReadOptions(coerce_int96_timestamp_unit="us")
"""Spark writes such, and in nanoseconds the year 9999 has no room."""


def relation(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    schema: pa.Schema,
    table: DeltaTable | None,
    files: Sequence[str] | None = None,
) -> str:
    """Return the query that gives a table's rows, with all columns of the schema and of the table.

    `files` are the addresses of those that count, None for all; `name` is a word of its own. Where the table
    is not on this machine, they are read through pyarrow. No table has no rows.
    """
    connection.register("no_rows", schema.empty_table())
    connection.execute(f'CREATE TABLE "{name}_none" AS SELECT * FROM no_rows')  # noqa: S608 - the model checks names
    connection.unregister("no_rows")
    sources = [f'SELECT * FROM "{name}_none"']  # noqa: S608 - as above
    paths = [] if table is None else list(table.file_uris() if files is None else files)
    if paths and is_local(paths[0]):
        plain = map(unquote, paths)  # a folder `my lake` is `my%20lake` to deltalake
        quoted = ", ".join("'" + path.replace("'", "''") + "'" for path in plain)
        sources.append(f"SELECT * FROM read_parquet([{quoted}], union_by_name = true)")  # noqa: S608 - quoted
    elif paths and table is not None:
        connection.register(f"{name}_files", _remote(table, {path.rpartition("/")[2] for path in paths}))
        sources.append(f'SELECT * FROM "{name}_files"')  # noqa: S608 - as above
    return " UNION ALL BY NAME ".join(sources)


def _remote(table: DeltaTable, names: Collection[str]) -> ds.FileSystemDataset:
    """Return the files of these names, each with the bounds by which it is skipped.

    deltalake's own dataset takes a bound that is not told for one that no row is within.
    """
    every = table.to_pyarrow_dataset(parquet_read_options=_READ)
    added = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    told = {row["path"].rpartition("/")[2]: _bounds(row, every.schema) for row in added}
    parts = [(part.path, part.path.rpartition("/")[2]) for part in every.get_fragments()]
    some = [
        every.format.make_fragment(path, every.filesystem, partition_expression=told[name])
        for path, name in parts
        if name in names
    ]
    return ds.FileSystemDataset(some, every.schema, every.format, every.filesystem)


def _bounds(row: Mapping[str, Any], schema: pa.Schema) -> ds.Expression:
    """Return what the bounds of a file tell of its rows, of columns that have no row without a value."""
    found = ds.scalar(True)
    for name in schema.names:
        least, most = row.get(f"min.{name}"), row.get(f"max.{name}")
        if least is not None and most is not None and row.get(f"null_count.{name}") == 0:
            kind = schema.field(name).type
            low, high = (pa.scalar(value, kind) for value in (least, most))
            found &= (ds.field(name) >= low) & (ds.field(name) <= _last(high))
    return found


def _last(bound: pa.Scalar) -> pa.Scalar:
    """Return up to where rows may be by an upper bound: others than franca cut moments to the millisecond."""
    if not pa.types.is_timestamp(bound.type) or bound.value % MILLISECOND:
        return bound
    return pa.scalar(bound.value + MILLISECOND - 1, bound.type)
