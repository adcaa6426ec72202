"""How a remembered row stands on its topic: `{"sequence", "row", "former"}` under `["<topic>", <key>, …]`."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple, cast

import msgspec

from franca.model.entity import Table
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.rows import row_type
from franca.model.shape import shape_of

UNSET = msgspec.UNSET

_HEAD = b'{"sequence":"'


class Known(NamedTuple):
    """What is remembered of a row: its columns after the change with that sequence.

    `former` has an entry for each mapping that refused the row: the row of which its events were made last,
    None where it has made none. They stand until the mapping takes the row again.
    """

    sequence: str
    row: Any
    former: Mapping[str, Any] | None = None


class RowCodec:
    """Encodes the named columns of a table's rows, and its key columns, by their legacy names.

    A value is JSON as in the contract's change line. Of a row with more than `room` bytes, or with text that
    UTF-8 can't hold, the columns that do not fit are left out: they are absent when it is recalled.
    """

    def __init__(self, table: type[Table], columns: Iterable[str], room: int) -> None:
        shape = shape_of(table)
        names = [field.name for field in shape.keys]
        row = row_type(table, frozenset(columns) | frozenset(names))
        self.room = room
        self._floats = [
            field.name for field in shape.fields if _has_floats(field) and field.name in row.__struct_fields__
        ]
        former: Any = dict[str, row | None]  # type: ignore[valid-type]
        fields: list[Any] = [("sequence", str), ("row", row), ("former", former | None, None)]
        held = msgspec.defstruct("Held", fields, gc=False, omit_defaults=True)
        self._held, self._row, self.names = held, row, names
        self._encode = msgspec.json.Encoder().encode
        self._decode = self._decoder(held)
        self._table = table
        self.key: Callable[[Any], bytes | None] = _key_function(names, self._encode)

    def encode(self, known: Known) -> bytes:
        """Return the text of a remembered row."""
        try:
            row = self._finite(known.row) if self._floats else known.row
            text = self._encode(self._held(known.sequence, row, self._formerly(known)))
        except UnicodeEncodeError:
            return self._fitting(known)
        return text if len(text) <= self.room else self._fitting(known)

    def decode(self, text: bytes) -> Known | None:
        """Return the remembered row; None where the table's columns have other types by now."""
        try:
            held: Any = self._decode(text)
        except msgspec.MsgspecError:
            return None
        return Known(held.sequence, held.row, held.former)

    def row_decoder(self, columns: Collection[str]) -> Callable[[bytes], Any]:
        """Return the function from a text to the row with these columns alone; the others are passed over.

        It raises msgspec.MsgspecError where `decode` gives None.
        """
        glance: Any = msgspec.defstruct("Glance", [("row", row_type(self._table, columns))], gc=False)
        decode = self._decoder(glance)
        return lambda text: decode(text).row

    def _decoder(self, kind: Any) -> Callable[[bytes], Any]:
        """Return the function from a text to a struct; only one with words for numbers is read as leniently.

        A lenient reader takes texts for more than that: the base64 text `null` for none.
        """
        strict: Callable[[bytes], Any] = msgspec.json.Decoder(kind).decode
        if not self._floats:
            return strict
        lenient = msgspec.json.Decoder(kind, strict=False).decode

        def decode(text: bytes) -> Any:
            try:
                return strict(text)
            except msgspec.ValidationError:
                return lenient(text)

        return decode

    def written(self, sequence: str, row: str) -> str:
        """Return the expression of what `encode` gives for two expressions: a sequence's bytes and a row.

        Sequences hold nothing that JSON escapes. The row must refuse no mapping; a longer text than there is
        room for is for `encode` to shorten. The names are those of `scope`.
        """
        if self._floats:
            return f"encode_known(Known({sequence}.decode(), {row}))"
        return f"join(({_HEAD!r}, {sequence}, b'\",\"row\":', encode_row({row}), b'}}'))"

    def special(self, text: str, sequence: str) -> str:
        """Return the condition on which a text must be decoded before a change with that sequence.

        Its own may be later, or mappings may refuse its row. Most texts are looked at in two places: the
        sequence with the quotation mark behind it, which sorts before all that sequences hold, and the end,
        where `former` would be an object of rows or nulls.
        """
        later = f"{text}[{len(_HEAD)} : {len(_HEAD) + 1} + len({sequence})] > {sequence} + b'\"'"
        return f"{later} or ({text}[-3] in b'}}l' and b'\"former\":' in {text})"

    @property
    def scope(self) -> dict[str, Any]:
        """The names to which the expression of `written` refers."""
        return {"Known": Known, "encode_known": self.encode, "encode_row": self._encode, "join": b"".join}

    def _formerly(self, known: Known) -> "dict[str, Any] | None":
        if known.former is None:
            return None
        return {name: row and self._finite(row) for name, row in known.former.items()}

    def _finite(self, row: Any) -> Any:
        """Return the row with texts for what JSON has no numbers for."""
        values = {name: getattr(row, name) for name in self._floats}
        odd = {name: word for name, value in values.items() if (word := _word(value)) is not value}
        if not odd:
            return row
        names = dict(zip(row.__struct_fields__, row.__struct_encode_fields__, strict=True))
        shown = {names[name]: odd.get(name, getattr(row, name)) for name in names}
        return {name: value for name, value in shown.items() if value is not UNSET}

    def _fitting(self, known: Known) -> bytes:
        """Return the text of as many columns as fit, the key's first, then the shortest."""
        row, size = {}, 64 + len(known.sequence)
        pieces = []
        for name, column in zip(self._row.__struct_fields__, self._row.__struct_encode_fields__, strict=True):
            value = getattr(known.row, name)
            if value is UNSET:
                continue
            try:
                text = self._encode(_word(value) if name in self._floats else value)
            except UnicodeEncodeError:
                continue
            pieces.append((name not in self.names, len(text), column, text))
        for _, length, column, text in sorted(pieces):
            size += length + len(self._encode(column)) + 2
            if size > self.room:
                break
            row[column] = msgspec.Raw(text)
        return self._encode({"sequence": known.sequence, "row": row})


def _has_floats(field: Field) -> bool:
    parts = field.fields if field.item is None else (field.item,)
    return field.kind is Kind.FLOAT or any(map(_has_floats, parts))


def _word(value: Any) -> Any:
    """Return the contract's word for a number that is none, in lists and nested values too."""
    if isinstance(value, list):
        return [_word(each) for each in value]
    if isinstance(value, msgspec.Struct):
        return {name: _word(getattr(value, name)) for name in value.__struct_fields__}
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _key_function(names: list[str], encode: Callable[[Any], bytes]) -> Callable[[Any], bytes | None]:
    """Return the function from a row to the end of its key's text, None where a part of it is not known."""
    if not names:
        return lambda _row: None
    parts = ", ".join(f"row.{name}" for name in names)
    tests = " or ".join(f"row.{name} is UNSET or row.{name} is None" for name in names)
    lines = [
        "def key(row):",
        f"    if row is None or {tests}:",
        "        return None",
        "    try:",
        f"        return encode(({parts},))[1:]",
        "    except UnicodeEncodeError:",
        "        return None",
    ]
    names_of_code: dict[str, Any] = {"encode": encode, "UNSET": UNSET}
    exec("\n".join(lines), names_of_code)  # noqa: S102  # built from names, which are identifiers
    return cast("Callable[[Any], bytes | None]", names_of_code["key"])
