"""The format `fixed`: one record a message, each column so many characters of it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from franca.errors import DecodeError, DefinitionError, Problem
from franca.formats.change import Decoder, Loosely, Wanted
from franca.formats.reading import Unexpected
from franca.formats.rowwise import RowDecoder
from franca.formats.texts import NAMES, statements, text_reader
from franca.model.entity import Table
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.layouts import Fixed
from franca.model.places import placed
from franca.model.rows import row_type
from franca.model.shape import shape_of
from franca.types import Record

_TRIMS = {"right": ".rstrip(' ')", "left": ".lstrip(' ')", "both": ".strip(' ')", "none": ""}


class Place(NamedTuple):
    """A column's place in a record: its first character, from 0, and the one after its last."""

    field: Field
    start: int
    end: int


class FixedFormat:
    """Records of fixed width, laid out by the columns of the table."""

    name = Fixed.name
    names = frozenset[str]()

    def __init__(self, layout: Fixed | None = None) -> None:
        self._layout = layout

    def recognises(self, record: Record, table: type[Table] | None = None) -> bool:  # noqa: ARG002  # any text may be a record
        """Return False: any text may be a record."""
        return False

    def table_of(self, record: Record) -> str:  # noqa: ARG002  # a record does not say
        """Return nothing: a record does not name its table."""
        return ""

    def loose(self, record: Record, epoch: int = 1) -> Loosely:  # noqa: ARG002  # no table, no columns
        """Refuse: without a table nobody knows where a column ends."""
        reason = "records of fixed width need a table, whose columns have Column(width=…)"
        raise DecodeError("", reason, "unknown-table")

    def decoder(self, wanted: Wanted) -> Decoder:
        """Return the decoder of one table's records. Raises DefinitionError for columns without a width."""
        told = shape_of(wanted.table).format
        layout = self._layout or (told if isinstance(told, Fixed) else Fixed())
        return RowDecoder(_Rows(layout, wanted), wanted)


def places_of(table: type[Table]) -> list[Place]:
    """Return where the columns of a table stand. Raises DefinitionError for those that do not say."""
    found, at = [], 0
    problems = []
    for field in shape_of(table).fields:
        if field.size is None:
            reason = "has no width, and its table is of fixed width"
            problems.append(placed(Problem(field.name, reason, "declare it: Column(width=8)"), table))
            continue
        at = field.start - 1 if field.start is not None else at
        found.append(Place(field, at, at + field.size))
        at += field.size
    if problems:
        raise DefinitionError(problems)
    return found


class _Rows:
    lines = ()

    def __init__(self, layout: Fixed, wanted: Wanted) -> None:
        try:
            "".encode(layout.encoding)
        except LookupError as error:
            remedy = "name one that Python knows, as latin-1"
            raise DefinitionError.one("encoding", f"no such encoding: {layout.encoding!r}", remedy) from error
        every = places_of(wanted.table)
        self._length = max((place.end for place in every), default=0)
        self._longest = max(self._length, layout.record_length or 0)
        self._encoding, self._trim = layout.encoding, layout.trim
        self._places = [place for place in every if place.field.name in wanted.columns]
        self._row = row_type(wanted.table, wanted.columns)
        self._readers = [text_reader(place.field, wanted.zone) for place in self._places]
        self.fast: Callable[[bytes], Any] | None = self._fast()

    def read(self, record: Record) -> msgspec.Struct:
        """Return the row; what a record that is too short lacks, at the end of a line, is blank."""
        try:
            text = (record.value or b"").decode(self._encoding)
        except UnicodeDecodeError as error:
            reason = f"the record is not {self._encoding} at byte {error.start}: {error.reason}"
            code = "not-utf8" if self._encoding == "utf-8" else "bad-text"
            raise DecodeError("", reason, code) from error
        text = text.rstrip("\r\n").removeprefix("\ufeff")
        if len(text) > self._longest and text[self._longest :].strip():
            reason = f"the record has {len(text)} characters, expected {self._longest}: declare record_length"
            raise DecodeError("", reason, "record-length")
        values = {}
        for place, read in zip(self._places, self._readers, strict=True):
            cell = text[place.start : place.end].ljust(place.end - place.start)
            trimmed = _trimmed(cell, self._trim) if place.field.kind is Kind.TEXT else cell.strip(" ")
            values[place.field.name] = read(trimmed)
        return self._row(**values)

    def _fast(self) -> Callable[[bytes], Any]:
        """Generate the function for records as usual, which have just their length."""
        lines = ["def parse(value):", "    text, null = value.decode(encoding), None"]
        lines += [
            f"    if len(text) != {self._length} or not text.isprintable():",
            "        raise Unexpected",
        ]
        names: dict[str, Any] = {
            **NAMES,
            "encoding": self._encoding,
            "row": self._row,
            "Unexpected": Unexpected,
        }
        for number, place in enumerate(self._places):
            trim = _TRIMS[self._trim] if place.field.kind is Kind.TEXT else _TRIMS["both"]
            names[f"read{number}"] = self._readers[number]
            cell = f"text[{place.start}:{place.end}]{trim}"
            made = (
                [f"v{number} = {cell}"]
                if place.field.kind is Kind.TEXT
                else statements(number, place.field, cell, "")
            )
            lines += [f"    {line}" for line in made]
        arguments = ", ".join(f"{place.field.name}=v{number}" for number, place in enumerate(self._places))
        exec("\n".join([*lines, f"    return row({arguments})"]), names)  # noqa: S102  # built from field names
        made_function: Callable[[bytes], Any] = names["parse"]
        return made_function


def _trimmed(text: str, trim: str) -> str:
    match trim:
        case "right":
            return text.rstrip(" ")
        case "left":
            return text.lstrip(" ")
        case "both":
            return text.strip(" ")
    return text
