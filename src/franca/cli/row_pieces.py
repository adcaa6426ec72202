"""Files of rows in pieces for a backfill: Parquet and CSV as columns too, everything else as raw values."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import nullcontext

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from franca.cli.packed import open_packed, plain_name
from franca.cli.parquet import left_over_of, parquet_batches, rows_of
from franca.cli.record_file import UNREADABLE
from franca.cli.rows import RowFile, columns_of, encode, opened, row_of
from franca.errors import DecodeError, DefinitionError
from franca.formats.csv import matched
from franca.formats.csv_row import Row, Splitter
from franca.model.entity import Table
from franca.model.layouts import Csv
from franca.model.shape import Shape, shape_of
from franca.operations.backfill.piece import BYTES, NUMBER, ROWS, Piece, piece_of, pieces_of
from franca.pipeline.input_line import Given

_PLAIN = ("auto", "plain")
_MARK = "\ufeff"


def pieces(file: RowFile, table: type[Table], name: str) -> Iterator[Piece]:
    """Yield the pieces of a file for a table whose messages have the named format. Raises DefinitionError."""
    if name in _PLAIN and file.kind == "parquet":
        yield from _of_parquet(file, shape_of(table))
    elif name in _PLAIN and file.kind == "csv":
        try:
            yield from _of_csv(file, table)
        except UNREADABLE as error:
            remedy = "check the file, --encoding and --delimiter"
            raise DefinitionError.one(file.path, f"can't be read: {error}", remedy) from error
    else:
        yield from pieces_of(opened(file, table, name)[1])


def _of_parquet(file: RowFile, shape: Shape) -> Iterator[Piece]:
    first, is_file = 1, file.path == plain_name(file.path)
    is_left = is_file and left_over_of(file.path) is not None
    with nullcontext() if is_file else open_packed(file.path) as packed:
        for batch, problems in parquet_batches(file.path, packed, shape, file.partitions, ROWS):
            if problems:
                yield piece_of(problems)
            if batch.num_rows and is_left:
                yield _piece_of_batch(batch.drop_columns([NUMBER]), batch.column(NUMBER))
            elif batch.num_rows:
                yield _piece_of_batch(batch, pa.array(range(first, first + batch.num_rows), pa.int64()))
            first += batch.num_rows


def _piece_of_batch(batch: pa.RecordBatch, numbers: pa.Array) -> Piece:
    def given(wanted: Collection[int] | None) -> Sequence[Given]:
        some, lines = batch, numbers
        if wanted is not None:
            asked = pc.is_in(numbers, pa.array(wanted, pa.int64()))
            some, lines = batch.filter(asked), numbers.filter(asked)
        return [Given(encode(row), line) for line, row in zip(lines.to_pylist(), rows_of(some), strict=True)]

    columns = pa.Table.from_batches([batch])
    arrays = [_usual(column) for column in columns.columns]
    table = pa.Table.from_arrays([*arrays, numbers], [*columns.column_names, NUMBER])
    return Piece(numbers[0].as_py(), numbers[-1].as_py() + 1, batch.num_rows, given, table)


def _usual(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column without dictionaries, and in microseconds where none has a finer fraction."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type)
    finer = (pa.types.is_timestamp(kind) or pa.types.is_time64(kind)) and kind.unit == "ns"
    if not finer:
        return column
    try:
        return column.cast(pa.timestamp("us", kind.tz) if pa.types.is_timestamp(kind) else pa.time64("us"))
    except pa.ArrowInvalid:
        return column.cast(pa.int64())  # no rule reads numbers as moments: the decoder takes the rows


def _of_csv(source: RowFile, table: type[Table]) -> Iterator[Piece]:
    file = source.open_csv()
    if file.problems:
        yield piece_of(list(file.problems))
    columns, splitter = columns_of(file, shape_of(table)), Splitter(file.layout)
    names, encoding = [name for name, _ in columns], file.layout.encoding
    for some in _bounded(file.rows):

        def given(numbers: Collection[int] | None, some: Sequence[Row] = some) -> Sequence[Given]:
            wanted = some if numbers is None else [row for row in some if row.line in numbers]
            return [row_of(columns, row, splitter, encoding) for row in wanted]

        cells = _columns(some, names, splitter, file.layout)
        yield Piece(some[0].line, some[-1].line + 1, len(some), given, cells, is_text=True)


def _bounded(rows: Iterable[Row]) -> Iterator[Sequence[Row]]:
    some: list[Row] = []
    size = 0
    for row in rows:
        some.append(row)
        size += len(row.text)
        if len(some) >= ROWS or size >= BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


def _columns(rows: Sequence[Row], names: Sequence[str], splitter: Splitter, layout: Csv) -> pa.Table | None:
    """Return the rows that are whole as columns of text, None where SQL can't have them."""
    if "" in names or layout.null:
        return None
    whole = [row for row in rows if row.problem is None]
    plain = [row for row in whole if layout.quote not in row.text] if layout.quote else whole
    try:
        tables = [_of_lines(plain, names, layout.delimiter)]
        if len(plain) < len(whole):
            quoted = [row for row in whole if layout.quote in row.text]
            tables += _of_quoted(quoted, names, splitter, layout)
    except (UnicodeEncodeError, pa.ArrowException):
        return None
    return pa.concat_tables(tables)


def _of_lines(rows: Sequence[Row], names: Sequence[str], delimiter: str) -> pa.Table:
    """Return the columns of rows without quotes, those left out that have other fields or two lines."""
    lines = pa.array([row.text.removesuffix("\n").removesuffix("\r") for row in rows], pa.string())
    fields = pc.split_pattern(lines, delimiter)
    breaks = pc.match_substring_regex(lines, "[\r\n]")
    good = pc.and_(pc.equal(pc.list_value_length(fields), len(names)), pc.invert(breaks))
    numbers = pa.array([row.line for row in rows], pa.int64()).filter(good)
    fields = fields.filter(good)
    arrays = [pc.list_element(fields, place) for place in range(len(names))]
    return pa.Table.from_arrays([*arrays, numbers], [*names, NUMBER])


def _of_quoted(
    rows: Sequence[Row], names: Sequence[str], splitter: Splitter, layout: Csv
) -> Iterator[pa.Table]:
    """Yield the columns of rows with quotes: at once of those whose quotes are nowhere but around fields."""
    is_regular, can = splitter.regular(len(names)), (layout.quote + layout.delimiter).isascii()
    regular: list[Row] = []
    odd: list[Row] = []
    for row in rows:
        (regular if can and is_regular(row.text) else odd).append(row)
    if regular and (table := _of_regular(regular, names, layout)) is not None:
        yield table
    else:
        odd = [*rows]
    if odd:
        yield _of_fields(odd, names, splitter)


def _of_regular(rows: Sequence[Row], names: Sequence[str], layout: Csv) -> pa.Table | None:
    """Return the columns of rows as Arrow reads them, None where it finds others."""
    if rows[0].text.startswith(_MARK):
        return None  # Arrow takes it for the mark of a file's byte order, here it is the first field's
    text = "\n".join(row.text.rstrip("\r\n") for row in rows).encode()
    places = [str(place) for place in range(len(names))]
    found = csv.read_csv(
        pa.BufferReader(text),
        csv.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=places),
        csv.ParseOptions(
            delimiter=layout.delimiter,
            quote_char=layout.quote,
            newlines_in_values=True,
            ignore_empty_lines=False,
        ),
        csv.ConvertOptions(
            column_types=dict.fromkeys(places, pa.string()),
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
        ),
    )
    if found.num_rows != len(rows):
        return None
    numbers = pa.array([row.line for row in rows], pa.int64())
    return pa.Table.from_arrays([*found.columns, numbers], [*names, NUMBER])


def _of_fields(rows: Sequence[Row], names: Sequence[str], splitter: Splitter) -> pa.Table:
    numbers: list[int] = []
    cells: list[Sequence[str | None]] = []
    for row in rows:
        try:
            cells.append(matched(splitter.fields(row.text), names))
        except DecodeError:
            continue
        numbers.append(row.line)
    columns = list(zip(*cells, strict=True)) or [()] * len(names)
    arrays = [pa.array([text or "" for text in column], pa.string()) for column in columns]
    return pa.Table.from_arrays([*arrays, pa.array(numbers, pa.int64())], [*names, NUMBER])
