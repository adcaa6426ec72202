"""Statements for generated code that make rows of a message's images, for the formats' readings.

They expect the operation in `operation` and the images in `after` and `before`, decoded and maybe None, and
leave rows there. What is unusual they refuse.
"""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import UNSET

from franca.formats.columns import Columns
from franca.formats.keys import is_incomplete


def names_of(after: Columns, before: Columns) -> dict[str, Any]:
    """Return what the statements refer to."""
    return {
        "UNSET": UNSET,
        "finish_after": after.finish,
        "finish_before": before.finish,
        "is_incomplete": is_incomplete,
        "overlaid": _overlaid(before),
    }


def both_images(after: Columns, before: Columns, updated: Sequence[str] = ()) -> list[str]:
    """Return the statements for messages that have the row before and the row after, each where it is.

    `updated` are more of them, for an update alone. Only an update and a delete have a row before.
    """
    finish = ["if before is not None:", "    before = finish_before(before)"] if before.finish else []
    return [
        "if operation == 'delete':",
        *_indented(finish),
        "    after = None",
        "    if is_incomplete(before):",
        "        raise Unexpected",
        "else:",
        "    if after is None:",
        "        raise Unexpected",
        *_indented(_finish_after(after)),
        *_indented(something(after)),
        "    if operation == 'update':",
        *_indented(_indented([*updated, *finish] or ["pass"])),
        "    else:",
        "        before = None",
    ]


def row_and_old(after: Columns, before: Columns) -> list[str] | None:
    """Return the statements for messages with the whole row in `after` and what it was otherwise in `before`.

    A delete's `after` is the row before. None where a column of the row before is not decoded of the row.
    """
    if not {field.name for field in before.fields} <= {field.name for field in after.fields}:
        return None
    finish = "finish_before(before)" if before.finish else "before"
    return [
        "if after is None:",
        "    raise Unexpected",
        *_finish_after(after),
        *something(after),
        "if operation == 'insert':",
        "    before = None",
        "elif operation == 'update':",
        f"    before = None if before is None else overlaid({finish}, after)",
        "elif operation == 'delete':",
        "    before, after = overlaid(None, after), None",
        "    if is_incomplete(before):",
        "        raise Unexpected",
        "else:",
        "    before = None",
    ]


def _finish_after(after: Columns) -> list[str]:
    return ["after = finish_after(after)"] if after.finish else []


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def something(after: Columns) -> list[str]:
    """Return the statements that refuse a row, which is there, without any of the columns."""
    absent = " is ".join(["UNSET", *(f"after.{field.name}" for field in after.fields)])
    return [f"if {absent}:", "    raise Unexpected"] if after.fields else []


def _overlaid(before: Columns) -> Callable[[Any, Any], Any]:
    """Generate the function that makes a row before of what was otherwise and of the row after."""
    names: Sequence[str] = [field.name for field in before.fields]
    same = ", ".join(f"{name}=after.{name}" for name in names)
    older = ", ".join(f"{name}=after.{name} if old.{name} is UNSET else old.{name}" for name in names)
    code = f"def overlaid(old, after):\n    return row({same}) if old is None else row({older})"
    scope: dict[str, Any] = {"UNSET": UNSET, "row": before.row}
    exec(code, scope)  # noqa: S102  # built from field names, which are identifiers
    made: Callable[[Any, Any], Any] = scope["overlaid"]
    return made
