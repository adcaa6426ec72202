"""How to read MongoDB's changes fast: the document is a text in the message, and is decoded in its turn."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

import msgspec

from franca.formats.columns import Columns
from franca.formats.debezium_source import CLOCKS, Moment, Place, scaled
from franca.formats.images import finish_after, something
from franca.formats.moments import text_of_number
from franca.formats.planned import Plan, planned
from franca.formats.reading import Reading, Unexpected
from franca.formats.sequence import padded
from franca.formats.unsent import is_unsent_in

_EXTENDED = re.compile(
    r'\{\s*"\$(?:oid|numberDecimal|symbol)"\s*:\s*(?P<text>"[^"\\]*")\s*\}'
    r'|\{\s*"\$number(?:Long|Int)"\s*:\s*"(?P<number>-?(?:0|[1-9][0-9]{0,18}))"\s*\}'
)
_DATE = re.compile(r'\{\s*"\$date"\s*:\s*(-?[0-9]{1,15})\s*\}')
"""Extended types whose values are written down at once. Within a text their quotes would be escaped."""


def make_document_plan(clock: str, prefix: bytes, after: Columns, epoch: int) -> Plan:
    """Return the plan for messages whose source has this field for the time, and a place in the log."""
    better = list(CLOCKS)[: list(CLOCKS).index(clock)]
    fields: dict[str, Any] = {"connector": Literal["mongodb"], "ord": Place, "ts_ms": Moment, clock: Moment}
    source = msgspec.defstruct(
        "Source",
        [*fields.items(), *((name, None, None) for name in better if name not in fields)],
        kw_only=True,
        gc=False,
    )
    kind = msgspec.defstruct(
        "Envelope",
        [("before", None, None), ("after", str), ("source", source), ("op", Literal["c", "u", "r"])],
        kw_only=True,
        gc=False,
    )
    reading = Reading(
        kind,
        kind,
        [
            "before, source, operation = None, message.source, operations[message.op]",
            "after = document(message.after)",
            *finish_after(after),
            *something(after),
            "second, turn = str(source.ts_ms // 1000), str(source.ord)",
        ],
        f"({_SEQUENCE}).encode()",
        f"source.{clock}{scaled(clock)}",
        {
            "UNSET": msgspec.UNSET,
            "operations": {"c": "insert", "u": "update", "r": "read"},
            "document": document_reader(after),
            "finish_after": after.finish,
            "begins": padded(f"{epoch:04d}.oplog.", 20),
            "turns": padded("-", 20),
        },
        prefix,
        _SEQUENCE,
    )
    return Plan(reading, planned(reading))


_SEQUENCE = "f'{begins[len(second)]}{second}{turns[len(turn)]}{turn}.000'"


def document_reader(columns: Columns) -> Callable[[str], Any]:
    """Return the function from a document's text to a row off the wire; it raises one of `change.REFUSED`."""
    decode = msgspec.json.Decoder(columns.wire, float_hook=Decimal).decode
    is_unsent = is_unsent_in(columns.fields)

    def read(text: str) -> Any:
        if "$" in text:
            text = _DATE.sub(_moment, _EXTENDED.sub(_value, text))
            if '"$' in text:
                raise Unexpected
        if is_unsent(text):
            raise Unexpected
        return decode(text)

    return read


def _value(found: re.Match[str]) -> str:
    return found["text"] or found["number"]


def _moment(found: re.Match[str]) -> str:
    return f'"{text_of_number(int(found[1]) * 1000, "us", is_time=False)}Z"'
