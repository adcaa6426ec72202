"""Reads files whose records are no JSON lines: rows of CSV, records of fixed width, records of a copybook."""

import codecs
import csv
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import IO, Any, TypeVar

from franca.cli.packed import open_packed
from franca.errors import DecodeError, DefinitionError
from franca.formats.change import Format
from franca.formats.copybook.framing import Piece, records_of
from franca.formats.copybook.records import Records
from franca.formats.csv_row import Row, Splitter
from franca.formats.fixed import places_of
from franca.formats.registry import format_of_layout
from franca.model.entity import Table
from franca.model.layouts import Copybook, Csv, Fixed, Layout
from franca.pipeline.input_line import Given

T = TypeVar("T")
_BOM = "\ufeff"
_DELIMITERS = ",;\t|"
UNREADABLE = (OSError, EOFError, zlib.error, UnicodeError, csv.Error)
"""What a file that is not what its name says may raise while it is read."""


@dataclass(frozen=True, slots=True)
class CsvFile:
    """The rows of a file of CSV, with the delimiter found out and the columns that its header names."""

    layout: Csv
    rows: Iterator[Row]
    problems: Sequence[Given] = ()


def open_csv(path: str, layout: Csv, *, is_told: bool) -> CsvFile:
    """Return a file's rows. The delimiter goes by the first line unless it is told."""
    codecs.register_error(_ESCAPE, _escaped)
    lines = io.TextIOWrapper(open_packed(path), encoding=layout.encoding, errors=_ESCAPE, newline="")
    head = lines.readline().removeprefix(_BOM)
    if not is_told:
        layout = replace(layout, delimiter=max(_DELIMITERS, key=head.count))
    splitter = Splitter(layout)
    rows = _closing(lines, splitter.rows(chain([head] if head else [], lines)))
    if not layout.header:
        return CsvFile(layout, rows)
    header = next(rows, Row(1, ""))
    try:
        if header.problem is not None:
            raise header.problem
        names = splitter.fields(header.text) if header.text else []
    except DecodeError as error:
        reason = f"its header can't be read: {error.reason}"
        raise DefinitionError.one(
            path, reason, "mend the first line, or say --delimiter and --quote"
        ) from error
    columns = tuple(name or f"column_{place}" for place, name in enumerate(names, 1))
    return CsvFile(replace(layout, columns=columns), rows, doubled(columns, header.text, header.line))


def _closing(file: IO[Any], items: Iterable[T]) -> Iterator[T]:
    with file:
        yield from items


def doubled(columns: Sequence[str], header: str, line: int) -> Sequence[Given]:
    """Return what is wrong with each column that a file names more than once, in its header at a line."""
    names = dict.fromkeys(name for name in columns if columns.count(name) > 1)
    reason = "the file names the column twice: which is meant can't be told, and neither is read"
    problems = [DecodeError(name, reason, "doubled-column") for name in names]
    return [Given(header.encode(errors="replace"), line, problem) for problem in problems]


def records_of_csv(path: str, file: CsvFile) -> "RecordFile":
    """Return the rows of a file as records, and their format."""
    told = file.layout
    rows = (_row(row, told) for row in file.rows)
    return RecordFile(path, format_of_layout(told), chain(file.problems, rows))


def open_records(
    path: str, layout: Layout, table: type[Table] | None, *, is_told: bool = True
) -> "RecordFile":
    """Return a file's records and their format. Raises DefinitionError for what the layout lacks."""
    if isinstance(layout, Csv):
        return records_of_csv(path, open_csv(path, layout, is_told=is_told))
    if isinstance(layout, Fixed):
        length = (
            layout.record_length or max((place.end for place in places_of(table)), default=0) if table else 0
        )
        if table is None:
            reason = "records of fixed width need a table, whose columns have Column(width=…)"
            raise DefinitionError.one("--table", reason, "name one of a project")
        data = open_packed(path)
        pieces = _closing(data, records_of(data, layout.record_format, length))
    else:
        pieces = _of_copybook(path, layout)
    return RecordFile(path, format_of_layout(layout), (_given(piece) for piece in pieces))


def _of_copybook(path: str, layout: Copybook) -> Iterator[Piece]:
    records = Records(layout)
    by_content = layout.variable_size_occurs == "shift_record" and records.is_variable
    length = layout.record_length or records.length
    data, end = open_packed(path), records.end() if by_content else None
    return _closing(data, records_of(data, layout.record_format, length, end))


@dataclass(frozen=True, slots=True)
class RecordFile:
    """The records of a file, and the format that reads them."""

    path: str
    format: Format
    records: Iterator[Given]

    def __iter__(self) -> Iterator[Given]:
        """Yield the records. Raises DefinitionError for a file that can't be read."""
        try:
            yield from self.records
        except UNREADABLE as error:
            raise DefinitionError.one(self.path, f"can't be read: {error}", "check the file") from error


def _row(row: Row, layout: Csv) -> Given:
    """Return a row as a message holds it, in its own encoding."""
    problem = row.problem
    try:
        return Given(row.text.rstrip("\r\n").encode(layout.encoding), row.line, problem)
    except UnicodeEncodeError as error:
        value = row.text.encode(errors="surrogatepass")
        return Given(value, row.line, problem or _undecodable(error.start, layout.encoding))


def refuse_undecodable(text: str, encoding: str) -> None:
    """Raise DecodeError for a row that has a byte which is no text of the encoding."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _undecodable(error.start, encoding) from None


def _undecodable(at: int, encoding: str) -> DecodeError:
    code = "not-utf8" if encoding.replace("-", "").lower().startswith("utf8") else "bad-text"
    return DecodeError("", f"the row has a byte that is no text in {encoding}, after {at} characters", code)


def _given(piece: Piece) -> Given:
    return Given(piece.data, piece.number, piece.problem)


_ESCAPE = "franca.bytes"


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """Return a surrogate for each byte that is no text, so that it spoils its own row only."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end
