"""A plan: how to decode the Debezium messages of one kind straight into what is wanted of them."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import msgspec

from franca.formats.columns import Columns
from franca.formats.debezium_source import CLOCKS, FAMILIES, Moment


class PlanKey(NamedTuple):
    """What tells kinds of messages apart: the schema's text, the kind of position, the field of the time."""

    schema: bytes
    kind: str
    clock: str


class Plan(NamedTuple):
    """A typed decoder for the payload after the prefix, and what is left to do with what it gives."""

    prefix: bytes
    skip: int
    decode: Callable[[Any], Any]
    finish_after: Callable[[Any], msgspec.Struct] | None
    finish_before: Callable[[Any], msgspec.Struct] | None
    sequence: Callable[[int, Any], str]
    clock: str
    times: int
    parts: int


def make_plan(key: PlanKey, prefix: bytes, after: Columns, before: Columns) -> Plan:
    """Return the plan for messages of a kind; only what is wanted of them gets decoded."""
    family = FAMILIES[key.kind]
    source = msgspec.defstruct("Source", [(key.clock, Moment), *family.fields], gc=False)
    images: list[tuple[str, Any, Any]] = [
        ("before", before.wire | None, None),
        ("after", after.wire | None, None),
    ]
    envelope = msgspec.defstruct(
        "Envelope",
        [*images[0 if before.fields else 1 :], ("source", source), ("op", Literal["c", "u", "d", "r"])],
        namespace=None if before.fields else {"before": None},
        gc=False,
        kw_only=True,
    )
    times, parts = CLOCKS[key.clock]
    return Plan(
        prefix,
        len(prefix),
        msgspec.json.Decoder(envelope).decode,
        after.finish,
        before.finish,
        family.sequence,
        key.clock,
        times,
        parts,
    )
