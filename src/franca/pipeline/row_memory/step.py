"""One table's part of the on-ramp where its rows are remembered.

What a change lacks is filled from the row as it was: absent columns, the row before an update, the row of a
delete. A change that comes late (its sequence is smaller than the row's) neither asks nor changes the memory.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import msgspec

from franca.errors import RecordError
from franca.formats.change import Change, Decoded, Skip, decode
from franca.formats.keys import is_incomplete, merged
from franca.formats.reading import Reading
from franca.pipeline.row_memory.changelog import prefix_of, topic_prefix
from franca.pipeline.row_memory.codec import Known, RowCodec
from franca.pipeline.row_memory.loops import Loops, Rows, make_loops
from franca.pipeline.row_memory.memory import RowMemory
from franca.pipeline.table_step import NO_FORMER, Problems, TableStep, write_each
from franca.types import Message, Placed, Record

Refused: TypeAlias = "list[tuple[Record, str, RecordError]]"
"""Refusals of some records, each with the mapping that refused, empty where decoding did."""

_LOOPS = 64


class _Task(NamedTuple):
    """A change, with the key of its row after it and before it, None where a key is not known."""

    record: Record
    now: bytes | None
    was: bytes | None
    change: Change


class Remembering:
    """Runs a table's step over records with the rows that it remembers; `rows` is their topic."""

    def __init__(self, step: TableStep, codec: RowCodec, memory: RowMemory, table: str, rows: str) -> None:
        self._step, self._codec, self._memory = step, codec, memory
        self._table, self._rows = table, rows
        self._prefixes: dict[tuple[str, int], bytes] = {}
        self._loops = lru_cache(maxsize=_LOOPS)(self._made)

    def run(
        self, records: Sequence[Record], at: int, out: list[Message], refused: Refused
    ) -> tuple[int, int]:
        """Add what records of one topic give, from `at` on; return where they end, and how many events."""
        tasks: list[Any] = []
        end = self._read(records, at, tasks, refused)
        keys = {key for task in tasks for key in task[1:3] if type(key) is bytes}
        recall = self._codec.decode
        rows: Rows = {key: recall(text) for key, text in self._memory.recall(keys).items()}
        changed: dict[bytes, tuple[Record, Known | None]] = {}
        place = count = 0
        loops = self._current()
        while place < len(tasks):
            before = len(out)
            if loops is not None:
                place = loops.write(tasks, place, rows, changed, out)
                count += len(out) - before
            if place < len(tasks):
                for task in self._careful(tasks[place]):
                    problems: Problems = []
                    count += self._write(task, rows, changed, out, problems)
                    refused += [(task.record, name, error) for name, error in problems]
                place += 1
        self._remember(changed)
        return end, count

    def _read(self, records: Sequence[Record], at: int, tasks: list[Any], refused: Refused) -> int:
        """Add the tasks that records of one topic are; return where they end."""
        topic = records[at].topic
        while at < len(records):
            loops = self._current()
            if loops is not None:
                at = loops.read(records, at, tasks, self._start)
            if at == len(records) or records[at].topic != topic:
                break
            record = records[at]
            try:
                tasks += self._tasks(record, decode(self._step.decoder, record), refused)
            except RecordError as error:
                refused.append((record, "", error))
            at += 1
            if at < len(records) and records[at].topic != topic:
                break
        return at

    def _current(self) -> Loops | None:
        reading = self._step.decoder.reading
        return None if reading is None else self._loops(reading)

    def _made(self, reading: Reading) -> Loops:
        return make_loops(reading, self._step.steps, self._codec.names)

    def _careful(self, task: Any) -> Iterator[_Task]:
        """Return the task; of a usual change that turns out to be none, the same with all that it tells."""
        if isinstance(task, _Task):
            yield task
        else:
            yield from self._tasks(task[0], decode(self._step.decoder, task[0]), [])

    def _tasks(self, record: Record, decoded: Decoded, refused: Refused) -> Iterator[_Task]:
        if isinstance(decoded, Change):
            prefix, key = self._start(record), self._codec.key
            before = decoded.before
            end = key(decoded.after)
            now = None if end is None else prefix + end
            old = None if before is None and now is not None else key(merged(before, decoded.key))
            yield _Task(record, now, now if old is None or old == end else prefix + old, decoded)
        elif isinstance(decoded, Skip):
            problems: Problems = []
            write_each(self._step, decoded, [], problems)
            refused += [(record, name, error) for name, error in problems]
        else:
            for each in decoded:
                yield from self._tasks(record, each, refused)

    def _start(self, record: Record) -> bytes:
        """Return how the store's keys of the record's rows begin."""
        place = (record.topic, record.partition)
        found = self._prefixes.get(place)
        if found is None:
            found = prefix_of(self._table, record.partition) + topic_prefix(record.topic)
            self._prefixes[place] = found
        return found

    def _write(
        self,
        task: _Task,
        rows: Rows,
        changed: dict[bytes, tuple[Record, Known | None]],
        out: list[Message],
        problems: Problems,
    ) -> int:
        record, now, was, change = task
        known = rows.get(was) if was is not None else None
        if known is None:
            full = change
        elif change.sequence < known.sequence:
            return self._late(change, out, problems)
        else:
            full = _filled(change, known.row)
        former = NO_FORMER if known is None or known.former is None else known.former
        count = self._step.write(full, out, problems, former)
        if was is not None and was != now:
            rows[was] = None
            changed[was] = (record, None)
        if now is not None:
            rows[now] = state = Known(full.sequence, full.after, _standing(problems, known))
            changed[now] = (record, state)
        return count

    def _late(self, change: Change, out: list[Message], problems: Problems) -> int:
        """Write a change that newer ones have overtaken; what it lacks, nobody needs any more."""
        own: Problems = []
        count = self._step.write(change, out, own)
        problems += [problem for problem in own if problem[1].code != "absent-input"]
        return count

    def _remember(self, changed: dict[bytes, tuple[Record, Known | None]]) -> None:
        encode, topic, last, length = self._codec.encode, self._rows, -1, 0
        placed: dict[bytes, Placed] = {}
        for key, (record, known) in changed.items():
            partition = record.partition
            if partition != last:
                last, length = partition, len(prefix_of(self._table, partition))
            placed[key] = (topic, key[length:], partition, None if known is None else encode(known))
        self._memory.remember(placed)


def _standing(problems: Problems, known: Known | None) -> dict[str, Any] | None:
    """Return for each mapping that refuses the row of what row its events stand, None where all took it."""
    before = known.row if known is not None else None
    former = known.former if known is not None else None
    return {name: (former or {}).get(name, before) for name, _ in problems if name} or None


def _filled(change: Change, known: Any) -> Change:
    """Return the change with what it lacks taken from the row as it was."""
    after, before = change.after, change.before
    if after is None:
        return msgspec.structs.replace(change, before=merged(merged(before, change.key), known))
    if is_incomplete(after):
        after = merged(after, known)
    before = known if before is None else merged(before, known)
    return Change(change.operation, before, after, change.sequence, change.time, change.position, change.key)
