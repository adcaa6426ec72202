"""Rows of one table off the wire: a struct to decode into, and what is left to convert.

Columns whose JSON is already their value cost nothing; for the others a function is generated. `read` is
the careful way for a row that the fast one refuses: it takes any JSON value and names the column.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Optional, Union
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, UnsetType

from franca.errors import DecodeError
from franca.formats.refusal import BAD_JSON, refusal
from franca.formats.semantics import UNKNOWN, Semantic
from franca.formats.unfit import Unfit
from franca.formats.unsent import UNSENT
from franca.formats.values import Convert, converter, parts_of
from franca.model.entity import Table
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.rows import row_type
from franca.model.shape import shape_of

_CONVERTED: dict[Kind, Any] = {
    Kind.DECIMAL: Any,
    Kind.BOOLEAN: bool | int,
    Kind.DATE: int | date,
    Kind.TIME: int | str,
    Kind.TIMESTAMP: int | str,
}
"""How columns that are converted come off the wire where no schema says otherwise.

Decimals come as anything: their text is read by their converter alone, because Python reads `1_0` and ` 1`.
"""

_decode_cell = msgspec.json.Decoder(float_hook=Decimal).decode


class Columns:
    """The wanted columns of a table, for messages whose columns mean what `semantics` says, or `otherwise`.

    Formats with a meaning of their own for all columns (`otherwise`) have ways of their own to leave a value
    out: what stands for one in Debezium's rows is a value in theirs. `wire` is the type to decode into,
    `whole` the same for rows that lack no column; `finish` makes the row of either, None where `wire` is the
    row already.
    """

    def __init__(
        self,
        table: type[Table],
        names: Iterable[str],
        semantics: Mapping[str, Semantic] | None = None,
        zone: ZoneInfo | None = None,
        otherwise: Semantic = UNKNOWN,
    ) -> None:
        wanted = frozenset(names)
        known = semantics or {}
        self.fields = [field for field in shape_of(table).fields if field.name in wanted]
        self.row = row_type(table, wanted)
        self._unsent = UNSENT if otherwise == UNKNOWN else ()
        self._converters = {
            field.name: converter(field, known.get(field.column, otherwise), zone) for field in self.fields
        }
        converted = {
            field.name: kind
            for field in self.fields
            if (kind := _wire(field, known.get(field.column, otherwise))) is not None
        }
        self.wire = _wire_type(self.row, self.fields, converted) if converted else self.row
        self.whole = _whole(self.wire)
        self._converted = converted
        self.finish = self.made_of() if converted else None

    def made_of(self, prefix: str = "") -> Callable[[Any], msgspec.Struct]:
        """Return the function that makes a row of an object which has the columns' fields, with a prefix."""
        return _finish(self.row, self.fields, self._converted, self._converters, prefix)

    def expression(self, name: str, prefix: str, image: str) -> str:
        """Return the expression, as Python text, of a row made of the object `name`.

        The image's name ends those of what it refers to: `made_<image>` is `made_of(prefix)`, `row_<image>`
        the row's type.
        """
        if self._converted:
            return f"made_{image}({name})"
        cells = ", ".join(f"{name}.{prefix}{field.name}" for field in self.fields)
        return f"row_{image}({cells})"

    def beside(
        self, prefix: str, others: Iterable[Any], rename: Mapping[str, str], *, is_closed: bool = False
    ) -> tuple[Any, Any]:
        """Return types, as `wire` and `whole`, of objects with other fields beside the columns, or no more.

        The columns' attributes begin with the prefix; `made_of` and `expression` make the row.
        Raises ValueError where the names in the message clash, or no field can have one of them.
        """
        more, kinds = [*others], []
        names = {prefix + field.name: field.column for field in self.fields} | {**rename}
        for wire in (self.wire, self.whole):
            fields = [
                (prefix + each.name, each.type) if each.required else (prefix + each.name, each.type, UNSET)
                for each in msgspec.structs.fields(wire)
            ]
            kinds.append(
                msgspec.defstruct(
                    "Beside",
                    [*fields, *more],
                    rename=names,
                    forbid_unknown_fields=is_closed,
                    kw_only=True,
                    gc=False,
                )
            )
        return kinds[0], kinds[1]

    def read(self, cells: Mapping[str, msgspec.Raw], *, nulls_are_absent: bool = False) -> msgspec.Struct:
        """Return the row of a JSON object's cells. Raises DecodeError with the column's path.

        `nulls_are_absent` is for images of a row that may be incomplete: a null where the column allows
        none means that it was not sent.
        """
        values = {}
        for field in self.fields:
            raw = cells.get(field.column)
            if raw is None:
                continue
            values[field.name] = self._cell(field, raw, nulls_are_absent)
        return self.row(**values)

    def _cell(self, field: Field, raw: msgspec.Raw, nulls_are_absent: bool) -> Any:
        try:
            value = _decode_cell(raw)
        except BAD_JSON as error:
            found = refusal(bytes(raw), error)
            raise DecodeError(field.column, found.reason, found.code) from error
        if value in self._unsent or (value is None and nulls_are_absent and not field.nullable):
            return UNSET
        try:
            return None if value is None and field.nullable else self._converters[field.name](value)
        except Unfit as error:
            raise DecodeError(field.column, error.reason, error.code) from error


def _wire(field: Field, semantic: Semantic) -> Any:
    """Return the wire type of a column that needs converting, None for one that does not."""
    if semantic.is_unscaled or semantic.is_bits:
        return str
    if semantic.is_binary and field.kind is Kind.INTEGER:
        return int | str
    if semantic.labels is not None and field.kind in {Kind.TEXT, Kind.ENUM}:
        return str
    if field.unit == "unscaled" and not semantic.type:
        return int | str
    if field.kind is Kind.TEXT and semantic.unit is not None:
        return int
    if field.kind is Kind.TEXT and field.trim:
        return str
    if semantic.never_json and field.kind not in {Kind.TEXT, Kind.ENUM, Kind.UUID, Kind.LIST, Kind.STRUCT}:
        return str
    if field.kind is Kind.BYTES and semantic.bytes_form != "base64":
        return str
    if field.kind in {Kind.LIST, Kind.STRUCT}:
        is_same = all(_wire(part, meaning) is None for part, meaning in parts_of(field, semantic))
        if field.kind is Kind.LIST and semantic.is_styled:
            return list | str
        return None if is_same else dict if field.kind is Kind.STRUCT else list
    return _CONVERTED.get(field.kind)


def _wire_type(row: type[msgspec.Struct], fields: list[Field], converted: Mapping[str, Any]) -> Any:
    types = {field.name: field.type for field in msgspec.structs.fields(row)}
    for field in fields:
        if field.name in converted:
            bare = converted[field.name]
            bare = Optional[bare] if field.nullable else bare  # noqa: UP045  # built at run time
            types[field.name] = Union[bare, UnsetType]  # noqa: UP007  # built at run time
    return msgspec.defstruct(
        f"{row.__name__}Wire",
        [(name, kind, UNSET) for name, kind in types.items()],
        rename={field.name: field.column for field in fields},
        gc=False,
    )


def _whole(wire: Any) -> Any:
    """Return the type with the same fields, all of them required."""
    fields = [(field.name, field.type) for field in msgspec.structs.fields(wire)]
    names = {field.name: field.encode_name for field in msgspec.structs.fields(wire)}
    return msgspec.defstruct(f"{wire.__name__}Whole", fields, rename=names, gc=False)


def _finish(
    row: type[msgspec.Struct],
    fields: list[Field],
    converted: Mapping[str, Any],
    converters: Mapping[str, Convert],
    prefix: str,
) -> Callable[[Any], msgspec.Struct]:
    """Generate the function that makes a row of its wire form, converting only what needs it."""
    lines = ["def finish(wire):"]
    values: dict[str, Any] = {"row": row, "UNSET": UNSET}
    strict = {field.name for field in fields if not field.nullable and converted.get(field.name) is Any}
    arguments = []
    for number, field in enumerate(fields):
        if field.name not in converted:
            arguments.append(f"wire.{prefix}{field.name}")
            continue
        values[f"convert{number}"] = converters[field.name]
        lines += [
            f"    v{number} = wire.{prefix}{field.name}",
            f"    if {'' if field.name in strict else f'v{number} is not None and '}v{number} is not UNSET:",
            f"        v{number} = convert{number}(v{number})",
        ]
        arguments.append(f"v{number}")
    lines.append(f"    return row({', '.join(arguments)})")
    exec("\n".join(lines), values)  # noqa: S102  # built from field names, which are identifiers
    made: Callable[[Any], msgspec.Struct] = values["finish"]
    return made
