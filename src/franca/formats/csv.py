"""The format `csv`: one row a message, its fields the columns in the order that is declared."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from franca.errors import DecodeError, DefinitionError
from franca.formats.change import TOMBSTONE, Decoder, Loosely, Wanted
from franca.formats.csv_row import Splitter
from franca.formats.reading import Unexpected
from franca.formats.rowwise import RowDecoder, loose_row
from franca.formats.texts import NAMES, statements, text_reader
from franca.model.entity import Table
from franca.model.kind import Kind
from franca.model.layouts import Csv
from franca.model.rows import row_type
from franca.model.shape import shape_of
from franca.types import Record

HEADER = "columns"
"""The message header that names the fields of its row, as a row of CSV itself."""

_BOM = "\ufeff"


class CsvFormat:
    """Rows of CSV: of the layout's kind, or of the one that each table declares."""

    name = Csv.name
    names = frozenset[str]()

    def __init__(self, layout: Csv | None = None) -> None:
        self._layout = layout

    def recognises(self, record: Record, table: type[Table] | None = None) -> bool:  # noqa: ARG002  # any text may be a row
        """Return False: any text may be a row."""
        return False

    def table_of(self, record: Record) -> str:  # noqa: ARG002  # a row does not say
        """Return nothing: a row does not name its table."""
        return ""

    def loose(self, record: Record, epoch: int = 1) -> Loosely:
        """Return the row's fields as text, null where they are."""
        if record.value is None:
            return TOMBSTONE
        lines = Lines(self._layout or Csv())
        fields = lines.fields(record.value)
        columns = lines.columns(record) or (self._layout or Csv()).columns
        if not columns:
            reason = f"no column is named: expected the message header {HEADER!r}, or declared columns"
            raise DecodeError("", reason, "missing-field")
        named = zip(columns, matched(fields, columns), strict=True)
        doubled = _doubled(columns)
        cells = {name: msgspec.Raw(msgspec.json.encode(text)) for name, text in named if name not in doubled}
        return loose_row(cells, columns, record, epoch)

    def decoder(self, wanted: Wanted) -> Decoder:
        """Return the decoder of one table's rows."""
        told = shape_of(wanted.table).format
        layout = self._layout or (told if isinstance(told, Csv) else Csv())
        columns = layout.columns or tuple(field.column for field in shape_of(wanted.table).fields)
        return RowDecoder(_Rows(layout, columns, wanted), wanted)


class Lines:
    """Rows of bytes to fields. Raises DecodeError; DefinitionError for an encoding that is none."""

    def __init__(self, layout: Csv) -> None:
        if not layout.delimiter or set(layout.delimiter) & {*"\r\n", layout.quote} or len(layout.quote) > 1:
            reason = f"has the delimiter {layout.delimiter!r} and the quote {layout.quote!r}"
            raise DefinitionError.one(
                "csv", reason, "expected text without the quote, and one character or none"
            )
        try:
            "".encode(layout.encoding)
        except LookupError as error:
            remedy = "name one that Python knows, as latin-1"
            raise DefinitionError.one("encoding", f"no such encoding: {layout.encoding!r}", remedy) from error
        self._encoding, self.splitter = layout.encoding, Splitter(layout)

    def fields(self, value: bytes) -> list[str | None]:
        """Return the fields of a row."""
        if not value.strip():
            raise DecodeError("", "the value is empty, expected a row", "empty-value")
        try:
            return self.splitter.fields(value.decode(self._encoding).removeprefix(_BOM))
        except UnicodeDecodeError as error:
            reason = f"the row is not {self._encoding} at byte {error.start}: {error.reason}"
            raise DecodeError("", reason, "not-utf8" if self._encoding == "utf-8" else "bad-text") from error

    def columns(self, record: Record) -> tuple[str, ...]:
        """Return the columns that a message's header names, none where it has no such header."""
        told = next((value for name, value in record.headers if name == HEADER and value), None)
        return () if told is None else tuple(name or "" for name in self.fields(told))


def matched(fields: Sequence[str | None], columns: Sequence[str]) -> Sequence[str | None]:
    """Return the fields of a row that has one for each column. Raises DecodeError for any other."""
    if len(fields) != len(columns):
        reason = f"the row has {len(fields)} fields, expected {len(columns)}: {_some(columns)}"
        raise DecodeError("", reason, "ragged-row")
    return fields


def _doubled(columns: Sequence[str]) -> set[str]:
    """Return the names that several columns have: which is meant nobody can tell."""
    return (
        {name for name in columns if columns.count(name) > 1} if len(set(columns)) < len(columns) else set()
    )


def _some(columns: Sequence[str]) -> str:
    shown = ", ".join(columns[:3])
    return f"{shown}, …" if len(columns) > 3 else shown  # noqa: PLR2004, RUF100  # enough to know the table


class _Rows:
    lines = (
        f"if record.headers and any(name == {HEADER!r} for name, _ in record.headers):",
        "    raise Unexpected",
    )

    def __init__(self, layout: Csv, columns: Sequence[str], wanted: Wanted) -> None:
        self._lines, self._columns = Lines(layout), tuple(columns)
        self._fields = [field for field in shape_of(wanted.table).fields if field.name in wanted.columns]
        self._row = row_type(wanted.table, wanted.columns)
        self._null = layout.null
        self._readers = {field.name: text_reader(field, wanted.zone) for field in self._fields}
        self.fast: Callable[[bytes], Any] | None = self._fast(layout)

    def read(self, record: Record) -> msgspec.Struct:
        """Return the row."""
        columns = self._lines.columns(record) or self._columns
        cells = dict(zip(columns, matched(self._lines.fields(record.value or b""), columns), strict=True))
        doubled = _doubled(columns)
        values = {}
        for field in self._fields:
            if field.column in cells and field.column not in doubled:
                text = cells[field.column]
                keeps = text is None and self._null == "" and not field.nullable and field.kind is Kind.TEXT
                values[field.name] = "" if keeps else self._readers[field.name](text)
        return self._row(**values)

    def _fast(self, layout: Csv) -> Callable[[bytes], Any] | None:
        """Generate the function for rows as usual: so many fields, and the quotes in order."""
        places = {name: place for place, name in enumerate(self._columns)}
        named = [field for field in self._fields if field.column in places]
        if len(places) != len(self._columns) or not named:
            return None
        lines = ["def parse(value):", "    text = value.decode(encoding)", "    null = told"]
        lines += (
            ["    if quote in text:", "        cells, null = quick(text)", "    else:"]
            if layout.quote
            else []
        )
        depth = "        " if layout.quote else "    "
        lines += [
            f"{depth}text = text.rstrip('\\r\\n') if text[-1:] in '\\r\\n' else text",
            f"{depth}if '\\n' in text or '\\r' in text:",
            f"{depth}    raise Unexpected",
            f"{depth}cells = text.split(delimiter)",
            f"    if len(cells) != {len(self._columns)} or text[:1] == '{_BOM}':",
            "        raise Unexpected",
        ]
        names: dict[str, Any] = {
            **NAMES,
            "encoding": layout.encoding, "told": layout.null, "quote": layout.quote, "row": self._row,
            "quick": self._lines.splitter.quick, "delimiter": layout.delimiter, "Unexpected": Unexpected,
        }  # fmt: skip
        for number, field in enumerate(named):
            names[f"read{number}"] = self._readers[field.name]
            made = statements(number, field, f"cells[{places[field.column]}]", layout.null)
            lines += [f"    {line}" for line in made]
        arguments = ", ".join(f"{field.name}=v{number}" for number, field in enumerate(named))
        exec("\n".join([*lines, f"    return row({arguments})"]), names)  # noqa: S102  # built from field names
        made_function: Callable[[bytes], Any] = names["parse"]
        return made_function
