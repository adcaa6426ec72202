"""Record batches of Parquet files: of bounded size, and with the moments of old writers (INT96) exact."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from franca.operations.backfill.piece import BYTES


def batches_of(source: Any, rows: int) -> Iterator[Any]:
    """Yield the record batches of a file, given by its path or bytes, of so many rows at most.

    Of wide rows there are fewer in a batch. Raises what Arrow raises.
    """
    with parquet.ParquetFile(source, coerce_int96_timestamp_unit="us") as file:
        names, most = _int96(file.schema), _rows(file.metadata, rows)
        batches = file.iter_batches(most)
        for batch in _exact(batches, source, names, most) if names else batches:
            yield from bounded(batch, BYTES)


def bounded(batch: Any, size: int) -> Iterator[Any]:
    """Yield the parts of a record batch that have so many bytes at most, but for single rows.

    >>> [part.num_rows for part in bounded(pa.RecordBatch.from_pydict({"a": ["x" * 9] * 5}), 30)]
    [2, 1, 2]
    """
    if batch.num_rows < 2 or batch.nbytes <= size:
        yield batch
        return
    half = batch.num_rows // 2
    yield from bounded(batch.slice(0, half), size)
    yield from bounded(batch.slice(half), size)


def _rows(metadata: Any, most: int) -> int:
    """Return how many rows of a file's widest group are read at once."""
    groups = [metadata.row_group(place) for place in range(metadata.num_row_groups)]
    width = max((group.total_byte_size // max(group.num_rows, 1) for group in groups), default=0)
    return max(1, min(most, BYTES // max(width, 1)))


def _int96(schema: Any) -> Sequence[str]:
    """Return the names of the columns that hold moments as Impala, and Hive and Spark of old, write them.

    Names that are there twice are left out: nobody reads those columns.
    """
    columns = [schema.column(place) for place in range(len(schema))]
    count = Counter(each.path for each in columns)
    return [
        each.name
        for each in columns
        if each.physical_type == "INT96" and each.path == each.name and count[each.path] == 1
    ]


def _exact(batches: Iterator[Any], source: Any, names: Sequence[str], rows: int) -> Iterator[Any]:
    with parquet.ParquetFile(source) as file:
        for batch, finer in zip(batches, file.iter_batches(rows, columns=names), strict=True):
            yield _with(batch, finer)


def _with(batch: Any, finer: Any) -> Any:
    """Return a batch with the columns of the finer one that don't overflow: nanoseconds end in 2262."""
    for column, name in zip(finer.columns, finer.schema.names, strict=True):
        place = batch.schema.get_field_index(name)
        try:
            batch.column(place).cast(column.type)
        except pa.ArrowInvalid:
            continue
        batch = batch.set_column(place, name, column)
    return batch
