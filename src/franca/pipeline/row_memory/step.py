"""One table's part of the on-ramp where its rows are remembered.

What a change lacks is filled from the row as it was: absent columns, the row before an update, the row of a
delete. A change that comes late (its sequence is smaller than the row's) neither asks nor changes the memory.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import msgspec

from franca.errors import RecordError
from franca.formats.change import Change, Decoded, Skip, decode
from franca.formats.keys import is_incomplete, merged
from franca.formats.reading import Reading
from franca.pipeline.row_memory.changelog import prefix_of, topic_prefix
from franca.pipeline.row_memory.codec import UNSET, Known, RowCodec
from franca.pipeline.row_memory.loops import Loops, Remembered, Rows, Usual, make_loops
from franca.pipeline.row_memory.memory import RowMemory
from franca.pipeline.table_step import NO_FORMER, Problems, TableStep, write_each
from franca.types import Message, Placed, Record

Refused: TypeAlias = "list[tuple[Record, str, RecordError]]"
"""Refusals of some records, each with the mapping that refused, empty where decoding did."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOOPS = 64
CHUNK = 256
"""So many records are decoded before their events are made, out of the processor's cache."""


class _Task(NamedTuple):
    """A change, with the key of its row after it and before it, None where a key is not known."""

    record: Record
    now: bytes | None
    was: bytes | None
    change: Change


class Remembering:
    """Runs a table's step over records with the rows that it remembers; `rows` is their topic.

    What an update lacks is filled. What an insert or a read row lacks, it does not have (a record with one of
    several layouts tells all of its row), unless the table's messages are said to be partial.
    """

    def __init__(self, step: TableStep, codec: RowCodec, memory: RowMemory, table: str, rows: str) -> None:
        self._step, self._codec, self._memory = step, codec, memory
        self._remembered = Remembered(table, rows, codec)
        self._is_partial = step.capture == "partial"
        self._prefixes: dict[tuple[str, int], bytes] = {}
        self._loops = lru_cache(maxsize=_LOOPS)(self._made)

    def run(
        self, records: Sequence[Record], at: int, out: list[Message], refused: Refused
    ) -> tuple[int, int]:
        """Add what records of one topic give, from `at` on; return where they end, and how many events."""
        topic, count = records[at].topic, 0
        while at < len(records) and records[at].topic == topic:
            tasks: list[Any] = []
            keys: set[bytes] = set()
            at = self._read(records, at, tasks, keys, refused)
            rows: Rows = self._memory.recall(keys)
            changed: dict[bytes, Placed] = {}
            count += self._write_all(tasks, rows, changed, out, refused)
            self._memory.remember(changed)
        return at, count

    def _read(
        self, records: Sequence[Record], at: int, tasks: list[Any], keys: set[bytes], refused: Refused
    ) -> int:
        """Add the tasks that the next records of one topic are, and their keys; return where they end."""
        topic, end = records[at].topic, min(at + CHUNK, len(records))
        while at < end:
            loops = self._current()
            if loops is not None:
                at = loops.read(records, at, end, tasks, keys, self._start)
            if at == end or records[at].topic != topic:
                break
            record = records[at]
            try:
                own = list(self._tasks(record, decode(self._step.decoder, record), refused))
            except RecordError as error:
                refused.append((record, "", error))
            else:
                tasks += own
                keys.update(key for task in own for key in (task.now, task.was) if key is not None)
            at += 1
            if at < end and records[at].topic != topic:
                break
        return at

    def _write_all(
        self,
        tasks: Sequence[Any],
        rows: Rows,
        changed: dict[bytes, Placed],
        out: list[Message],
        refused: Refused,
    ) -> int:
        """Add the events of tasks, and what they change; return how many events there were."""
        loops, place, count = self._current(), 0, 0
        while place < len(tasks):
            before = len(out)
            if loops is not None:
                place = loops.write(tasks, place, rows, changed, out)
                count += len(out) - before
            if place < len(tasks):
                problems: Problems = []
                try:
                    count += self._write(_careful(tasks[place]), rows, changed, out, problems)
                except RecordError as error:
                    problems.append(("", error))
                refused += [(tasks[place][0], name, error) for name, error in problems]
                place += 1
        return count

    def _current(self) -> Loops | None:
        reading = self._step.decoder.reading
        return None if reading is None else self._loops(reading)

    def _made(self, reading: Reading) -> Loops:
        return make_loops(reading, self._step.steps, self._remembered)

    def _tasks(self, record: Record, decoded: Decoded, refused: Refused) -> Iterator[_Task]:
        if isinstance(decoded, Change):
            prefix, key = self._start(record), self._codec.key
            after, before, end = decoded.after, decoded.before, key(decoded.after)
            if before is not None or end is None:
                before = merged(before, decoded.key)
            old = key(before)
            if end is None and after is not None:  # a column that it lacks has not changed
                end = key(_was(after, before))
            now = None if end is None else prefix + end
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
            found = prefix_of(self._remembered.table, record.partition) + topic_prefix(record.topic)
            self._prefixes[place] = found
        return found

    def _write(
        self,
        task: _Task,
        rows: Rows,
        changed: dict[bytes, Placed],
        out: list[Message],
        problems: Problems,
    ) -> int:
        record, now, was, change = task
        text = rows.get(was) if was is not None else None
        known = self._codec.decode(text) if text is not None else None
        if known is None:
            full = change
        elif change.sequence < known.sequence:
            return self._late(change, out, problems)
        else:
            fills = self._is_partial or change.operation == "update"
            full = _filled(change, known.row, fills=fills)
        former = NO_FORMER if known is None or known.former is None else known.former
        count = self._step.write(full, out, problems, former)
        if was is not None and was != now:
            rows[was], changed[was] = None, self._placed(record, was, None)
        if now is not None:
            text = self._codec.encode(Known(full.sequence, full.after, _standing(problems, known)))
            rows[now], changed[now] = text, self._placed(record, now, text)
        return count

    def _placed(self, record: Record, key: bytes, text: bytes | None) -> Placed:
        start = len(prefix_of(self._remembered.table, record.partition))
        return self._remembered.topic, key[start:], record.partition, text

    def _late(self, change: Change, out: list[Message], problems: Problems) -> int:
        """Write a change that newer ones have overtaken; what it lacks, nobody needs any more."""
        own: Problems = []
        count = self._step.write(change, out, own)
        problems += [problem for problem in own if problem[1].code != "absent-input"]
        return count


def _careful(task: "_Task | Usual") -> _Task:
    """Return a task; of a usual change, which lacks no column, with all that the careful way asks for.

    It is not read again: what came after it may have taught the decoder to read it otherwise.
    """
    if isinstance(task, _Task):
        return task
    record, key, before, after, place, offset, sequence, time = task
    position: str = msgspec.json.decode(b'"%s%s"' % (place, offset))
    moment = (datetime.fromisoformat(time.decode()) - _EPOCH) // timedelta(microseconds=1)
    return _Task(record, key, key, Change("update", before, after, sequence.decode(), moment, position))


def _standing(problems: Problems, known: Known | None) -> dict[str, Any] | None:
    """Return for each mapping that refuses the row of what row its events stand, None where all took it."""
    before = known.row if known is not None else None
    former = known.former if known is not None else None
    return {name: (former or {}).get(name, before) for name, _ in problems if name} or None


def _filled(change: Change, known: Any, *, fills: bool) -> Change:
    """Return the change with what it lacks taken from the row as it was."""
    after = change.after
    if after is None:
        return msgspec.structs.replace(change, before=_was(known, merged(change.before, change.key)))
    if fills and is_incomplete(after):
        after = merged(after, known)
    before = _was(known, change.before)
    return Change(change.operation, before, after, change.sequence, change.time, change.position, change.key)


def _was(known: Any, told: msgspec.Struct | None) -> Any:
    """Return the row of which the events were made: the one that is known.

    A message may tell another, where a change between them was refused. It has what is not remembered.
    """
    if told is None:
        return known
    values = {name: getattr(known, name) for name in told.__struct_fields__}
    return msgspec.structs.replace(
        told, **{name: value for name, value in values.items() if value is not UNSET}
    )
