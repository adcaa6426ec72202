"""The `Table` class that a copybook stands for, as Python source: what `franca import-tables` writes.

`columns_of(text)` gives the columns as values, `table_source(text)` the class.
"""

import keyword
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from franca.formats.copybook.item import Item
from franca.formats.copybook.layout import Leaf
from franca.formats.copybook.records import Records
from franca.model.layouts import Copybook

_SHOWN_VALUES = 6


class CopybookColumn(NamedTuple):
    """One column: the copybook's name for it, one legal in Python, its type, what is to be said of it.

    `type` is a type of the model (`str`, `int`, `Decimal`, `float`, `bytes`); `digits` are a decimal's, all
    and after the point; `size` is in bytes; `comment` has the picture and the values that level 88 names.
    """

    column: str
    name: str
    type: str
    digits: tuple[int, int] | None
    size: int
    comment: str


def columns_of(copybook: str, layout: Copybook | None = None) -> Sequence[CopybookColumn]:
    """Return the columns of a copybook's text. Raises DefinitionError with what is wrong with it.

    `layout` says what else is known: which `record` of several, when alternatives are read.
    """
    records = Records(layout or Copybook(), copybook)
    taken: set[str] = set()
    return [_column(leaf, taken) for leaf in records.leaves]


def table_source(copybook: str, name: str, layout: Copybook) -> str:
    """Return the source of the class `name`, to stand below `imports_of` the same text.

    Every column but those without an unset value may be null; no column is the key yet, for which the class
    has a line that asks for it.
    """
    columns = columns_of(copybook, layout)
    lines = [f"class {name}(Table, format={_written(layout)}):"]
    lines += [f'    """{layout.path or "A copybook"}: mark the key\'s columns with Key[...]."""', ""]
    lines += [f"    {each.name}: {_annotation(each)}{_remark(each)}" for each in columns]
    return "\n".join(lines) + "\n"


def imports_of(copybook: str, layout: Copybook) -> Sequence[str]:
    """Return the import statements that `table_source` needs."""
    columns = columns_of(copybook, layout)
    annotated = [each for each in columns if "Annotated" in _annotation(each)]
    names = ["Copybook", "Table"]
    names += ["Column"] if any(each.column != each.name for each in columns) else []
    names += ["Digits"] if any(each.digits for each in columns) else []
    lines = ["from decimal import Decimal"] if any(each.digits for each in columns) else []
    lines += ["from typing import Annotated", ""] if annotated else [""] if lines else []
    return [*lines, f"from franca import {', '.join(sorted(names))}"]


def _column(leaf: Leaf, taken: set[str]) -> CopybookColumn:
    element = leaf.node.element
    assert element is not None
    kind, digits = "str", None
    if element.is_exact:
        kind = "Decimal" if element.scale > 0 else "int"
        stored = max(element.digits, element.scale) if element.scale > 0 else element.digits - element.scale
        digits = (stored, element.scale) if element.scale > 0 else None
    elif element.form == "float":
        kind = "float"
    elif element.form == "bytes":
        kind = "bytes"
    comment = "; ".join(_comments(leaf.node.item))
    return CopybookColumn(leaf.column, _name(leaf.column, taken), kind, digits, element.size, comment)


def _name(column: str, taken: set[str]) -> str:
    """Return a name for the column that Python allows, and that no other has."""
    name = re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_") or "column"
    name = f"c_{name}" if name[0].isdigit() else name
    name = f"{name}_" if keyword.iskeyword(name) else name
    found, number = name, 2
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    taken.add(found)
    return found


def _comments(item: Item) -> Iterator[str]:
    usage = f" {item.usage}" if item.usage not in {"", "display"} else ""
    yield (item.picture_text + usage).strip()
    for condition in item.conditions:
        values = [low if low == high else f"{low} to {high}" for low, high in condition.values]
        shown = values[:_SHOWN_VALUES] + (["…"] if len(values) > _SHOWN_VALUES else [])
        yield f"{condition.name}: {', '.join(shown)}"


def _annotation(column: CopybookColumn) -> str:
    kind = column.type if column.type == "float" else f"{column.type} | None"
    marks = [f'Column("{column.column}")'] if column.column != column.name else []
    marks += [f"Digits({column.digits[0]}, {column.digits[1]})"] if column.digits else []
    return f"Annotated[{kind}, {', '.join(marks)}]" if marks else kind


def _remark(column: CopybookColumn) -> str:
    text = " ".join(column.comment.split())
    return f"  # {text}" if text else ""


def _written(layout: Copybook) -> str:
    """Return the layout as source, only what differs from the defaults."""
    plain = type(layout)()
    told = {name: getattr(layout, name) for name in layout.__dataclass_fields__}
    differing = [f"{name}={value!r}" for name, value in told.items() if value != getattr(plain, name)]
    return f"{type(layout).__name__}({', '.join(differing)})"
