"""The two loops over usual records of a table that remembers, generated: what they are, then what they give.

Between them all their rows are recalled at once. As in the loop without a memory, what is not usual is left
to the careful way: a delete, absent columns, a change of what a row makes, a late change, any problem.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias, cast

import msgspec

from franca.formats.reading import Reading
from franca.mapping.python.compiled import new_emitter
from franca.pipeline.loop import Step, names_of, naming, writings
from franca.pipeline.row_memory.codec import Known
from franca.types import Message, Record

Usual: TypeAlias = "tuple[Record, bytes, Any, Any, bytes, bytes, bytes, bytes]"
"""A usual change: raw record, key of its row, the rows before and after, place, offset, sequence, time."""

Rows: TypeAlias = "dict[bytes, Known | None]"
Read: TypeAlias = "Callable[[Sequence[Record], int, list[Usual], Callable[[Record], bytes]], int]"
Write: TypeAlias = (
    "Callable[[Sequence[Usual], int, Rows, dict[bytes, tuple[Record, Known | None]], list[Message]], int]"
)


class Loops(NamedTuple):
    """`read(records, at, tasks, prefix)` adds usual changes, `write(tasks, at, rows, changed, out)` events.

    Both return the place of the first that is left to others.
    """

    read: Read
    write: Write


def make_loops(reading: Reading, steps: Sequence[Step], keys: Sequence[str]) -> Loops:
    """Return the loops for these mappings of messages that are read like this; `keys` are the table's."""
    return Loops(_reader(reading, steps, keys), _writer(steps))


def _reader(reading: Reading, steps: Sequence[Step], keys: Sequence[str]) -> Read:
    parts = ", ".join(f"after.{key}" for key in keys)
    lines = [
        "def read(records, at, tasks, prefix_of):",
        "    topic, append, partition, here, last, own = records[at].topic, tasks.append, -1, None, None, -1",
        "    for at, record in enumerate(islice(records, at, None), at):",
        "        if record.topic != topic:",
        "            return at",
        "        raw = record",
        "        try:",
        *reading.statements(3),
        f"            if operation == 'delete' or None in ({parts},):",
        "                return at",
        *naming(reading),
        "            if raw.partition != own:",
        "                own, prefix = raw.partition, prefix_of(raw)",
        f"            key = prefix + encode(({parts},))[1:]",
        "        except Exception:",
        "            return at",
        "        append((raw, key, before, after, place, offset, sequence, time))",
        "    return len(records)",
    ]
    names = {**reading.scope(reading.whole), **names_of(new_emitter(), steps)}
    exec(compile("\n".join(lines), "<franca reading>", "exec"), names)  # noqa: S102  # the text is ours
    return cast("Read", names["read"])


def _writer(steps: Sequence[Step]) -> Write:
    emitter = new_emitter()
    emitter.row, emitter.complete, emitter.depth = "after", True, 3
    ends = writings(emitter, steps)
    columns = dict.fromkeys(column for step in steps for column in step.key_columns)
    differs = " or ".join(f"before.{column} != after.{column}" for column in columns) or "False"
    lines = [
        "def write(tasks, at, rows, changed, out):",
        "    append = out.append",
        "    for at, task in enumerate(islice(tasks, at, None), at):",
        "        if len(task) != 8:",
        "            return at",
        "        raw, key, before, after, place, offset, sequence, time = task",
        "        rank, known = sequence.decode(), rows.get(key)",
        "        if known is not None:",
        "            if rank < known[0] or known[2] is not None:",
        "                return at",
        "            if before is None:",
        "                before = known[1]",
        f"        if before is not None and ({differs}):",
        "            return at",
        "        try:",
        "            pass",
        *emitter.lines,
        "        except Exception:",
        "            return at",
        *(f"        {end}" for end in ends),
        "        rows[key] = state = Known(rank, after)",
        "        changed[key] = raw, state",
        "    return len(tasks)",
    ]
    names: dict[str, Any] = {**names_of(emitter, steps), "Known": Known, "UNSET": msgspec.UNSET}
    exec(compile("\n".join(lines), "<franca writing>", "exec"), names)  # noqa: S102  # the text is ours
    return cast("Write", names["write"])
