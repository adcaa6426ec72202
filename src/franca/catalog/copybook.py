"""Tables from a COBOL copybook: each record of level 01 is one, its elementary items the columns."""

from franca.catalog.annotation import quoted
from franca.catalog.table import Catalog, ColumnType, SourceColumn, SourceTable
from franca.formats.copybook.element import Element
from franca.formats.copybook.item import Item
from franca.formats.copybook.layout import Leaf
from franca.formats.copybook.parser import parse
from franca.formats.copybook.records import Records
from franca.model.kind import Kind
from franca.model.layouts import Copybook

_NO_KEY = "a copybook names no key: mark the columns that tell its rows apart with Key[...]"
_SHOWN_VALUES = 6


def read_copybook(text: str, path: str, origin: str, name: str = "") -> Catalog:
    """Return the records of a copybook as tables whose classes name it. Raises DefinitionError.

    `name` is for a record that has none.
    """
    records = parse(text, origin, Copybook(path).library)
    tables = []
    for record in records:
        layout = Copybook(path, record=record.name if len(records) > 1 else "")
        columns = tuple(_column(leaf) for leaf in Records(layout, text).leaves)
        chosen = f", record={quoted(record.name)}" if layout.record else ""
        source = f"Copybook({quoted(path)}{chosen})"
        table = (record.name or name or "record").lower().replace("-", "_")
        tables.append(SourceTable(table, columns, remarks=(_NO_KEY,), layout=source))
    return Catalog(origin, tuple(tables))


def _column(leaf: Leaf) -> SourceColumn:
    element, item = leaf.node.element, leaf.node.item
    assert element is not None
    usage = f" {item.usage}" if item.usage not in {"", "display"} else ""
    told = (item.picture_text + usage).strip()
    precision, scale = _digits(element)
    kind = ColumnType(_kind(element), precision, scale, told=told, remark=told)
    return SourceColumn(leaf.column, kind, comment=_conditions(item))


def _kind(element: Element) -> Kind:
    if element.is_exact:
        return Kind.DECIMAL if element.scale > 0 else Kind.INTEGER
    return {"float": Kind.FLOAT, "bytes": Kind.BYTES}.get(element.form, Kind.TEXT)


def _digits(element: Element) -> tuple[int, int] | tuple[None, None]:
    """Return a decimal's digits, all and after the point: a `P` stands for some that are not stored."""
    if _kind(element) is not Kind.DECIMAL:
        return None, None
    return max(element.digits, element.scale), element.scale


def _conditions(item: Item) -> str:
    """Return the values that level 88 names."""
    told = []
    for condition in item.conditions:
        values = [low if low == high else f"{low} to {high}" for low, high in condition.values]
        shown = values[:_SHOWN_VALUES] + (["…"] if len(values) > _SHOWN_VALUES else [])
        told.append(f"{condition.name}: {', '.join(shown)}")
    return "; ".join(told)
