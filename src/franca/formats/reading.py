"""How generated code reads the messages of one kind: the type to decode into, and the statements that follow.

A format describes its usual messages once. Of that description a function for one message is generated
(`planned.py`), and the on-ramp's loop over whole batches. What a reading does not expect raises, and the
careful way finds out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec


class Unexpected(Exception):  # noqa: N818  # it says "ask the decoder itself", and nobody else sees it
    """The message is not as planned."""


@dataclass(frozen=True, eq=False)
class Reading:
    """How to read messages that begin with `prefix` (all bytes up to the payload, mostly none).

    `type` is what the payload is decoded into; `whole` is the same for messages whose row after the change
    lacks no wanted column. Where messages are no JSON, both are functions that make the row of a value.
    `lines` are statements with `record`, `value` (its bytes) and `message` (decoded) at hand; they leave
    `operation`, `before` and `after`, or raise one of `change.REFUSED`. They may put another object with
    topic, partition, offset and timestamp in the place of `record`; `placed` are then the statements for the
    first of each topic and partition. `sequence` is an expression of bytes,
    `time` one of microseconds since 1970. `text` is the sequence as text, where that is cheaper than its
    bytes; there the offset's digits are `number`. `names` are what all of them refer to. `value` is the
    expression of the bytes.
    """

    type: Any
    whole: Any
    lines: Sequence[str]
    sequence: str
    time: str
    names: Mapping[str, Any] = field(default_factory=dict)
    prefix: bytes = b""
    text: str = ""
    value: str = "record.value"
    is_json: bool = True
    placed: Sequence[str] = ()

    def statements(self, depth: int) -> list[str]:
        """Return the statements from `record` to the row images, at the depth."""
        lines = [f"value = {self.value}", "if value is None:", "    raise Unexpected"]
        if not self.is_json:
            return ["    " * depth + line for line in (*lines, "message = parse(value)", *self.lines)]
        argument = "value"
        if self.prefix:
            lines += ["if not value.startswith(prefix):", "    raise Unexpected"]
            argument = f"memoryview(value)[{len(self.prefix)}:-1]"
        lines += ["if not value.isascii():", "    value.decode()", f"message = parse({argument})"]
        return ["    " * depth + line for line in (*lines, *self.lines)]

    def scope(self, kind: Any) -> dict[str, Any]:
        """Return the names to which the statements refer; `kind` is `type` or `whole`."""
        parse = msgspec.json.Decoder(kind, float_hook=Decimal).decode if self.is_json else kind
        return {**self.names, "parse": parse, "prefix": self.prefix, "Unexpected": Unexpected}
