"""Statements for generated code that make rows of a message's images, for the formats' readings.

They expect the operation in `operation` and the images in `after` and `before`, decoded and maybe None, and
leave rows there. What is unusual they refuse.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

from franca.formats.change import Operation
from franca.formats.columns import Columns


def names_of(after: Columns, before: Columns) -> dict[str, Any]:
    """Return what the statements refer to."""
    return {
        "UNSET": UNSET,
        "finish_after": after.finish,
        "finish_before": before.finish,
        "row_after": after.row,
        "row_before": before.row,
    }


def both_images(
    after: Columns, before: Columns, updated: Sequence[str] = (), deleted: Sequence[str] = ()
) -> list[str]:
    """Return the statements for messages that have the row before and the row after, each where it is.

    `updated` are more of them for an update alone, `deleted` for a delete. Only these two have a row before.
    """
    finish = ["if before is not None:", "    before = finish_before(before)"] if before.finish else []
    return [
        "if operation == 'delete':",
        *indented([*finish, *deleted]),
        "    after = None",
        *indented(complete(before)),
        "else:",
        "    if after is None:",
        "        raise Unexpected",
        *indented(finish_after(after)),
        *indented(something(after)),
        "    if operation == 'update':",
        *indented(indented([*updated, *finish] or ["pass"])),
        "    else:",
        "        before = None",
    ]


def whole_images(operation: Operation, after: Columns, before: Columns) -> list[str]:
    """Return the statements for messages of one operation, whose images lack no column."""
    finish = ["if before is not None:", "    before = finish_before(before)"] if before.finish else []
    return {
        "insert": finish_after(after),
        "read": finish_after(after),
        "update": [*finish_after(after), *finish],
        "delete": finish,
    }[operation]


def row_and_old(after: Columns, before: Columns) -> list[str] | None:
    """Return the statements for messages with the whole row in `after` and what it was otherwise in `before`.

    A delete's `after` is the row before. None where a column of the row before is not decoded of the row.
    """
    if not is_part(before, after):
        return None
    finish = ["before = finish_before(before)"] if before.finish else []
    return [
        "if after is None:",
        "    raise Unexpected",
        *finish_after(after),
        *something(after),
        "if operation == 'insert':",
        "    before = None",
        "elif operation == 'update':",
        "    if before is not None:",
        *indented(indented([*finish, f"before = {overlaid(before, 'before', 'after')}"])),
        "elif operation == 'delete':",
        f"    before, after = {copied(before, 'after')}, None",
        *indented(complete(before)),
        "else:",
        "    before = None",
    ]


def row_beside(after: Columns, before: Columns, prefix: str, deleted: Sequence[str] = ()) -> list[str]:
    """Return the statements for a `message` with the columns of its one row among its own fields.

    A delete's row is that before it; `deleted` are more statements for it. `names_beside` are at hand.
    """
    before_it = f"before, after = {before.expression('message', prefix, 'before')}, None"
    return [
        "if operation == 'delete':",
        *indented(
            [before_it, *complete(before), *deleted] if is_part(before, after) else ["raise Unexpected"]
        ),
        "else:",
        f"    before, after = None, {after.expression('message', prefix, 'after')}",
        *indented(something(after)),
    ]


def names_beside(after: Columns, before: Columns, prefix: str) -> dict[str, Any]:
    """Return what the statements of `row_beside` refer to."""
    made = {"made_after": after.made_of(prefix), "made_before": before.made_of(prefix)}
    return {**names_of(after, before), **made}


def is_part(before: Columns, after: Columns) -> bool:
    """Return whether a row of the one's columns can be made of a row of the other's."""
    return {field.name for field in before.fields} <= {field.name for field in after.fields}


def finish_after(after: Columns) -> list[str]:
    """Return the statements that convert the columns of the row after, which is there."""
    return ["after = finish_after(after)"] if after.finish else []


def something(after: Columns) -> list[str]:
    """Return the statements that refuse a row, which is there, without any of the columns."""
    absent = " is ".join(["UNSET", *(f"after.{field.name}" for field in after.fields)])
    return [f"if {absent}:", "    raise Unexpected"] if after.fields else []


def complete(before: Columns) -> list[str]:
    """Return the statements that refuse a row before that is not there, or lacks a column."""
    tests = ["before is None", *(f"before.{field.name} is UNSET" for field in before.fields)]
    return [f"if {' or '.join(tests)}:", "    raise Unexpected"]


def copied(columns: Columns, row: str) -> str:
    """Return the expression of a row before made of another row."""
    return f"row_before({', '.join(f'{row}.{field.name}' for field in columns.fields)})"


def deleted_row(before: Columns) -> list[str]:
    """Return the statements that make the row before of itself, if it is there, and of the row in `after`."""
    return [
        "if before is None:",
        f"    before = {copied(before, 'after')}",
        "else:",
        f"    before = {overlaid(before, 'before', 'after')}",
    ]


def overlaid(columns: Columns, over: str, under: str, kind: str = "row_before") -> str:
    """Return the expression of a row of these columns: those of one row, and of another where it has none."""
    names = [field.name for field in columns.fields]
    values = [f"{under}.{name} if {over}.{name} is UNSET else {over}.{name}" for name in names]
    return f"{kind}({', '.join(values)})"


def indented(lines: Sequence[str]) -> list[str]:
    """Return the statements one step deeper."""
    return [f"    {line}" for line in lines]
