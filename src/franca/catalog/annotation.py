"""A column's annotation as Python text, and the names it needs imported."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from franca.catalog.table import ColumnType, SourceColumn
from franca.model.kind import Kind

_NAMES = {
    Kind.TEXT: "str",
    Kind.INTEGER: "int",
    Kind.DECIMAL: "Decimal",
    Kind.FLOAT: "float",
    Kind.BOOLEAN: "bool",
    Kind.DATE: "date",
    Kind.TIME: "time",
    Kind.TIMESTAMP: "datetime",
    Kind.BYTES: "bytes",
    Kind.UUID: "UUID",
}
MODULES = {
    "Annotated": "typing",
    "Decimal": "decimal",
    "Enum": "enum",
    "UUID": "uuid",
    "date": "datetime",
    "datetime": "datetime",
    "time": "datetime",
    **dict.fromkeys(("Application", "Column", "Copybook", "Csv", "Digits", "Key", "Table"), "franca"),
}
"""Where the names that a written module may use come from."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """The text behind the colon, the names in it, and what should be said of it."""

    text: str
    names: frozenset[str]
    remark: str = ""


def annotation(
    column: SourceColumn, attribute: str, enums: Mapping[tuple[str, ...], str], *, is_key: bool
) -> Annotation:
    """Return the annotation. `enums` are the classes of enumerations by their name and values.

    A key of bytes is declared as text, which they are in messages, one of floats as a decimal.
    """
    kind = key_type(column.type) if is_key else column.type
    bare = _bare(kind, enums)
    names = {bare.removeprefix("list[").removesuffix("]").removesuffix(" | None")} & MODULES.keys()
    marks = []
    if kind.kind is Kind.DECIMAL and kind.precision is not None:
        marks.append(f"Digits({kind.precision}, {kind.scale})")
        names.add("Digits")
    if attribute != column.name or kind.width is not None:
        parts = [quoted(column.name)] if attribute != column.name else []
        parts += [f"width={kind.width}"] if kind.width is not None else []
        marks.append(f"Column({', '.join(parts)})")
        names.add("Column")
    text = f"Key[{bare}]" if is_key else f"{bare} | None" if column.nullable else bare
    if is_key:
        names.add("Key")
    if marks:
        text = f"Annotated[{text}, {', '.join(marks)}]"
        names.add("Annotated")
    return Annotation(text, frozenset(names), kind.remark)


def key_type(kind: ColumnType) -> ColumnType:
    """Return the type that a key column of this type gets; see `annotation`."""
    if kind.kind is Kind.BYTES:
        return ColumnType(Kind.TEXT, told=kind.told, remark=f"{kind.told}, as base64 text")
    if kind.kind is Kind.FLOAT:
        return ColumnType(Kind.DECIMAL, told=kind.told, remark=kind.told)
    return kind


def enum_key(kind: ColumnType) -> tuple[str, ...]:
    """Return what tells an enumeration from others: its name and its values."""
    return (kind.enum, *kind.labels)


def _bare(kind: ColumnType, enums: Mapping[tuple[str, ...], str]) -> str:
    if kind.kind is Kind.ENUM:
        return enums[enum_key(kind)]
    if kind.kind is Kind.LIST:
        item = kind.item or ColumnType(Kind.TEXT)
        null = " | None" if kind.has_nulls else ""
        return f"list[{_bare(replace(item, precision=None, scale=None), enums)}{null}]"
    return _NAMES.get(kind.kind, "str")


def quoted(text: str) -> str:
    """Return a text as Python source, in double quotes as formatters write it."""
    shown = repr(text)
    if shown[0] == "'" and '"' not in shown:
        return f'"{shown[1:-1]}"'
    return shown
