"""Reads the rows of a Parquet file, exactly: what Python's types can't hold becomes text that tells it."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from franca.cli.parquet_batches import batches_of
from franca.cli.record_file import doubled
from franca.cli.retyped import retyped
from franca.cli.rows import value_of
from franca.cli.single_floats import with_short_floats
from franca.errors import DefinitionError
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape
from franca.operations.backfill.left_over import Origin, origin_of
from franca.pipeline.input_line import Given

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BILLION = 1_000_000_000
_LONGEST = 2**63
_DAY = {unit: 86_400 * 1_000**place for place, unit in enumerate(("s", "ms", "us", "ns"))}
_UNREADABLE = (pa.ArrowException, OSError, EOFError, zlib.error)
Partitions = Sequence[tuple[str, str | None]]
"""Columns and the one value that each has in all rows of a file."""


def parquet_batches(
    path: str, packed: BinaryIO | None, shape: Shape, partitions: Partitions, rows: int
) -> Iterator[tuple[Any, Sequence[Given]]]:
    """Yield the record batches, of so many rows at most, of a table in a file or in what a stream gives.

    Beside the first one is what is wrong with the columns, as if it stood in a row before the first.
    Raises DefinitionError for what can't be read as Parquet.
    """
    problems: Sequence[Given] | None = None
    for batch in _batches(path, packed, rows):
        if problems is None:
            problems = doubled(batch.schema.names, ", ".join(batch.schema.names), 0)
        single = _without_doubled(path, batch)
        told = folder_columns(partitions, shape, single.schema.names)
        whole = _with_columns(with_short_floats(single, shape), told)
        yield _as_declared(whole, shape), problems
        problems = ()


def _without_doubled(path: str, batch: Any) -> Any:
    """Return a record batch of the columns whose name no other has, nor any part of theirs.

    Raises DefinitionError where there is none.
    """
    names = batch.schema.names
    single = [
        place
        for place, (name, kind) in enumerate(zip(names, batch.schema.types, strict=True))
        if names.count(name) == 1 and not _has_doubled(kind)
    ]
    if names and not single:
        reason = f"all of its columns are there twice: it has {', '.join(map(repr, names))}"
        raise DefinitionError.one(path, reason, "write the file with one column of each name")
    return batch.select(single)


def _has_doubled(kind: pa.DataType) -> bool:
    """Tell whether a type has parts of one name."""
    parts = [kind.field(place) for place in range(kind.num_fields)]
    names = [part.name for part in parts]
    return len({*names}) < len(names) or any(_has_doubled(part.type) for part in parts)


def folder_columns(partitions: Partitions, shape: Shape, names: Sequence[str]) -> dict[str, object]:
    """Return the one value of each column that a file lacks and its folders tell.

    Without these columns Hive and Spark write the files. A text in the name of a folder means what it means
    in CSV, but that none is empty.
    """
    fields = {field.column: field for field in shape.fields}
    found: dict[str, object] = {}
    for name, text in partitions:
        field = fields.get(name)
        is_text = text is None or field is None or field.kind is Kind.TEXT
        if name not in names:
            value = text if is_text else value_of(field, text or "")
            found[name] = str(value) if type(value) is int and not -_LONGEST <= value < _LONGEST else value
    return found


def _with_columns(batch: Any, told: Mapping[str, object]) -> Any:
    """Return a record batch with further columns of one value each."""
    for name, value in told.items():
        batch = batch.append_column(name, pa.repeat(pa.scalar(value), batch.num_rows))
    return batch


def _as_declared(batch: Any, shape: Shape) -> Any:
    """Return a record batch whose bytes are texts where the table has no bytes, in what is nested too.

    So Impala, and Hive and Spark of old, write texts. What is no UTF-8 among them is a cell that no column
    takes.
    """
    fields = {field.column: field for field in shape.fields}
    for place, (name, kind) in enumerate(zip(batch.schema.names, batch.schema.types, strict=True)):
        field, column = fields.get(name), batch.column(place)
        if field is None:
            continue
        if pa.types.is_dictionary(kind) and field.kind is not Kind.BYTES:
            column, kind = column.dictionary_decode(), kind.value_type  # noqa: PLW2901, RUF100  # what it is
        wanted = retyped(kind, field, _text)
        if wanted != kind:
            options = pc.CastOptions(wanted, allow_invalid_utf8=True)
            batch = batch.set_column(place, name, pc.cast(column, options=options))
    return batch


def _text(kind: pa.DataType, field: Field) -> pa.DataType | None:
    """Return the type of texts in place of the bytes of what is declared as no bytes."""
    if field.kind is Kind.BYTES:
        return None
    if pa.types.is_dictionary(kind):
        return retyped(kind.value_type, field, _text)
    if pa.types.is_large_binary(kind):
        return pa.large_string()
    return pa.string() if _is_bytes(kind) else None


def _is_bytes(kind: pa.DataType) -> bool:
    are = (pa.types.is_binary, pa.types.is_fixed_size_binary, pa.types.is_binary_view)
    return any(each(kind) for each in are)


def parquet_columns(path: str) -> list[str]:
    """Return the names of a file's columns. Raises DefinitionError for no Parquet."""
    try:
        return list(parquet.read_schema(path).names)
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error


def rows_of(batch: Any) -> Iterator[dict[str, object]]:
    """Yield the rows of a record batch of Arrow's."""
    columns, names = [_cells(column) for column in batch.columns], batch.schema.names
    yield from (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))


def _batches(path: str, packed: BinaryIO | None, rows: int) -> Iterator[Any]:
    try:  # a stream can't be read from its end, where Parquet begins
        yield from batches_of(pa.BufferReader(packed.read()) if packed else path, rows)
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error


def left_over_of(path: str) -> Origin | None:
    """Return of which snapshot Spark left a file's rows over, None of any other file.

    Raises DefinitionError for no Parquet.
    """
    try:
        return origin_of(Path(path))
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error


def count_of_rows(path: str) -> int:
    """Return how many rows a file has. Raises DefinitionError for no Parquet."""
    try:
        return int(parquet.read_metadata(path).num_rows)
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error


def _unreadable(path: str, error: Exception) -> DefinitionError:
    remedy = "check the file, or say its format with --format"
    return DefinitionError.one(path, f"can't be read as Parquet: {error}", remedy)


def _cells(column: Any) -> list[Any]:
    """Return a column's values: microseconds where they are exact, nine digits of a second where not."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    try:
        if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
            column = column.cast(pa.timestamp("us", column.type.tz))
        if pa.types.is_timestamp(column.type) and column.type.tz is not None:
            column = column.cast(pa.timestamp(column.type.unit, "UTC"))  # offsets of old have seconds
        if "[ns" not in str(column.type) and not _has_odd_times(column):
            return list(column.to_pylist())
    except (ValueError, OverflowError):  # Arrow's own refusals of a value are ValueErrors
        pass
    return [_cell(scalar) for scalar in column]


def _has_odd_times(column: Any) -> bool:
    """Return whether a column may hold times beyond the day, of which Arrow makes others within."""
    if not pa.types.is_time(column.type):
        return "time32" in str(column.type) or "time64" in str(column.type)
    least, most = pc.min_max(column).values()
    return any(each.is_valid and _is_odd(each) for each in (least, most))


def _is_odd(time: Any) -> bool:
    """Return whether a time of Arrow's is none of a day."""
    return not 0 <= time.value < _DAY[time.type.unit]


def _cell(scalar: Any) -> object:
    """Return one value; one that nothing in JSON means is an object, which no column takes."""
    kind = scalar.type
    if not scalar.is_valid:
        return None
    if pa.types.is_struct(kind):
        return {name: _cell(scalar[name]) for name in (field.name for field in kind)}
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return [_cell(each) for each in scalar.values]
    if pa.types.is_time(kind) and _is_odd(scalar):
        return {str(kind): scalar.value}
    try:
        return _nanoseconds(scalar) if "[ns" in str(kind) else scalar.as_py()
    except (ValueError, OverflowError):
        return {str(kind): getattr(scalar, "value", None) or scalar.as_buffer().to_pybytes()}


def _nanoseconds(scalar: Any) -> str:
    """Return a moment, a time or a span with the nine digits of its fraction, in ISO 8601."""
    seconds, fraction = divmod(scalar.value, _BILLION)
    if pa.types.is_duration(scalar.type):
        sign, (seconds, fraction) = ("-" if scalar.value < 0 else ""), divmod(abs(scalar.value), _BILLION)
        return f"{sign}PT{seconds}.{fraction:09d}S"
    moment = (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None)
    if pa.types.is_time(scalar.type):
        return f"{moment.time().isoformat()}.{fraction:09d}"
    return f"{moment.isoformat()}.{fraction:09d}{'Z' if scalar.type.tz else ''}"
