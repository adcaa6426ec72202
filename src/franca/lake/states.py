"""The newest events of many keys, on two sides: what stands, and what a replay makes. Kept on disk.

A buffer takes what comes again and again. Of the rest the events lie in a file, in the order in which they
came; where, of which key and how new is sorted out by DuckDB, which spills where memory ends.
"""

import shutil
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import duckdb
import pyarrow as pa

from franca.errors import UnavailableError
from franca.lake.memory import bounded
from franca.lake.value_file import Place, ValueFile
from franca.types import Message

BUFFER_BYTES = 32 * 1024 * 1024
ENTRY_BYTES = 200
MEMORY_MEGABYTES = 256
ROWS = 2_000

MADE, STANDING = "made", "standing"


class State(NamedTuple):
    """An event of a key: its rank, whether it came too late to be of interest, whether it is a delete.

    `held` is the event, or where it lies as long as its `States` are open.
    """

    sequence: bytes
    number: int
    is_late: bool
    is_delete: bool
    held: bytes | Place

    @property
    def value(self) -> bytes:
        """The whole event. Raises UnavailableError."""
        if isinstance(self.held, bytes):
            return self.held
        try:
            return self.held.read()
        except OSError as error:
            raise _lacking(error) from error


Pair: TypeAlias = tuple[int, str, bytes, State, State]
"""A number, topic, key, and the newest event that was made and that stands."""

Single: TypeAlias = tuple[str, bytes, State]
"""Topic, key, and the newest event of one side."""


class Unmet(NamedTuple):
    """How many keys of a topic were made where nothing stands, by what their newest events are."""

    topic: str
    is_late: bool
    is_delete: bool
    keys: int


_BEFORE_TYPE = b'","type":"'
_BEFORE_SEQUENCE = b'","sequence":"'
"""Both stand once in an event's envelope, before its data; inside a text their quotes would be escaped."""

_SCHEMA = pa.schema(
    [
        ("n", pa.int64()),
        ("topic", pa.string()),
        ("key", pa.binary()),
        ("sequence", pa.binary()),
        ("number", pa.int64()),
        ("late", pa.bool_()),
        ("deleted", pa.bool_()),
        ("begin", pa.int64()),
        ("size", pa.int64()),
    ]
)
_Row: TypeAlias = tuple[str, bytes, bytes, int, bool, bool, bytes]


class States:
    """Two sides of states; what memory does not hold lies in a folder, which is removed in the end."""

    def __init__(self, folder: Path, buffer_bytes: int = BUFFER_BYTES) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        self._folder = folder
        with _told():
            folder.mkdir(parents=True)
            self._values = ValueFile(folder / "values")
            self._connection = duckdb.connect(":memory:", config=bounded(folder, MEMORY_MEGABYTES))
        self._connection.execute("SET preserve_insertion_order = false")
        self._buffers: dict[str, list[_Row]] = {MADE: [], STANDING: []}
        self._room = {MADE: buffer_bytes, STANDING: buffer_bytes}
        self._buffer_bytes = buffer_bytes
        self._flushes = {MADE: 0, STANDING: 0}
        for side in (MADE, STANDING):
            self._connection.execute(
                f"CREATE TABLE {side} (n BIGINT, topic VARCHAR, key BLOB, sequence BLOB, number BIGINT, "
                "late BOOLEAN, deleted BOOLEAN, begin BIGINT, size BIGINT)"
            )
        self._connection.execute("CREATE TABLE wanted (n BIGINT)")
        self._connection.execute("CREATE TABLE letters (id VARCHAR, value BLOB)")
        self._letters: dict[str, bytes] = {}

    def add(self, side: str, topic: str, key: bytes, state: State) -> None:
        """Keep a state where it is the newest of its key so far; of equals the later one."""
        value = state.value
        self._buffers[side].append((topic, key, *state[:4], value))
        self._take(side, len(value) + ENTRY_BYTES)

    def add_made(
        self, messages: Iterable[Message], number: int, topics: Collection[str], *, is_late: bool
    ) -> None:
        """Keep the events among an on-ramp's messages to some topics, all of one version of the mappings."""
        buffer, size = self._buffers[MADE], 0
        for topic, key, value in messages:
            if value is None or key is None or topic not in topics:
                continue
            end = value.find(b'"', value.find(_BEFORE_TYPE) + len(_BEFORE_TYPE))
            at = value.find(_BEFORE_SEQUENCE, end) + len(_BEFORE_SEQUENCE)
            sequence, is_delete = value[at : value.find(b'"', at)], value[end - 8 : end] == b".deleted"
            buffer.append((topic, key, sequence, number, is_late, is_delete, value))
            size += len(value) + ENTRY_BYTES
        self._take(MADE, size)

    def add_letter(self, name: str, value: bytes) -> None:
        """Keep a letter that was made."""
        self._letters[name] = value
        if len(self._letters) >= 20 * ROWS:
            self._flush_letters()

    def settle(self) -> None:
        """Leave the newest of each key on each side; then they may be asked for. Raises UnavailableError."""
        with _told():
            self._flush_letters()
            for side in (MADE, STANDING):
                self._flush(side)
                if self._flushes[side] > 1:
                    self._connection.execute(
                        f"DELETE FROM {side} WHERE n IN (SELECT n FROM (SELECT n, row_number() OVER "  # noqa: S608 - constants
                        "(PARTITION BY topic, key ORDER BY sequence DESC, number DESC, n DESC) AS place "
                        f"FROM {side}) WHERE place > 1)"
                    )
                    self._flushes[side] = 1

    def met(self) -> Iterator[Pair]:
        """Yield each key that was made where something stands, by topic and sequence."""
        sql = (
            f"SELECT m.n, m.topic, m.key, {_of('m')}, {_of('s')} FROM made m "  # noqa: S608 - constants
            "JOIN standing s ON m.topic = s.topic AND m.key = s.key ORDER BY m.topic, m.sequence, m.key"
        )
        for number, topic, key, *both in self._rows(sql):
            yield number, topic, key, self._state(both[:_PARTS]), self._state(both[_PARTS:])

    def unmet(self) -> Iterator[Unmet]:
        """Yield how many keys were made where nothing stands."""
        sql = f"SELECT topic, late, deleted, count(*) FROM made m WHERE {_UNMET} GROUP BY ALL ORDER BY ALL"  # noqa: S608
        return (Unmet(*row) for row in self._rows(sql))

    def created(self, topic: str, count: int) -> Iterator[Single]:
        """Yield the first keys of a topic that are there, where nothing stands."""
        return self._singles(
            f"SELECT topic, key, {_of('m')} FROM made m WHERE topic = $topic AND {_CREATED} "  # noqa: S608 - constants
            "ORDER BY sequence, key LIMIT $count",
            {"topic": topic, "count": count},
        )

    def only_standing(self) -> Iterator[Single]:
        """Yield each key that stands and was not made, by topic and sequence."""
        return self._singles(
            f"SELECT topic, key, {_of('s')} FROM standing s "  # noqa: S608 - constants
            "WHERE NOT EXISTS (SELECT 1 FROM made m WHERE m.topic = s.topic AND m.key = s.key) "
            "ORDER BY topic, sequence, key"
        )

    def wanted(self, numbers: Iterable[int]) -> Iterator[tuple[str, bytes, bool, bytes]]:
        """Yield what was made: of the pairs with these numbers, and of keys where nothing stands.

        That is topic, key, whether the event is a delete, and the event, in the order in which they were
        made. Deletes where nothing stands, and what came too late, are not among them. Raises
        UnavailableError.
        """
        batch = pa.table({"n": pa.array(numbers, pa.int64())})  # noqa: F841 - the query finds it by its name
        sql = (
            "SELECT topic, key, deleted, begin, size FROM made m "  # noqa: S608 - constants
            f"WHERE n IN (SELECT n FROM wanted) OR ({_CREATED}) ORDER BY n"
        )
        with _told():
            self._connection.execute("DELETE FROM wanted")
            self._connection.execute("INSERT INTO wanted SELECT n FROM batch")
            for rows in self._pieces(sql):
                topics, keys, deletes, begins, sizes = zip(*rows, strict=True)
                yield from zip(topics, keys, deletes, self._values.read(begins, sizes), strict=True)

    def letters(self) -> Iterator[tuple[Any, ...]]:
        """Yield id and value of each letter that was made."""
        yield from self._rows("SELECT id, value FROM letters ORDER BY id")

    def known_letters(self, names: Sequence[str]) -> set[str]:
        """Return which of some ids are those of letters that were made."""
        if not names:
            return set()
        found = self._connection.cursor().execute(
            "SELECT id FROM letters WHERE id IN (SELECT unnest($names))", {"names": list(names)}
        )
        return {name for (name,) in found.fetchall()}

    def close(self) -> None:
        """Remove everything. May be called twice."""
        self._connection.close()
        self._values.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _singles(self, sql: str, values: dict[str, Any] | None = None) -> Iterator[Single]:
        for topic, key, *parts in self._rows(sql, values):
            yield topic, key, self._state(parts)

    def _state(self, parts: Sequence[Any]) -> State:
        sequence, number, is_late, is_delete, begin, size = parts
        return State(sequence, number, is_late, is_delete, self._values.place(begin, size))

    def _rows(self, sql: str, values: dict[str, Any] | None = None) -> Iterator[tuple[Any, ...]]:
        with _told():
            for rows in self._pieces(sql, values):
                yield from rows

    def _pieces(self, sql: str, values: dict[str, Any] | None = None) -> Iterator[list[tuple[Any, ...]]]:
        asked = self._connection.cursor().execute(sql, values or {})
        while rows := asked.fetchmany(ROWS):
            yield rows

    def _take(self, side: str, size: int) -> None:
        """Tell the size of what was added; where there is no room for it, keep the newest of each key only.

        They go to disk where they fill half of the buffer.
        """
        self._room[side] -= size
        if self._room[side] < 0:
            rows = self._buffers[side] = _newest(self._buffers[side])
            self._room[side] = self._buffer_bytes - sum(len(row[-1]) + ENTRY_BYTES for row in rows)
            if self._room[side] < self._buffer_bytes // 2:
                self._write(side)

    def _flush(self, side: str) -> None:
        self._buffers[side] = _newest(self._buffers[side])
        if self._buffers[side]:
            self._write(side)

    def _write(self, side: str) -> None:
        rows = self._buffers[side]
        *known, values = zip(*rows, strict=True)
        first = self._flushes[side] << 40
        with _told():
            columns = [range(first, first + len(rows)), *known, *self._values.write(values)]
            arrays = [_array(each, kind) for each, kind in zip(columns, _SCHEMA.types, strict=True)]
            batch = pa.Table.from_arrays(arrays, schema=_SCHEMA)  # noqa: F841 - as above
            self._connection.execute(f"INSERT INTO {side} SELECT * FROM batch")  # noqa: S608 - constants
        self._buffers[side] = []
        self._flushes[side] += 1
        self._room[side] = self._buffer_bytes

    def _flush_letters(self) -> None:
        if self._letters:
            batch = pa.table(  # noqa: F841 - as above
                {"id": list(self._letters), "value": pa.array(self._letters.values(), pa.binary())}
            )
            with _told():
                self._connection.execute("INSERT INTO letters SELECT * FROM batch")
            self._letters.clear()


_COLUMNS = ("sequence", "number", "late", "deleted", "begin", "size")
_PARTS = len(_COLUMNS)
_UNMET = "NOT EXISTS (SELECT 1 FROM standing s WHERE m.topic = s.topic AND m.key = s.key)"
_CREATED = f"NOT late AND NOT deleted AND {_UNMET}"


def _newest(rows: Iterable[_Row]) -> list[_Row]:
    """Return each key's newest row, of equals the later one."""
    newest: dict[tuple[str, bytes], _Row] = {}
    for row in rows:
        name = row[:2]
        before = newest.get(name)
        if before is not None:
            if row[2:4] < before[2:4]:
                continue
            del newest[name]  # its place is where it was made last
        newest[name] = row
    return list(newest.values())


def _array(values: Collection[Any], kind: pa.DataType) -> pa.Array:
    if kind == pa.int64():
        return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(array("q", values))])
    return pa.array(values, kind)


def _of(side: str) -> str:
    return ", ".join(f"{side}.{name}" for name in _COLUMNS)


@contextmanager
def _told() -> Iterator[None]:
    """Turn errors of DuckDB and of the file into franca's: only the disk or memory can be wrong."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise _lacking(error) from error


def _lacking(error: Exception) -> UnavailableError:
    reason = " ".join(str(error).split())[:500]
    return UnavailableError("lake", reason, "give the project's folder more space")
