"""Reads files of rows for `map` and `send`: JSON lines as they are, CSV and Parquet as rows of a snapshot."""

import codecs
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from franca.cli.output import finite
from franca.cli.packed import bounded_lines, open_packed, plain_name
from franca.cli.record_file import UNREADABLE, CsvFile, open_csv, open_records, refuse_undecodable
from franca.errors import DecodeError, DefinitionError, UsageError
from franca.formats.change import Change, Decoder, Format, decode
from franca.formats.csv import matched
from franca.formats.csv_row import Row, Splitter
from franca.formats.registry import AUTO
from franca.model.entity import Table
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.layouts import Copybook, Csv, Fixed
from franca.model.shape import Shape, shape_of
from franca.pipeline.change_line import written
from franca.pipeline.input_line import LONGEST, Given
from franca.types import Record

FORMATS = ("jsonl", "records", "csv", "parquet")
SUFFIXES = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".txt": "jsonl",
    ".csv": "csv", ".tsv": "csv", ".asc": "csv", ".psv": "csv",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_SHOWN = 12
_BATCH = 10_000
_INTEGER = re.compile(r"[+-]?[0-9]{1,1000}")
_BOOLEANS = {"true": True, "false": False, "t": True, "f": False}


@dataclass(frozen=True, slots=True)
class RowFile:
    """A file of rows: `-` is standard input; an empty format goes by the file's name.

    `partitions` are columns whose one value its folders tell; they are for Parquet that lacks them.
    """

    path: str
    format: str = ""
    delimiter: str = ""
    encoding: str = ""
    partitions: tuple[tuple[str, str | None], ...] = ()

    def check(self) -> None:
        """Raise UsageError for a file that is not there."""
        if self.path != "-" and not Path(self.path).exists():
            raise UsageError.one(self.path, "no such file", "check the path")

    @property
    def kind(self) -> str:
        """Return the format, from the option or the file's name. Raises UsageError."""
        self.check()
        suffix = Path(plain_name(self.path)).suffix.lower()
        kind = self.format or SUFFIXES.get(suffix, "jsonl" if self.path == "-" else "")
        if kind not in FORMATS:
            reason = f"is {kind!r}" if kind else f"can't be told by the name {self.path!r}"
            raise UsageError.one("--format", f"{reason}, expected one of {', '.join(FORMATS)}", "name one")
        return kind

    def values(self, shape: Shape) -> Iterator[Given]:
        """Yield the raw value of each line or row, blank ones too. Raises DefinitionError for a bad file.

        A row of CSV that is none is given with what is wrong with it, and so are columns of one name.
        """
        try:
            if self.kind == "csv":
                yield from self._csv(shape)
            elif self.kind == "parquet":
                yield from self._parquet(shape)
            else:
                yield from (Given(value, number) for number, value in enumerate(self._lines(), 1))
        except UNREADABLE as error:
            raise DefinitionError.one(
                self.path, f"can't be read: {error}", "check the file, --encoding and --delimiter"
            ) from error

    def csv_layout(self, declared: Csv) -> Csv:
        """Return how rows of CSV are written: as declared, but for what was said. Raises UsageError."""
        encoding = self.encoding or declared.encoding
        try:
            codecs.lookup(encoding)
        except LookupError as error:
            raise UsageError.one(
                "--encoding", f"{error}", "name one that Python knows, as latin-1"
            ) from error
        delimiter = self.delimiter.replace("\\t", "\t") or declared.delimiter
        if len(delimiter) != 1:
            raise UsageError.one("--delimiter", f"got {delimiter!r}, expected one character", "as ;")
        return replace(declared, encoding=encoding, delimiter=delimiter)

    def _parquet(self, shape: Shape) -> Iterator[Given]:
        from franca.cli.parquet import parquet_batches, rows_of  # in an extra

        is_file, first = self.path == plain_name(self.path) != "-", 1
        with nullcontext() if is_file else open_packed(self.path) as packed:
            for batch, problems in parquet_batches(self.path, packed, shape, self.partitions, _BATCH):
                yield from problems
                yield from (Given(encode(row), number) for number, row in enumerate(rows_of(batch), first))
                first += batch.num_rows

    def _lines(self) -> Iterator[bytes]:
        with open_packed(self.path) as data:
            yield from bounded_lines(data, LONGEST)

    def lines(self) -> Iterator[bytes]:
        """Yield each line as it is, whatever the file's name. Raises DefinitionError."""
        self.check()
        try:
            yield from self._lines()
        except (OSError, EOFError, zlib.error) as error:
            raise DefinitionError.one(self.path, f"can't be read: {error}", "check the path") from error

    def open_csv(self) -> CsvFile:
        """Return the rows of a file of CSV. Raises DefinitionError for a header that can't be read."""
        return open_csv(self.path, self.csv_layout(Csv()), is_told=bool(self.delimiter))

    def _csv(self, shape: Shape) -> Iterator[Given]:
        file = self.open_csv()
        columns, splitter = columns_of(file, shape), Splitter(file.layout)
        yield from file.problems
        yield from (row_of(columns, row, splitter, file.layout.encoding) for row in file.rows)


def columns_of(file: CsvFile, shape: Shape) -> list[tuple[str, Field | None]]:
    """Return the columns of a file of CSV, nameless where a name is there twice, with their declarations.

    Raises UsageError where none of them is one of the table or of a change, as of a file without a header.
    """
    fields, names = {f.column: f for f in shape.fields}, file.layout.columns
    if names and not {*fields, *AUTO.names} & {*names}:
        reason = f"the file has none of its columns: it has {listed(names)}; expected {listed([*fields])}"
        raise UsageError.one(shape.name, reason, "check the file; the first line of CSV names the columns")
    return [(name if names.count(name) == 1 else "", fields.get(name)) for name in names]


def listed(names: Sequence[str]) -> str:
    """Return the names of columns for a message, of many the first ones."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(repr, names[:_SHOWN])) + more


def row_of(columns: list[tuple[str, Field | None]], row: Row, splitter: Splitter, encoding: str) -> Given:
    """Return the row as JSON without columns that have no name of their own, or what is wrong with it."""
    try:
        if row.problem is not None:
            raise row.problem
        if not row.text.isprintable():
            refuse_undecodable(row.text, encoding)
        cells = matched(splitter.fields(row.text), [name for name, _ in columns])
    except DecodeError as error:
        return Given(row.text.encode(errors="backslashreplace"), row.line, error)
    pairs = zip(columns, cells, strict=True)
    return Given(
        encode({name: value_of(field, text or "") for (name, field), text in pairs if name}), row.line
    )


def value_of(field: Field | None, text: str) -> object:
    """Return the JSON value of one CSV field: empty is null where the column may be null."""
    if field is None or field.kind is Kind.TEXT:
        return None if text == "" and field is not None and field.nullable else text
    if text.strip() == "":
        return None
    if field.kind is Kind.INTEGER and _INTEGER.fullmatch(text.strip()):
        return int(text)
    if field.kind is Kind.BOOLEAN:
        return _BOOLEANS.get(text.strip().lower(), text)
    if field.kind is Kind.FLOAT:
        return _float(text)
    return text.strip()


def _float(text: str) -> object:
    try:
        return text if "_" in text else float(text)
    except ValueError:
        return text


def encode(row: dict[str, object]) -> bytes:
    """Return a row as a message of plain rows holds it."""
    return _ENCODER.encode({name: finite(value) for name, value in row.items()})


_ENCODER = msgspec.json.Encoder(decimal_format="string")


def opened(file: RowFile, table: type[Table], name: str) -> tuple[str | Format, Iterable[Given]]:
    """Return the raw values of a file for a table whose messages have the named format, and what reads them.

    Where a table says how its records are laid out, the file is taken for such records unless another
    format is said. Raises DefinitionError.
    """
    declared = shape_of(table).format
    layout = declared if isinstance(declared, Csv | Fixed | Copybook) and declared.name == name else None
    if layout is None or file.format not in ("", name):
        return name, file.values(shape_of(table))
    if isinstance(layout, Csv):
        layout = file.csv_layout(layout)
    file.check()
    records = open_records(file.path, layout, table)
    return records.format, records


def keys_by(decoder: Decoder, shape: Shape, values: Iterable[Given]) -> Iterator[tuple[bytes | None, Given]]:
    """Yield each value with its key as `keys_of` does, for values that only a decoder reads."""
    for each in values:
        try:
            if each.problem is not None:
                raise each.problem
            change = decode(decoder, Record("", 0, 0, -1, None, each.value))
        except DecodeError as error:
            yield None, each._replace(problem=error)
            continue
        row = change.after if isinstance(change, Change) else None
        named = {key.column: written(getattr(row, key.name, UNSET)) for key in shape.keys}
        whole = all(value is not None and value is not UNSET for value in named.values())
        yield (msgspec.json.encode(named) if named and whole else None), each


def keys_of(shape: Shape, values: Iterable[Given]) -> Iterator[tuple[bytes | None, Given]]:
    """Yield each value that is not blank with its key: the key columns as JSON, null where the row has none.

    The row may stand in a change's `after` or `before`, inside a schema envelope's `payload`, or in the
    `value` of a forwarded record.
    """
    columns = [f.column for f in shape.keys]
    for each in values:
        if each.problem is not None:
            yield None, each
        if each.problem is not None or not each.value.strip():
            continue
        try:
            row = _inner(msgspec.json.decode(each.value))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            row = {}
        named = {c: row[c] for c in columns if row.get(c) is not None}
        yield (msgspec.json.encode(named) if len(named) == len(columns) else None), each


def _inner(value: object) -> dict[str, Any]:
    for name in ("payload", "value", "after", "before"):
        if isinstance(value, dict) and isinstance(value.get(name), dict):
            value = value[name]
            if name in ("after", "before"):
                break
    return value if isinstance(value, dict) else {}
