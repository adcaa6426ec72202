"""Parquet files of a Delta table: written with the statistics by which readers skip them, read whole."""

import time
import uuid
from collections.abc import Sequence
from datetime import date
from io import RawIOBase
from typing import Any, Literal

import msgspec
import obstore
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from obstore.exceptions import NotFoundError

from franca.lake.dictionaries import CODED, coded, coded_columns, is_text, repeating
from franca.lake.location import ObjectStore
from franca.lake.translation import DamagedFileError, NotStoredError

PAGE_BYTES = 4 * 1_048_576
"""Larger pages than usual: each costs a call of the compressor, and whole row groups are what is skipped."""

PUT_TOGETHER = 2
"""So many parts of a file are under way at once: each is a copy."""

WHOLE_BYTES = 5 * 1_048_576
"""A file of up to so many bytes is put by one request; obstore makes parts of this size of others."""

Compression = Literal["zstd", "snappy"]

SORTED = "sorted"
"""So the name of a file begins whose rows are in the order of their keys, if events, of one partition."""

LONGEST_BOUND = 256
"""A bound with more characters is cut: statistics are read whenever a table is opened."""

LAST_CHARACTER = "\U0010ffff"

LONGEST_IN_FOOTER = 4_096
"""Of a column's two bounds Arrow leaves out the one with more bytes. Readers that are a few years old take it
for the empty text then, and find none of the file's rows.
"""

LAST_MILLISECOND = 253_402_300_799_999
"""That of the year 9999: readers refuse a table, or lose its rows, where a bound lies behind it."""

INDEXED = "delta.dataSkippingNumIndexedCols"
"""The property of a table that says of how many of its first columns bounds are told. Readers take a bound
that they expect and that is not told for one that no row is within: deltalake's dataset finds nothing then.
"""


def led_by(names: Sequence[str], schema: pa.Schema) -> pa.Schema:
    """Return the schema with some columns before the others."""
    return pa.schema([*map(schema.field, names), *(field for field in schema if field.name not in names)])


def added(
    files: ObjectStore,
    rows: pa.Table,
    repeating: Sequence[str],
    ranged: Sequence[str],
    compression: Compression = "zstd",
    *,
    is_sorted: bool = False,
) -> dict[str, Any]:
    """Write rows as a file, and return what a commit tells of it under `add`; see `RowsFile`."""
    file = RowsFile(rows.schema, repeating, ranged, compression=compression, is_sorted=is_sorted)
    file.write(rows)
    return file.put(files)


class RowsFile:
    """A file of rows that come a row group at a time, in memory until it is `put` where it belongs.

    `repeating` names columns for which a dictionary pays, beside those of which the first rows tell it;
    `ranged` those whose bounds are told. Texts of the rows may be coded: readers see no difference. That it
    `is_sorted` by keys the file's name tells; where it `is_compacted` the same rows were in the table before.
    zstd makes files half as large as snappy does, and takes twice the time: it is for what is kept. The
    file's footer tells both bounds of a column or none, as the first rows have it: see `has_room`.
    """

    def __init__(
        self,
        schema: pa.Schema,
        repeating: Sequence[str],
        ranged: Sequence[str],
        *,
        is_compacted: bool = False,
        is_sorted: bool = False,
        compression: Compression = "zstd",
    ) -> None:
        self._is_compacted, self._is_sorted, self._compression = is_compacted, is_sorted, compression
        self._told: list[pq.FileMetaData] = []
        self._bounded: list[pa.Table] = []
        self._repeating, self._ranged = repeating, list(ranged)
        self._schema = schema
        self._content = _Parts()
        self._writer: pq.ParquetWriter | None = None
        self._bounded_texts: list[str] = []

    def has_room(self, rows: pa.Table) -> bool:
        """Return whether rows may be written: not where a text is too long for the bounds that are told."""
        return not _too_long(rows, self._bounded_texts)

    def write(self, rows: pa.Table) -> None:
        """Write rows for which it `has_room` as a row group."""
        if self._writer is None:
            self._writer = self._begun(rows)
        settled = fitted(rows, self._schema).unify_dictionaries()
        self._writer.write_table(settled)
        self._bounded.append(settled.select(self._ranged))

    def _begun(self, rows: pa.Table) -> pq.ParquetWriter:
        """Begin the file, of which these are the first rows: they tell which columns repeat."""
        repeat = {*self._repeating, *set(repeating(rows)).difference(self._ranged)}
        coming = {field.name for field in rows.schema if field.type == CODED}
        self._schema = coded(self._schema, repeat.intersection(coming).difference(self._ranged))
        return pq.ParquetWriter(
            self._content,
            self._schema,
            compression=self._compression,
            use_dictionary=list(repeat),
            write_statistics=self._told_in_footer(rows),
            data_page_size=PAGE_BYTES,
            store_schema=False,
            write_page_checksum=True,
            metadata_collector=self._told,
        )

    def _told_in_footer(self, rows: pa.Table) -> list[str]:
        """Return the columns whose bounds the footer tells: of bytes none, of texts ranged ones if short."""
        free = {field.name for field in self._schema if is_text(field.type) or pa.types.is_binary(field.type)}
        long = _too_long(rows, self._ranged)
        self._bounded_texts = [name for name in self._ranged if name in free and name not in long]
        return [name for name in self._schema.names if name in self._bounded_texts or name not in free]

    @property
    def rows(self) -> int:
        """How many rows were written."""
        return sum(rows.num_rows for rows in self._bounded)

    @property
    def size(self) -> int:
        """How many bytes they take in the file."""
        return self._content.tell()

    def put(self, files: ObjectStore) -> dict[str, Any]:
        """Store the file, and return what a commit tells of it under `add`. Called once."""
        assert self._writer is not None, "nothing was written"
        self._writer.close()
        path = f"{SORTED if self._is_sorted else 'part'}-{uuid.uuid4()}.{self._compression}.parquet"
        _put(files, path, self._content.parts, self.size)
        return {
            "path": path,
            "partitionValues": {},
            "size": self.size,
            "modificationTime": now(),
            "dataChange": not self._is_compacted,
            "stats": _statistics(pa.concat_tables(self._bounded), self._told[0]),
        }


class _Parts(RawIOBase):
    """What is written, in parts as it comes: one piece of memory that grows is copied, and leaves holes."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self.parts.append(bytes(part))
        self._size += len(self.parts[-1])
        return len(self.parts[-1])

    def tell(self) -> int:
        return self._size


def _put(files: ObjectStore, path: str, parts: list[bytes], size: int) -> None:
    """Store a new file. Raises NotStoredError where the store knows no such upload or bucket.

    Where the answer is lost by which an upload is done, obstore asks again, and there is no such upload then:
    the file is there.
    """
    is_whole = size <= WHOLE_BYTES
    try:
        obstore.put(files, path, parts, use_multipart=not is_whole, max_concurrency=PUT_TOGETHER)
    except (NotFoundError, FileNotFoundError) as error:
        if is_whole or not _is_there(files, path, size):
            raise NotStoredError(error) from error


def _is_there(files: ObjectStore, path: str, size: int) -> bool:
    try:
        return bool(obstore.head(files, path)["size"] == size)
    except (NotFoundError, FileNotFoundError):
        return False


def read(files: ObjectStore, path: str) -> pa.Table:
    """Return the rows of a file. Threads would make one file quicker to read, and dearer."""
    return opened(files, path).read(use_threads=False)


def opened(files: ObjectStore, path: str) -> pq.ParquetFile:
    """Return a file whose bytes are at hand, to be read piece by piece, with texts coded as it has them.

    Raises DamagedFileError where it is no Parquet file, and what obstore raises.
    """
    content = pa.BufferReader(obstore.get(files, path).bytes())
    try:
        metadata = pq.read_metadata(content)
    except (pa.ArrowInvalid, OSError) as error:
        raise DamagedFileError(f"{path}: {error}") from error
    return pq.ParquetFile(
        content,
        metadata=metadata,
        read_dictionary=coded_columns(metadata),
        coerce_int96_timestamp_unit="us",  # Spark writes such, and in nanoseconds the year 9999 has no room
    )


def fitted(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return rows with the columns of the schema, those that they lack without values."""
    if rows.schema.equals(schema):
        return rows
    known = set(rows.column_names)
    columns = [
        _cast(rows[field.name], field.type) if field.name in known else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _cast(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    return values if values.type == kind else values.cast(kind)


def _too_long(rows: pa.Table, names: Sequence[str]) -> set[str]:
    """Return which of the text columns of these names, coded or not, have one too long for a bound."""
    known = [name for name in names if name in rows.column_names and is_text(rows.schema.field(name).type)]
    return {name for name in known if _longest(rows[name]) > LONGEST_IN_FOOTER}


def _longest(texts: pa.ChunkedArray) -> int:
    """Return how many bytes the longest of some texts has."""
    plain = (each.dictionary if texts.type == CODED else each for each in texts.chunks)
    return max((pc.max(pc.binary_length(each)).as_py() or 0 for each in plain), default=0)


def now() -> int:
    """Return the time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def _statistics(rows: pa.Table, told: pq.FileMetaData) -> str:
    least, most, nulls = {}, {}, {}
    for name in rows.column_names:
        bounds = _text_bounds(told, name) if is_text(rows.schema.field(name).type) else None
        low, high = bounds or pc.min_max(rows[name]).values()
        if low.is_valid:
            least[name], most[name] = _bound(low, 0), _bound(high, 999)
        nulls[name] = rows[name].null_count
    found = {"numRecords": rows.num_rows, "minValues": least, "maxValues": most, "nullCount": nulls}
    return msgspec.json.encode(found).decode()


def _text_bounds(told: pq.FileMetaData, name: str) -> tuple[pa.Scalar, pa.Scalar] | None:
    """Return a text column's bounds as the file has them already, None where it tells none: of long texts."""
    groups = [told.row_group(number) for number in range(told.num_row_groups)]
    chunks = [group.column(number) for group in groups for number in range(group.num_columns)]
    found = [chunk.statistics for chunk in chunks if chunk.path_in_schema == name]
    if not found or not all(each is not None and each.has_min_max for each in found):
        return None
    return pa.scalar(min(each.min for each in found)), pa.scalar(max(each.max for each in found))


def _bound(value: pa.Scalar, up: int) -> int | str:
    """Return a bound as statistics hold it: times in milliseconds, the last one rounded up."""
    if pa.types.is_timestamp(value.type):
        return str(_rounded(value.value, up).cast(pa.string())).replace(" ", "T") + "Z"
    found: int | str | date = value.as_py()
    if isinstance(found, date):
        return found.isoformat()
    return _cut(found, is_last=up > 0) if isinstance(found, str) else found


def _rounded(microseconds: int, up: int) -> pa.Scalar:
    """Return a moment in milliseconds, unless that takes it out of the years that readers know."""
    milliseconds = (microseconds + up) // 1000
    if milliseconds > LAST_MILLISECOND:
        return pa.scalar(microseconds, pa.timestamp("us"))
    return pa.scalar(milliseconds, pa.timestamp("ms"))


def _cut(text: str, *, is_last: bool) -> str:
    """Return a bound that is not too long: a text's beginning, with the last character that there is."""
    if len(text) <= LONGEST_BOUND:
        return text
    if not is_last:
        return text[:LONGEST_BOUND]
    end = next((n for n in range(LONGEST_BOUND, len(text)) if text[n] != LAST_CHARACTER), len(text))
    return text[:end] + LAST_CHARACTER * (end < len(text))
