"""Reads files of rows for `franca send`: JSON lines as they are, CSV and Parquet as rows of a snapshot."""

import csv
import gzip
import io
import re
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec

from franca.cli.output import finite
from franca.errors import DefinitionError
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape

FORMATS = ("jsonl", "records", "csv", "parquet")
_SUFFIXES = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".txt": "jsonl",
    ".csv": "csv", ".tsv": "csv", ".asc": "csv", ".psv": "csv",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_INTEGER = re.compile(r"[+-]?[0-9]{1,1000}")
_BOOLEANS = {"true": True, "false": False, "t": True, "f": False}


@dataclass(frozen=True, slots=True)
class RowFile:
    """A file of rows: `-` is standard input; an empty format goes by the file's name."""

    path: str
    format: str = ""
    delimiter: str = ""
    encoding: str = "utf-8"

    @property
    def kind(self) -> str:
        """Return the format, from the option or the file's name. Raises DefinitionError."""
        if self.path != "-" and not Path(self.path).exists():
            raise DefinitionError.one(self.path, "no such file", "check the path")
        suffix = Path(self.path.removesuffix(".gz")).suffix.lower()
        kind = self.format or _SUFFIXES.get(suffix, "jsonl" if self.path == "-" else "")
        if kind not in FORMATS:
            expected = f"expected one of {', '.join(FORMATS)}"
            raise DefinitionError.one(
                self.path, f"its format is not known by its name, {expected}", "say it with --format"
            )
        return kind

    def values(self, shape: Shape) -> Iterator[bytes]:
        """Yield the raw value of each message. Raises DefinitionError for a file that can't be read."""
        try:
            if self.kind == "parquet":
                yield from _parquet(self.path)
            elif self.kind == "csv":
                yield from self._csv(shape)
            else:
                yield from self._lines()
        except (OSError, UnicodeError, csv.Error, EOFError, zlib.error) as error:
            raise DefinitionError.one(
                self.path, f"can't be read: {error}", "check the path, --encoding and --delimiter"
            ) from error

    def _lines(self) -> Iterator[bytes]:
        with self.open() as lines:
            yield from (line.rstrip(b"\r\n") for line in lines)

    def lines(self) -> Iterator[bytes]:
        """Yield each line as it is, whatever the file's name. Raises DefinitionError."""
        if self.path != "-" and not Path(self.path).is_file():
            raise DefinitionError.one(self.path, "no such file", "check the path")
        try:
            yield from self._lines()
        except (OSError, EOFError, zlib.error) as error:
            raise DefinitionError.one(self.path, f"can't be read: {error}", "check the path") from error

    def open(self) -> BinaryIO:
        """Open the file for bytes, unpacked where its name ends with `.gz`, or standard input."""
        if self.path == "-":
            return sys.stdin.buffer
        if self.path.endswith(".gz"):
            return cast("BinaryIO", gzip.open(self.path, "rb"))
        return Path(self.path).open("rb")

    def _csv(self, shape: Shape) -> Iterator[bytes]:
        encoding = self.encoding.replace("utf-8", "utf-8-sig")
        with self.open() as data, io.TextIOWrapper(data, encoding=encoding, newline="") as text:
            head = text.readline()
            delimiter = self._delimiter(head)
            names = next(csv.reader([head], delimiter=delimiter))
            reader = csv.reader(text, delimiter=delimiter)
            fields = {f.column: f for f in shape.fields}
            columns = [(name, fields.get(name)) for name in names]
            for row in reader:
                yield _row(columns, row, delimiter)

    def _delimiter(self, head: str) -> str:
        if self.delimiter:
            return self.delimiter.replace("\\t", "\t")
        return max(",;\t|", key=head.count)


def _row(columns: list[tuple[str, Field | None]], row: list[str], delimiter: str) -> bytes:
    """Return the row as JSON; one that does not fit its header goes as it is, and is dead-lettered."""
    if len(row) != len(columns):
        return delimiter.join(row).encode()
    pairs = zip(columns, row, strict=True)
    return _encode({name: _value(field, text) for (name, field), text in pairs})


def _value(field: Field | None, text: str) -> object:
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


def _parquet(path: str) -> Iterator[bytes]:
    from pyarrow import ArrowException, BufferReader, parquet

    try:  # a pipe can't be read from its end, where Parquet begins
        with parquet.ParquetFile(BufferReader(sys.stdin.buffer.read()) if path == "-" else path) as file:
            for batch in file.iter_batches(10_000):
                yield from map(_encode, batch.to_pylist())
    except ArrowException as error:
        remedy = "check the file, or say its format with --format"
        raise DefinitionError.one(path, f"can't be read as Parquet: {error}", remedy) from error


def _encode(row: dict[str, object]) -> bytes:
    return _ENCODER.encode({name: finite(value) for name, value in row.items()})


_ENCODER = msgspec.json.Encoder(decimal_format="string")


def keys_of(shape: Shape, values: Iterable[bytes]) -> Iterator[tuple[bytes | None, bytes]]:
    """Yield each value with its key: the table's key columns as JSON, null where the row has none.

    The row may stand in a change's `after` or `before`, inside a schema envelope's `payload`, or in the
    `value` of a forwarded record.
    """
    columns = [f.column for f in shape.keys]
    for value in values:
        try:
            row = _inner(msgspec.json.decode(value))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            row = {}
        named = {c: row[c] for c in columns if row.get(c) is not None}
        yield (msgspec.json.encode(named) if len(named) == len(columns) else None), value


def _inner(value: object) -> dict[str, Any]:
    for name in ("payload", "value", "after", "before"):
        if isinstance(value, dict) and isinstance(value.get(name), dict):
            value = value[name]
            if name in ("after", "before"):
                break
    return value if isinstance(value, dict) else {}
