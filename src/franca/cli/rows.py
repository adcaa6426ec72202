"""Reads files of rows for `map` and `send`: JSON lines as they are, CSV and Parquet as rows of a snapshot."""

import codecs
import csv
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from franca.cli.output import finite
from franca.cli.packed import bounded_lines, open_packed, plain_name
from franca.errors import DefinitionError, UsageError
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape
from franca.pipeline.input_line import LONGEST

FORMATS = ("jsonl", "records", "csv", "parquet")
_SUFFIXES = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".txt": "jsonl",
    ".csv": "csv", ".tsv": "csv", ".asc": "csv", ".psv": "csv",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_LARGEST_FIELD = 2**31 - 1
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
        """Return the format, from the option or the file's name. Raises UsageError."""
        if self.path != "-" and not Path(self.path).exists():
            raise UsageError.one(self.path, "no such file", "check the path")
        suffix = Path(plain_name(self.path)).suffix.lower()
        kind = self.format or _SUFFIXES.get(suffix, "jsonl" if self.path == "-" else "")
        if kind not in FORMATS:
            reason = f"is {kind!r}" if kind else f"can't be told by the name {self.path!r}"
            raise UsageError.one("--format", f"{reason}, expected one of {', '.join(FORMATS)}", "name one")
        return kind

    def values(self, shape: Shape) -> Iterator[bytes]:
        """Yield the raw value of each line or row, blank ones too. Raises DefinitionError for a bad file."""
        try:
            if self.kind == "parquet":
                yield from self._parquet()
            elif self.kind == "csv":
                yield from self._csv(shape)
            else:
                yield from self._lines()
        except (OSError, EOFError, zlib.error, UnicodeError, csv.Error) as error:
            raise DefinitionError.one(
                self.path, f"can't be read: {error}", "check the file, --encoding and --delimiter"
            ) from error

    def _parquet(self) -> Iterator[bytes]:
        from franca.cli.parquet import parquet_rows  # in an extra

        is_file = self.path == plain_name(self.path) != "-"
        with nullcontext() if is_file else open_packed(self.path) as packed:
            yield from map(_encode, parquet_rows(self.path, packed))

    def _lines(self) -> Iterator[bytes]:
        with open_packed(self.path) as data:
            yield from bounded_lines(data, LONGEST)

    def lines(self) -> Iterator[bytes]:
        """Yield each line as it is, whatever the file's name. Raises DefinitionError."""
        if self.path != "-" and not Path(self.path).exists():
            raise UsageError.one(self.path, "no such file", "check the path")
        try:
            yield from self._lines()
        except (OSError, EOFError, zlib.error) as error:
            raise DefinitionError.one(self.path, f"can't be read: {error}", "check the path") from error

    def _csv(self, shape: Shape) -> Iterator[bytes]:
        encoding = self.encoding.replace("utf-8", "utf-8-sig")
        try:
            codecs.lookup(encoding)
        except LookupError as error:
            raise UsageError.one(
                "--encoding", f"{error}", "name one that Python knows, as latin-1"
            ) from error
        with open_packed(self.path) as data, io.TextIOWrapper(data, encoding=encoding, newline="") as text:
            csv.field_size_limit(_LARGEST_FIELD)
            head = text.readline()
            delimiter = self._delimiter(head)
            names = next(csv.reader([head], delimiter=delimiter))
            reader = csv.reader(text, delimiter=delimiter)
            fields = {f.column: f for f in shape.fields}
            columns = [(name, fields.get(name)) for name in names]
            for row in reader:
                yield _row(columns, row, delimiter)

    def _delimiter(self, head: str) -> str:
        told = self.delimiter.replace("\\t", "\t")
        if len(told) > 1:
            raise UsageError.one("--delimiter", f"is {told!r}, expected one character", "name one")
        if told:
            return told
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


def _encode(row: dict[str, object]) -> bytes:
    return _ENCODER.encode({name: finite(value) for name, value in row.items()})


_ENCODER = msgspec.json.Encoder(decimal_format="string")


def keys_of(shape: Shape, values: Iterable[bytes]) -> Iterator[tuple[bytes | None, bytes]]:
    """Yield each value that is not blank with its key: the key columns as JSON, null where the row has none.

    The row may stand in a change's `after` or `before`, inside a schema envelope's `payload`, or in the
    `value` of a forwarded record.
    """
    columns = [f.column for f in shape.keys]
    for value in filter(bytes.strip, values):
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
