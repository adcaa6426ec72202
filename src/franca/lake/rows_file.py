"""Parquet files of a Delta table: written with the statistics by which readers skip them, read whole."""

import io
import time
import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

import msgspec
import obstore
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from franca.lake.location import ObjectStore

PAGE_BYTES = 4 * 1_048_576
"""Larger pages than usual: each costs a call of the compressor, and whole row groups are what is skipped."""

Compression = Literal["zstd", "snappy"]

LONGEST_BOUND = 256
"""A bound with more characters is left out of the statistics: they are read whenever a table is opened."""


def added(
    files: ObjectStore,
    rows: pa.Table,
    repeating: Sequence[str],
    ranged: Sequence[str],
    *,
    is_new: bool = True,
    compression: Compression = "zstd",
) -> dict[str, Any]:
    """Write rows as a file, and return what a commit tells of it under `add`.

    `repeating` names the columns for which a dictionary pays, `ranged` those whose bounds are told; `is_new`
    is false where the same rows were in the table before. zstd makes files half as large as snappy does, and
    takes twice the time: it is for what is kept.
    """
    buffer = io.BytesIO()
    texts = {field.name for field in rows.schema if pa.types.is_string(field.type)}
    pq.write_table(
        rows,
        buffer,
        compression=compression,
        use_dictionary=list(repeating),
        write_statistics=[name for name in rows.column_names if name in ranged or name not in texts],
        data_page_size=PAGE_BYTES,
    )
    path = f"part-{uuid.uuid4()}.{compression}.parquet"
    obstore.put(files, path, buffer.getbuffer())
    return {
        "path": path,
        "partitionValues": {},
        "size": buffer.tell(),
        "modificationTime": now(),
        "dataChange": is_new,
        "stats": _statistics(rows, ranged),
    }


def read(files: ObjectStore, path: str) -> pa.Table:
    """Return the rows of a file."""
    return pq.read_table(pa.BufferReader(obstore.get(files, path).bytes()))


def now() -> int:
    """Return the time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def _statistics(rows: pa.Table, ranged: Sequence[str]) -> str:
    least, most, nulls = {}, {}, {}
    for name in ranged:
        bounds = pc.min_max(rows[name])
        low, high = _bound(bounds["min"], 0), _bound(bounds["max"], 999)
        if low is None or high is None:
            continue
        least[name], most[name], nulls[name] = low, high, rows[name].null_count
    found = {"numRecords": rows.num_rows, "minValues": least, "maxValues": most, "nullCount": nulls}
    return msgspec.json.encode(found).decode()


def _bound(value: pa.Scalar, up: int) -> int | str | None:
    """Return a bound as statistics hold it, None where they can't: times in milliseconds, the last one up."""
    if pa.types.is_timestamp(value.type) and value.is_valid:
        text = str(pa.scalar((value.value + up) // 1000, pa.timestamp("ms")).cast(pa.string()))
        return text.replace(" ", "T") + "Z"
    found = value.as_py()
    if isinstance(found, date):
        return found.isoformat()
    if isinstance(found, str):
        return found if len(found) <= LONGEST_BOUND else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None
