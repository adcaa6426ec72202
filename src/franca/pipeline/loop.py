"""The on-ramp's loop over the usual records of one table, generated: no call stands between its stages.

It goes as far as records are as usual. What is not (a delete, a row before that ends something, a problem of
any kind) it leaves, untouched, to the careful way.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple, TypeAlias, cast

from franca.formats.reading import Reading
from franca.mapping.python.compiled import Compiled, new_emitter, scope
from franca.mapping.python.emitter import Emitter
from franca.topics.event import OPEN, Constants, encode_event, envelope
from franca.topics.moment import FRACTIONS, second_text
from franca.types import Message, Record

Loop: TypeAlias = "Callable[[Sequence[Record], int, list[Message]], int]"
"""Adds the messages of records from a place on; returns the place of the first that is left to others."""


class Step(NamedTuple):
    """One mapping of the table, as the loop needs it."""

    name: str
    topic: str
    compiled: Compiled
    key_columns: Sequence[str]
    constants: Constants
    is_list: bool
    needs_before: bool


def make_loop(reading: Reading, steps: Sequence[Step]) -> Loop:
    """Return the loop for these mappings of messages that are read like this."""
    emitter = new_emitter()
    emitter.row, emitter.complete, emitter.depth = "after", True, 3
    ends = writings(emitter, steps)
    lines = [
        "def loop(records, at, out):",
        "    topic, append, partition, here, last = records[at].topic, out.append, -1, None, None",
        "    for at, record in enumerate(islice(records, at, None), at):",
        "        if record.topic != topic:",
        "            return at",
        "        try:",
        *reading.statements(3),
        f"            if {_is_unusual(steps)}:",
        "                return at",
        *naming(reading),
        *emitter.lines,
        "        except Exception:",
        "            return at",
        *(f"        {end}" for end in ends),
        "    return len(records)",
    ]
    names = {**reading.scope(reading.whole), **names_of(emitter, steps)}
    exec(compile("\n".join(lines), "<franca on-ramp>", "exec"), names)  # noqa: S102  # the text is ours
    return cast("Loop", names["loop"])


def naming(reading: Reading) -> list[str]:
    """Return the statements that leave a change's `place`, `offset`, `sequence` and `time`, as in events."""
    return [
        "            if record.partition != partition or record.topic != here:",
        *(f"                {line}" for line in reading.placed),
        "                partition, here = record.partition, record.topic",
        "                place = place_of(here, partition)",
        f"            second, fraction = divmod({reading.time}, 1000000)",
        "            if second != last:",
        "                last, start = second, second_text(second)",
        "            offset, sequence = b'%d' % record.offset, " + reading.sequence,
        "            time = start + (FRACTIONS.get(fraction) or b'%06dZ' % fraction)",
    ]


def writings(emitter: Emitter, steps: Sequence[Step]) -> list[str]:
    """Write how the messages of a row are made; return the statements that add them, once all are."""
    return [_writing(emitter, number, step) for number, step in enumerate(steps)]


def names_of(emitter: Emitter, steps: Sequence[Step]) -> dict[str, Any]:
    """Return the names to which all these statements refer."""
    return {
        **scope(emitter),
        **{f"events{number}": step.compiled.events for number, step in enumerate(steps)},
        "FRACTIONS": FRACTIONS,
        "encode": encode_event,
        "islice": islice,
        "join": b"".join,
        "place_of": _place_of,
        "second_text": second_text,
    }


@lru_cache(maxsize=4096)
def _place_of(topic: str, partition: int) -> bytes:
    """Return how the ids of events begin, as JSON without quotes."""
    return encode_event(f"{topic}/{partition}/")[1:-1]


def _is_unusual(steps: Sequence[Step]) -> str:
    """Return the condition on which a change may end what its row made before, or breaks a promise."""
    columns = dict.fromkeys(column for step in steps for column in step.key_columns)
    differs = " or ".join(f"before.{column} != after.{column}" for column in columns) or "False"
    condition = f"operation == 'delete' or (before is not None and ({differs}))"
    if any(step.needs_before for step in steps):
        condition += " or (before is None and operation == 'update')"
    return condition


def _writing(emitter: Emitter, number: int, step: Step) -> str:
    """Write how a mapping's messages are made; return the statement that adds them."""
    made = None if step.is_list else step.compiled.inline(emitter)
    if made is not None:
        subject, data = made
        key = emitter.bind(f"{subject}.encode()")
        shown = emitter.bind(f"{key} if {subject}.isalnum() else encode({subject})[1:-1]")
        value = emitter.bind(_value(step, f"{OPEN}/{step.name}/c", [shown, f"encode({data})"]))
        return f"append(({step.topic!r}, {key}, {value}))"
    place, loop = f"{OPEN}/{step.name}/c", f"for subject, data in events{number}(after)"
    rest = ["encode(subject)[1:-1]", "encode(data)"]
    if step.is_list:
        place = f"{OPEN}/{step.name}/{OPEN}/c"
        loop = f"for item, (subject, data) in enumerate(events{number}(after))"
        rest = ["b'%d' % item", *rest]
    messages = emitter.bind(f"[({step.topic!r}, subject.encode(), {_value(step, place, rest)}) {loop}]")
    return f"out += {messages}"


def _value(step: Step, place: str, rest: Sequence[str]) -> str:
    """Return the expression of an event's bytes: what never changes, and between it what does."""
    changing: Iterator[str] = iter(["place, offset", *rest[:-1], "time", "sequence", rest[-1]])
    pieces = envelope(step.constants, place)
    parts = [f"{piece!r}, {next(changing)}" for piece in pieces[:-1]]
    return f"join(({', '.join(parts)}, {pieces[-1]!r}))"
