"""How to read the transactions of wal2json's first version fast: all their changes of one table."""

from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple, Union

import msgspec

from franca.formats.change import Loose, Planned, Skip
from franca.formats.columns import Columns
from franca.formats.images import both_images, indented
from franca.formats.planned import planned_rows
from franca.formats.reading import Reading
from franca.formats.wal2json_plan import Head, Shape, images_of, is_whole, names_for


class Transactions(NamedTuple):
    """What transactions have in common: the head, the table, and a shape for each operation that was met."""

    head: Head
    table: str
    changes: tuple[Shape, ...]


def transactions_of(found: Sequence[Loose | Skip], known: Hashable) -> Transactions | None:
    """Return what a transaction has in common with the known ones, None of one that is read carefully."""
    changes = [each for each in found if isinstance(each, Loose)]
    shapes = [each.shape for each in changes if isinstance(each.shape, Shape)]
    tables = {each.table for each in changes}
    if len(shapes) < len(found) or len(tables) > 1:
        return None
    head, (table,) = shapes[0].head, tables
    by_operation = {}
    if isinstance(known, Transactions) and (known.head, known.table) == (head, table):
        by_operation = {shape.operation: shape for shape in known.changes}
    by_operation |= {shape.operation: shape for shape in shapes}
    return Transactions(head, table, tuple(by_operation[name] for name in sorted(by_operation)))


def planned_transactions(shape: Transactions, after: Columns, before: Columns, epoch: int) -> Planned | None:
    """Return the function that decodes such transactions, None where a new row lacks a column."""
    if not all(is_whole(each, after) for each in shape.changes):
        return None
    kinds = {f"kind_{each.operation}": _kind(each, shape.table, after, before) for each in shape.changes}
    lines = []
    place, old_place = "change.columnvalues[{0}]".format, "change.oldkeys.keyvalues[{0}]".format
    for each in shape.changes:
        images = images_of(each, after, before, partial(place), partial(old_place))
        lines += [f"if type(change) is kind_{each.operation}:", f"    operation = {each.operation!r}"]
        lines += indented(images)
    whole = msgspec.defstruct(
        "Transaction",
        [*shape.head.fields, ("change", list[Union[tuple(kinds.values())]])],  # type: ignore[misc]  # noqa: UP007  # made at run time
        kw_only=True,
        gc=False,
    )
    head = [*shape.head.lines, "if not message.change:", "    raise Unexpected"]
    names = {**names_for(shape.head, after, before, epoch), **kinds}
    reading = Reading(whole, whole, head, "", shape.head.time, names, text=shape.head.begin)
    each_change = "for row, change in enumerate(message.change):"
    return planned_rows(reading, each_change, [*lines, *both_images(after, before)])


def _kind(shape: Shape, table: str, after: Columns, before: Columns) -> type[msgspec.Struct]:
    fields: list[Any] = [("table", Literal[table])]  # made at run time
    if shape.operation != "delete":
        fields += [("columnnames", _names(shape.new)), ("columnvalues", _values(shape.new, after))]
    if shape.operation != "insert":
        fields.append(("oldkeys", None, None) if shape.old is None else ("oldkeys", _old(shape.old, before)))
    return msgspec.defstruct("Change", fields, tag_field="kind", tag=shape.operation, kw_only=True, gc=False)


def _old(names: tuple[str, ...], before: Columns) -> type[msgspec.Struct]:
    fields: list[Any] = [("keynames", _names(names)), ("keyvalues", _values(names, before))]
    return msgspec.defstruct("Old", fields, gc=False)


def _names(names: tuple[str, ...]) -> Any:
    return tuple.__class_getitem__(tuple(Literal[name] for name in names))


def _values(names: tuple[str, ...], columns: Columns) -> Any:
    """Return the type of a list of values of these columns, of which the wanted ones count."""
    wanted = {field.encode_name: field.type for field in msgspec.structs.fields(columns.wire)}
    return tuple.__class_getitem__(tuple(wanted.get(name, msgspec.Raw) for name in names))
