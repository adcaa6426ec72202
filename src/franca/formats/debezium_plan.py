"""A plan: how to read the Debezium messages of one kind straight into changes.

Its code is generated, because what it would ask of every message (a schema before the payload? columns
to convert? which clock?) is the same for all messages of the kind. What it does not expect it refuses, and
the careful way finds out.
"""

from typing import Any, Literal, NamedTuple

import msgspec

from franca.formats.columns import Columns
from franca.formats.debezium_source import CLOCKS, FAMILIES, Moment, scaled
from franca.formats.images import complete, indented
from franca.formats.keys import FILLED
from franca.formats.planned import Plan, planned
from franca.formats.reading import Reading
from franca.formats.unsent import ROW_TEST_NAMES, row_test
from franca.model.kind import Kind

TELLING = {Kind.TEXT, Kind.INTEGER, Kind.FLOAT, Kind.BOOLEAN}
"""The kinds of columns whose value on the wire tells at once whether it was sent."""


class PlanKey(NamedTuple):
    """What tells kinds of messages apart: the schema's text, the kind of position, the field of the time."""

    schema: bytes
    kind: str
    clock: str


def make_plan(key: PlanKey, prefix: bytes, after: Columns, before: Columns, epoch: int) -> Plan:
    """Return the plan for messages of a kind; only what is wanted of them gets decoded."""
    family = FAMILIES[key.kind]
    reading = Reading(
        _envelope(key, after.wire, before),
        _envelope(key, after.whole, before),
        [
            "op, source, before, after = message.op, message.source, message.before, message.after",
            *_images(key, after, before),
            *family.lines,
        ],
        family.sequence(epoch),
        f"source.{key.clock}{scaled(key.clock)}",
        {
            "UNSET": msgspec.UNSET,
            "FILLED": FILLED,
            **ROW_TEST_NAMES,
            "finish_after": after.finish,
            "finish_before": before.finish,
            **family.names(epoch),
        },
        prefix,
        family.text,
    )
    return Plan(reading, planned(reading))


def _envelope(key: PlanKey, after: Any, before: Columns) -> type[msgspec.Struct]:
    better = list(CLOCKS)[: list(CLOCKS).index(key.clock)]
    fields: list[Any] = [
        (key.clock, Moment),
        *FAMILIES[key.kind].fields,
        *((name, None, None) for name in better),
    ]
    source = msgspec.defstruct("Source", fields, kw_only=True, gc=False)
    images: list[tuple[str, Any, Any]] = [
        ("before", before.wire | None, None),
        ("after", after | None, None),
    ]
    return msgspec.defstruct(
        "Envelope",
        [*images[0 if before.fields else 1 :], ("source", source), ("op", Literal["c", "u", "d", "r"])],
        namespace=None if before.fields else {"before": None},
        gc=False,
        kw_only=True,
    )


def _images(key: PlanKey, after: Columns, before: Columns) -> list[str]:
    """Return the lines that look for values left out, and make rows of the images, by the operation."""
    finish_after = ["    after = finish_after(after)"] if after.finish else []
    finish_before = ["    if before is not None:", "        before = finish_before(before)"]
    return [
        *_unsent(after, before),
        "if op == 'u':",
        *_filled(key, after, before),
        "    if after is None:",
        "        raise Unexpected",
        "    operation = 'update'",
        *finish_after,
        *(finish_before if before.finish else []),
        "elif op == 'd':",
        *_filled(key, None, before),
        *(finish_before if before.finish else []),
        *indented(complete(before)),
        "    operation, after = 'delete', None",
        "else:",
        "    if after is None:",
        "        raise Unexpected",
        "    operation = 'insert' if op == 'c' else 'read'",
        *finish_after,
        *(finish_before if before.finish else []),
    ]


def _unsent(after: Columns, before: Columns) -> list[str]:
    """Return the lines that refuse images with values left out."""
    lines = []
    for name, columns in (("after", after), ("before", before)):
        test = row_test(name, columns.fields)
        if test:
            lines += [f"if {name} is not None and ({test}):", "    raise Unexpected"]
    return lines


def _filled(key: PlanKey, after: Columns | None, before: Columns) -> list[str]:
    """Return the lines that refuse a row before of which PostgreSQL may have sent the key alone."""
    if key.kind != "lsn" or all(field.key for field in before.fields):
        return []
    tests = [
        f"before.{field.name} in FILLED" for field in before.fields if not field.key and field.kind in TELLING
    ]
    if after is not None:
        held = {field.name for field in after.fields}
        changed = [f"before.{f.name} != after.{f.name}" for f in before.fields if f.key and f.name in held]
        tests.append(f"(after is None or {' or '.join(changed) or True})")
    return [f"    if {' and '.join(['before is not None', *tests])}:", "        raise Unexpected"]
