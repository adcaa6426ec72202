"""Which mappings can tell what an update ends only from the row before it, and what goes wrong without."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from franca.mapping.mapping import Mapping
from franca.mapping.tree import Expression, columns_of
from franca.model.shape import shape_of

REMEDY = (
    "let the capture send whole rows from before each change: REPLICA IDENTITY FULL (PostgreSQL), "
    "supplemental logging of all columns (Oracle), binlog_row_image=FULL (MySQL, MariaDB)"
)


class BeforeImages(NamedTuple):
    """The application's columns whose earlier values are needed, and what happens where none are sent."""

    columns: tuple[str, ...]
    without: tuple[str, ...]


def before_images(mapping: Mapping[Any, Any]) -> BeforeImages | None:
    """Return what a mapping needs of the row before a change, None where the table's key tells all.

    A row's key is always known, so only columns beside it on which it depends whether, how many and which
    entities the row makes can change unseen.
    """
    shape = shape_of(mapping.table)
    changing = mapping.key_columns - {field.name for field in shape.keys}
    if not changing:
        return None
    columns = tuple(field.column for field in shape.fields if field.name in changing)
    return BeforeImages(columns, tuple(_without(mapping, changing)))


def _without(mapping: Mapping[Any, Any], changing: frozenset[str]) -> Iterator[str]:
    tree, keys = mapping.tree, [field.name for field in shape_of(mapping.entity).keys]

    def depends(node: Expression | None) -> bool:
        return node is not None and not changing.isdisjoint(columns_of(node))

    if depends(tree.where) or (not tree.is_list and any(depends(item.where) for item in tree.items)):
        yield "an update that ends the condition leaves the entity"
    if tree.is_list and any(depends(item.where) for item in tree.items):
        yield "an update that shortens the list leaves the items it had"
    if any(depends(item.fields[name]) for item in tree.items for name in keys):
        yield "an update that changes the key leaves the entity of the old one"
    yield "a delete is the problem absent-input"
