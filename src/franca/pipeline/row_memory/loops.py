"""The two loops over usual records of a table that remembers, generated: what they are, then what they give.

Between them all their rows are recalled at once. As in the loop without a memory, what is not usual is left
to the careful way: a delete, absent columns, a change of what a row makes, a late change, any problem.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias, cast

from franca.formats.reading import Reading
from franca.mapping.python.compiled import new_emitter
from franca.pipeline.loop import Step, names_of, naming, writings
from franca.pipeline.row_memory.changelog import prefix_of
from franca.pipeline.row_memory.codec import UNSET, RowCodec
from franca.types import Message, Placed, Record

Usual: TypeAlias = "tuple[Record, bytes, Any, Any, bytes, bytes, bytes, bytes]"
"""A usual change: raw record, key of its row, the rows before and after, place, offset, sequence, time."""

Rows: TypeAlias = "dict[bytes, bytes | None]"
"""Remembered rows by their keys, encoded: most are looked at no further than at their sequence."""
Read: TypeAlias = (
    "Callable[[Sequence[Record], int, int, list[Usual], set[bytes], Callable[[Record], bytes]], int]"
)
Write: TypeAlias = "Callable[[Sequence[Usual], int, Rows, dict[bytes, Placed], list[Message]], int]"


class Loops(NamedTuple):
    """`read(records, at, end, tasks, keys, prefix)` adds usual changes and the keys of their rows.

    `write(tasks, at, rows, changed, out)` adds events. Both return the place of the first that is left to
    others.
    """

    read: Read
    write: Write


class Remembered(NamedTuple):
    """How the rows of a table are remembered, and on which topic."""

    table: str
    topic: str
    codec: RowCodec


def make_loops(reading: Reading, steps: Sequence[Step], remembered: Remembered) -> Loops:
    """Return the loops for these mappings of messages that are read like this."""
    return Loops(_reader(reading, steps, remembered.codec.names), _writer(steps, remembered))


def _reader(reading: Reading, steps: Sequence[Step], keys: Sequence[str]) -> Read:
    parts = ", ".join(f"after.{key}" for key in keys)
    moved = " or ".join(f"before.{key} is not UNSET and before.{key} != after.{key}" for key in keys)
    lines = [
        "def read(records, at, end, tasks, keys, prefix_of):",
        "    topic, append, add = records[at].topic, tasks.append, keys.add",
        "    partition, here, last, own = -1, None, None, -1",
        "    for at, record in enumerate(islice(records, at, end), at):",
        "        if record.topic != topic:",
        "            return at",
        "        raw = record",
        "        try:",
        *reading.statements(3),
        f"            if operation == 'delete' or None in ({parts},) or before is not None and ({moved}):",
        "                return at",
        *naming(reading),
        "            if raw.partition != own:",
        "                own, prefix = raw.partition, prefix_of(raw)",
        f"            key = prefix + encode(({parts},))[1:]",
        "        except Exception:",
        "            return at",
        "        append((raw, key, before, after, place, offset, sequence, time))",
        "        add(key)",
        "    return end",
    ]
    names = {**reading.scope(reading.whole), **names_of(new_emitter(), steps), "UNSET": UNSET}
    exec(compile("\n".join(lines), "<franca reading>", "exec"), names)  # noqa: S102  # the text is ours
    return cast("Read", names["read"])


def _writer(steps: Sequence[Step], remembered: Remembered) -> Write:
    table, topic, codec = remembered
    emitter = new_emitter()
    emitter.row, emitter.complete, emitter.depth = "after", True, 3
    ends = writings(emitter, steps)
    columns = list(dict.fromkeys(column for step in steps for column in step.key_columns))
    recalled = [column for column in columns if column not in codec.names]  # the others are those asked for
    lines = [
        "def write(tasks, at, rows, changed, out):",
        "    append, own = out.append, -1",
        "    for at, task in enumerate(islice(tasks, at, None), at):",
        "        if len(task) != 8:",
        "            return at",
        "        raw, key, before, after, place, offset, sequence, time = task",
        "        known = rows.get(key)",
        "        try:",
        f"            if known is not None and ({codec.special('known', 'sequence')}):",
        "                return at",
        "            if known is not None:",
        *(["                before = row_of(known)"] if recalled else []),
        f"                if {_differs(recalled)}:",
        "                    return at",
        f"            elif before is not None and ({_differs(columns)}):",
        "                return at",
        *emitter.lines,
        f"            text = {codec.written('sequence', 'after')}",
        f"            if len(text) > {codec.room}:",
        "                return at",
        "        except Exception:",
        "            return at",
        *(f"        {end}" for end in ends),
        "        if raw.partition != own:",
        "            own = raw.partition",
        f"            start = len(prefix_of({table!r}, own))",
        "        rows[key] = text",
        f"        changed[key] = {topic!r}, key[start:], own, text",
        "    return len(tasks)",
    ]
    names: dict[str, Any] = {
        **names_of(emitter, steps),
        **codec.scope,
        "prefix_of": prefix_of,
        "row_of": codec.row_decoder(recalled),
    }
    exec(compile("\n".join(lines), "<franca writing>", "exec"), names)  # noqa: S102  # the text is ours
    return cast("Write", names["write"])


def _differs(columns: Sequence[str]) -> str:
    """Return the condition on which the row after differs from the one before in a column."""
    return " or ".join(f"before.{column} != after.{column}" for column in columns) or "False"
