"""The newest events of many keys, on two sides: what stands, and what a replay makes. Kept by DuckDB on disk.

A buffer takes what comes again and again; the rest is sorted out by SQL, which spills where memory ends.
"""

import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import duckdb
import pyarrow as pa

from franca.errors import UnavailableError
from franca.types import Message

BUFFER_BYTES = 32 * 1024 * 1024
ENTRY_BYTES = 200
MEMORY = "256MB"
ROWS = 2_000

MADE, STANDING = "made", "standing"


class State(NamedTuple):
    """An event of a key: its rank, whether it came too late to be of interest, and the whole of it."""

    sequence: bytes
    number: int
    is_late: bool
    value: bytes


Pair: TypeAlias = "tuple[str, bytes, State | None, State | None]"
"""Topic, key, and the newest event that was made and that stands."""

_BEFORE_SEQUENCE = b'","sequence":"'
"""Stands once in an event's envelope; inside a text its quotes would be escaped."""

_SCHEMA = pa.schema(
    [
        ("topic", pa.string()),
        ("key", pa.binary()),
        ("sequence", pa.binary()),
        ("number", pa.int64()),
        ("late", pa.bool_()),
        ("value", pa.binary()),
    ]
)


class States:
    """Two sides of states; what memory does not hold lies in a folder, which is removed in the end."""

    def __init__(self, folder: Path, buffer_bytes: int = BUFFER_BYTES) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._folder = folder
        config: dict[str, Any] = {
            "threads": 1,
            "memory_limit": MEMORY,
            "temp_directory": str(folder / "spill"),
        }
        self._connection = duckdb.connect(":memory:", config=config)
        self._connection.execute("SET preserve_insertion_order = false")
        self._buffers: dict[str, dict[tuple[str, bytes], State]] = {MADE: {}, STANDING: {}}
        self._room = {MADE: buffer_bytes, STANDING: buffer_bytes}
        self._buffer_bytes = buffer_bytes
        self._flushes = {MADE: 0, STANDING: 0}
        for side in (MADE, STANDING):
            self._connection.execute(
                f"CREATE TABLE {side} (n BIGINT, topic VARCHAR, key BLOB, sequence BLOB, number BIGINT, "
                "late BOOLEAN, value BLOB)"
            )
        self._connection.execute("CREATE TABLE letters (id VARCHAR, value BLOB)")
        self._letters: dict[str, bytes] = {}

    def add(self, side: str, topic: str, key: bytes, state: State) -> None:
        """Keep a state where it is the newest of its key so far; of equals the later one."""
        buffer, name = self._buffers[side], (topic, key)
        before = buffer.get(name)
        if before is None:
            self._room[side] -= len(state.value) + ENTRY_BYTES
        elif (state.sequence, state.number) < (before.sequence, before.number):
            return
        buffer[name] = state
        if self._room[side] < 0:
            self._flush(side)

    def add_made(
        self, messages: Iterable[Message], number: int, topics: Collection[str], *, is_late: bool
    ) -> None:
        """Keep the events among an on-ramp's messages to some topics, all of one version of the mappings."""
        for topic, key, value in messages:
            if value is None or key is None or topic not in topics:
                continue
            at = value.find(_BEFORE_SEQUENCE) + len(_BEFORE_SEQUENCE)
            self.add(MADE, topic, key, State(value[at : value.find(b'"', at)], number, is_late, value))

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

    def pairs(self) -> Iterator[Pair]:
        """Yield each key that was made, with what stands, topic by topic in the order of the sequences."""
        return self._pairs(
            "SELECT m.topic, m.key, m.sequence, m.number, m.late, m.value, "
            "s.sequence, s.number, s.late, s.value FROM made m "
            "LEFT JOIN standing s ON m.topic = s.topic AND m.key = s.key "
            "ORDER BY m.topic, m.sequence, m.key"
        )

    def only_standing(self) -> Iterator[Pair]:
        """Yield each key that stands and was not made."""
        return self._pairs(
            "SELECT topic, key, NULL, NULL, NULL, NULL, sequence, number, late, value FROM standing s "
            "WHERE NOT EXISTS (SELECT 1 FROM made m WHERE m.topic = s.topic AND m.key = s.key) "
            "ORDER BY topic, sequence, key"
        )

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
        shutil.rmtree(self._folder, ignore_errors=True)

    def _pairs(self, sql: str) -> Iterator[Pair]:
        for topic, key, *rest in self._rows(sql):
            made = None if rest[0] is None else State(*rest[:4])
            yield topic, key, made, None if rest[4] is None else State(*rest[4:])

    def _rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        with _told():
            asked = self._connection.cursor().execute(sql)
            while rows := asked.fetchmany(ROWS):
                yield from rows

    def _flush(self, side: str) -> None:
        buffer = self._buffers[side]
        if not buffer:
            return
        topics, keys = zip(*buffer, strict=True)
        columns = [topics, keys, *zip(*buffer.values(), strict=True)]
        made = [pa.array(values, kind) for values, kind in zip(columns, _SCHEMA.types, strict=True)]
        batch = pa.Table.from_arrays(made, schema=_SCHEMA)  # noqa: F841 - the query finds it by its name
        begin = self._flushes[side] << 40
        with _told():
            self._connection.execute(
                f"INSERT INTO {side} SELECT {begin} + row_number() OVER (), * FROM batch"  # noqa: S608 - constants
            )
        buffer.clear()
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


@contextmanager
def _told() -> Iterator[None]:
    """Turn DuckDB's errors into franca's: of its own tables only the disk or memory can be wrong."""
    try:
        yield
    except duckdb.Error as error:
        reason = " ".join(str(error).split())[:500]
        raise UnavailableError("lake", reason, "give the project's folder more space") from error
