"""How many rows are in memory together: so many, or fewer where they are large."""

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.parquet as pq

PIECE_BYTES = 4 * 1_048_576
"""Rows that are looked at together take no more: their copies stay in the processor's cache mostly."""

FILE_BYTES = 32 * 1_048_576
"""Rows that are written together, as a row group, take about so much."""

READ_ROWS = 4_096
"""So many rows DuckDB gives at a time: before they are there, nobody knows how large they are."""

READ_VALUES = 100 * READ_ROWS
"""Of rows with many columns so many values."""


def rows_together(file: pq.ParquetFile, most_rows: int, most_bytes: int = PIECE_BYTES) -> int:
    """Return how many rows of a file are read at once, as it tells of their size."""
    groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
    size: int = sum(group.total_byte_size for group in groups)
    rows: int = file.metadata.num_rows
    return max(1, min(most_rows, most_bytes * rows // max(1, size)))


def parts(rows: pa.Table, most_rows: int) -> Iterator[pa.Table]:
    """Yield rows in pieces."""
    step = max(1, min(most_rows, PIECE_BYTES * rows.num_rows // max(1, rows.nbytes)))
    yield from (rows.slice(begin, step) for begin in range(0, rows.num_rows, step))


def gathered(batches: Iterable[pa.RecordBatch], most_rows: int) -> Iterator[pa.Table]:
    """Yield rows that come in small batches in pieces."""
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        held.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows >= most_rows or size >= PIECE_BYTES:
            yield pa.Table.from_batches(held)
            held, rows, size = [], 0, 0
    if rows:
        yield pa.Table.from_batches(held)


def sized(pieces: Iterable[pa.Table], file_rows: int) -> Iterator[pa.Table]:
    """Yield rows as many as are written together; the last ones half as much more at most."""
    held: list[pa.Table] = []
    rows = size = 0
    for piece in pieces:
        held.append(piece)
        rows, size = rows + piece.num_rows, size + piece.nbytes
        while rows > file_rows * 1.5 or (size > FILE_BYTES * 1.5 and rows > 1):
            count = max(1, min(file_rows, int(rows * FILE_BYTES / size)))
            table = pa.concat_tables(held)
            held = [table.slice(count)]
            rows, size = held[0].num_rows, held[0].nbytes
            yield table.slice(0, count)
            del table
    if rows:
        yield pa.concat_tables(held)
