"""What Spark can't read of a Parquet file, told by its name and columns before Spark takes time to start."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from franca.operations.backfill.piece import NUMBER

OWN = frozenset({NUMBER, "_metadata"})
"""Columns that come beside those of the file."""

_WRITTEN_BY_SPARK = b"org.apache.spark.sql.parquet.row.metadata"
_HIDDEN = re.compile(r"[_.].*|.*\._COPYING_|.*:.*")
_DIGITS = 38
_MOST = (2**63 - 1) // 1000


def columns_of(path: Path) -> tuple[pa.Schema, frozenset[str]]:
    """Return a file's columns, and the names of those whose moments have no zone, though Spark sees one.

    Those are INT96, in which Spark counts microseconds and all others nanoseconds. Raises what Arrow raises.
    """
    with parquet.ParquetFile(path) as file:
        is_ours = _WRITTEN_BY_SPARK in (file.metadata.metadata or {})
        places = [file.schema.column(place) for place in range(len(file.schema))]
    with parquet.ParquetFile(path, coerce_int96_timestamp_unit="us" if is_ours else "ns") as file:
        schema = file.schema_arrow
    return schema, frozenset(p.name for p in places if p.physical_type == "INT96" and p.path == p.name)


def unreadable(path: Path, schema: pa.Schema, *told: str) -> str:
    """Return in words why Spark can't read a file of this name and these columns, empty where it can.

    `told` are the columns that come beside them.

    >>> unreadable(Path("rows.parquet"), pa.schema([("at", pa.timestamp("us"))]))
    ''
    >>> unreadable(Path("rows.parquet"), pa.schema([("at", pa.timestamp("ns"))]))
    "has a column 'at' of timestamp[ns], which Spark does not read"
    """
    if _HIDDEN.fullmatch(path.name):
        return "has a name that Spark passes over"
    counts = Counter(name.lower() for name in (*schema.names, *told))
    for name in (*schema.names, *told):
        if name.lower() in OWN or counts[name.lower()] > 1:
            return f"has a column {name!r}, whose name Spark takes for another column's"
    for field in schema:
        for kind in _kinds(field.type):
            if _is_strange(kind):
                return f"has a column {field.name!r} of {kind}, which Spark does not read"
    return ""


def overflowing(path: Path) -> str:
    """Return in words why Spark can't read a file's moments, as far as its footer tells, empty where it can.

    Milliseconds are microseconds to it, of which fewer have room. Raises what Arrow raises.
    """
    with parquet.ParquetFile(path) as file:
        told, schema = file.metadata, file.schema
    places = [n for n in range(len(schema)) if "milliseconds" in str(schema.column(n).logical_type)]
    for group in range(told.num_row_groups):
        for place in places:
            bounds = told.row_group(group).column(place).statistics
            if bounds is None or not bounds.has_min_max:
                continue
            if bounds.min_raw < -_MOST or bounds.max_raw > _MOST:
                return f"has moments in {schema.column(place).path!r} beyond those that Spark knows"
    return ""


def _kinds(kind: pa.DataType) -> Iterator[pa.DataType]:
    """Yield a type and those within it."""
    yield kind
    for place in range(kind.num_fields):
        yield from _kinds(kind.field(place).type)


def _is_strange(kind: pa.DataType) -> bool:
    if pa.types.is_timestamp(kind):
        return str(kind.unit) == "ns"
    if pa.types.is_decimal(kind):
        return int(kind.precision) > _DIGITS
    return pa.types.is_time(kind) or pa.types.is_float16(kind) or isinstance(kind, pa.UuidType)
