"""The newest event of each key among those that are not folded yet, in the order of the keys."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from franca.errors import UnavailableError
from franca.lake.columns import DELETED, deleted_schema, events_schema
from franca.lake.dictionaries import moved_columns
from franca.lake.location import ObjectStore
from franca.lake.marks import marks_of
from franca.lake.memory import bounded, with_columns
from franca.lake.pieces import READ_ROWS, READ_VALUES, gathered, sized
from franca.lake.position import Position, Reached, beyond, is_within, later
from franca.lake.relation import relation
from franca.lake.rows_file import fitted, opened
from franca.lake.runs import Ahead, Run, keys_up_to, merged, without_older
from franca.lake.sorted_files import SortedFile, run_of, sorted_files
from franca.lake.splice import IS_DELETE, KEY
from franca.lake.translation import reason_in, remedy_of_file, translated
from franca.lake.unfolded import unfolded
from franca.lake.united import all_events
from franca.lake.writers import Writers
from franca.model.shape import Shape

MEMORY_MEGABYTES = 200
RANGE_EVENTS = 2_000_000

LARGE_ROWS = 122_880
SORTED_SHARE = 0.5
"""Where so many rows take more than this share of the memory, only as many as take it are sorted at once."""

WEIGHED = 200
"""So many rows tell how large rows are."""

SAMPLED = 1_000
"""So many keys of each range are looked at before."""


class Newest:
    """Sorts what is asked of it, in a folder where memory does not do; `close` it.

    `schema` has the columns that events can be asked for, which may be more than the model's. Files that are
    in the order of their keys are merged with what had to be sorted.
    """

    def __init__(
        self,
        shape: Shape,
        folder: Path,
        range_events: int = RANGE_EVENTS,
        megabytes: int = MEMORY_MEGABYTES,
    ) -> None:
        self._shape, self._events = shape, 0
        self._range_events, self._megabytes = range_events, megabytes
        self._sorted_files: Sequence[SortedFile] = ()
        self._seen: dict[Reached, tuple[int, int]] | None = None
        self._until: Position | None = None
        with told():
            folder.mkdir(parents=True, exist_ok=True)
            path = str(folder / "newest.duckdb")
            self._connection = duckdb.connect(path, config=bounded(folder, megabytes))
            self._connection.execute("SET TimeZone = 'UTC'")
        self._have(events_schema(shape))

    def _have(self, schema: pa.Schema) -> None:
        """Have these columns, and memory for so many."""
        self.schema = schema
        with told():
            limit = with_columns(self._megabytes, schema)
            self._connection.execute(f"SET memory_limit = '{limit}MB'")

    def look_at(self, events: DeltaTable, position: Position, files: ObjectStore) -> None:
        """Have the events at hand that are not folded up to a position. Raises UnavailableError.

        `files` is the store whose root is the table. Where a partition is being read again, events are
        looked at as far as that has come.
        """
        with translated("lake"):
            ends = Writers(marks_of(events, files)).reread()
        self._table, self._files, self._paths = events, files, unfolded(events, position)
        self._have(all_events(events, self._shape))
        with told():
            every = relation(self._connection, "read", self.schema, events, self._paths)
            so_far = f"SELECT * FROM ({every}) WHERE NOT {beyond(ends)}"  # noqa: S608 - quoted
            self._connection.execute(f"CREATE VIEW every AS {so_far}")
        self._view("events", "every", position, None)
        self._view("unsorted", "every", position, None)

    def take(self, events: Iterable[pa.Table], schema: pa.Schema) -> None:
        """Have some events at hand that were read elsewhere, instead of looking at a table."""
        self._have(schema)
        self._keep("events", events, schema)
        self._view("unsorted", "events", (), None)

    def bound(self, position: Position, until: Position) -> None:
        """Look at no events but those behind a position, and up to another one. Called once."""
        self._until = until
        self._sorted_files = sorted_files(self._table, position, until)
        known = {file.path for file in self._sorted_files}
        paths = [path for path in self._paths if path.rpartition("/")[2] not in known]
        with told():
            rest = relation(self._connection, "rest", self.schema, self._table, paths)
            self._connection.execute(f"CREATE VIEW rest AS {rest}")
        self._view("events", "every", position, until)
        self._view("unsorted", "rest", position, until)

    def reached(self) -> list[Reached]:
        """Return up to where the events go, per partition."""
        place = '"_topic_id", "_partition"'
        counts = f"count(*), count(*) FILTER ({self._is_delete})"
        with told():
            rows = self._connection.execute(
                f'SELECT {place}, max("_offset") + 1, max("_sequence"), {counts} FROM events GROUP BY ALL'  # noqa: S608 - the model checks names
            ).fetchall()
        self._seen = {Reached(*row[:4]): row[4:] for row in rows}
        return list(self._seen)

    def count(self) -> tuple[int, int]:
        """Return how many events there are, and how many of them delete their key."""
        events, deletes = self._counted()
        self._events = events - sum(file.rows for file in self._sorted_files)
        return events, deletes

    def _counted(self) -> tuple[int, int]:
        if self._seen is not None and is_within(tuple(self._seen), self._until or ()):
            return sum(n for n, _ in self._seen.values()), sum(n for _, n in self._seen.values())
        sql = f"SELECT count(*), count(*) FILTER ({self._is_delete}) FROM events"  # noqa: S608 - as above
        with told():
            ((events, deletes),) = self._connection.execute(sql).fetchall()
        return events, deletes

    def _view(self, name: str, source: str, position: Position, until: Position | None) -> None:
        upper = f" AND NOT ({later(until)})" if until else ""
        rows = f"SELECT * FROM {source} WHERE {later(position)}{upper}"  # noqa: S608 - quoted
        with told():
            self._connection.execute(f"CREATE OR REPLACE VIEW {name} AS {rows}")

    def know(self, deleted: Iterable[pa.Table]) -> None:
        """Have the ranks of deleted keys at hand: what came before its key's delete is left out then.

        May be called again, with what others have added.
        """
        self._keep("deleted", deleted, deleted_schema())

    def deleted(self, size: int) -> Iterator[pa.Table]:
        """Yield the largest rank of a delete of each key that was ever deleted, in the order of the keys."""
        names = _names(DELETED)
        ranks = f"SELECT {names} FROM events WHERE {self._is_delete} UNION ALL SELECT {names} FROM deleted"  # noqa: S608 - as above
        pieces = self._pieces(self._connection, f"{ranks} ORDER BY {_ORDER}", size)
        yield from sized(_first(pieces), size)

    def moved_columns(self) -> list[str]:
        """Return the text columns that the first of the files that are in order holds as such numbers."""
        if not self._sorted_files:
            return []
        with translated("lake"):
            return moved_columns(opened(self._files, self._sorted_files[0].path))

    def rows(self, schema: pa.Schema, size: int, after: str | None) -> Iterator[pa.Table]:
        """Yield the newest event of each key behind one, in the order of the keys, in pieces.

        They have the columns of `schema`, texts coded as it has them, and some more. Called after `count`.
        """
        place = ("_topic_id", "_offset", "_partition")
        more = [name for name in (*DELETED, *place) if name not in schema.names]
        every = pa.schema([*schema, *(self.schema.field(name) for name in more)])

        def sorted_rows() -> Iterator[pa.Table]:
            told_more = every.append(pa.field(IS_DELETE, pa.bool_()))
            return (fitted(rows, told_more) for rows in self._in_ranges(every.names, size, after))

        if not self._sorted_files:
            yield from sorted_rows()
            return
        runs = [
            run_of(self._files, file, self._shape, every, after)
            for file in self._sorted_files
            if after is None or file.most > after
        ]
        if self._events:
            runs.append(Run("", sorted_rows))
        deleted = self._pieces(self._connection.cursor(), f'SELECT * FROM deleted ORDER BY "{KEY}"', size)  # noqa: S608 - constants
        yield from without_older(merged(runs), Ahead(deleted))

    def _in_ranges(self, columns: Sequence[str], size: int, after: str | None) -> Iterator[pa.Table]:
        """Yield what is in no order, sorted.

        Many events are sorted one range of keys after the other: merging what does not fit into memory needs
        the more of it the more there is. Where rows are so large that a range is too much, it is parted.
        """
        waiting = [*pairwise([None, *self._edges(columns), None])][::-1]
        while waiting:
            low, high = waiting.pop()
            if after is not None and high is not None and high <= after:
                continue
            last = after if low is None or (after is not None and after > low) else low
            try:
                for rows in self._sorted(columns, size, last, high):
                    yield rows
                    last = rows[KEY][-1].as_py() if rows.num_rows else last
            except UnavailableError as error:
                middle = self._middle(last, high) if _is_too_much(error) else None
                if middle is None:
                    raise
                waiting += [(middle, high), (last, middle)]

    def _middle(self, low: str | None, high: str | None) -> str | None:
        """Return a key that parts a range whose rows are too large to be sorted at once, if any does."""
        range_ = f'(SELECT "{KEY}" FROM unsorted WHERE {_within(low, high)})'  # noqa: S608 - quoted
        sample = f"{range_} USING SAMPLE reservoir({SAMPLED} ROWS)"
        with told():
            rows = self._connection.execute(f"SELECT * FROM {sample} ORDER BY 1").fetchall()  # noqa: S608 - as above
        middle: str | None = rows[len(rows) // 2][0] if rows else None
        return middle if rows and middle not in (high, rows[0][0]) else None

    def _edges(self, columns: Sequence[str]) -> list[str]:
        """Return the keys at which the ranges end, about equally far apart; none where one range does."""
        names = _names(columns)
        most = min(self._range_events, _sortable(self._connection, names, self._megabytes))
        count = -(-self._events // most)
        if count < 2:
            return []
        sample = f'(SELECT "{KEY}" FROM unsorted) USING SAMPLE reservoir({count * SAMPLED} ROWS)'  # noqa: S608 - constants
        with told():
            rows = self._connection.execute(f"SELECT * FROM {sample} ORDER BY 1").fetchall()  # noqa: S608 - as above
        return sorted({rows[len(rows) * number // count][0] for number in range(1, count)})

    def _sorted(
        self, columns: Sequence[str], size: int, low: str | None, high: str | None
    ) -> Iterator[pa.Table]:
        names = _names(columns)
        rank, other = (f'({each}."_sequence", {each}."_mapping")' for each in "ed")
        is_older = f"({rank} < {other} OR ({rank} = {other} AND NOT {self._is_delete}))"
        sql = (
            f'SELECT {names}, {self._is_delete} AS "{IS_DELETE}" FROM unsorted e WHERE {_within(low, high)} '  # noqa: S608 - as above
            f'AND NOT EXISTS (SELECT 1 FROM deleted d WHERE d."{KEY}" = e."{KEY}" AND {is_older}) '
            f'ORDER BY {_ORDER}, "_topic_id", "_offset", "_partition"'
        )
        yield from _first(self._pieces(self._connection, sql, size))

    def ordered(self, pieces: Iterable[pa.Table], schema: pa.Schema, size: int) -> Iterator[pa.Table]:
        """Yield rows that are in no order, each key once, in the order of the keys."""
        self._keep("unordered", pieces, schema)
        yield from self._pieces(self._connection.cursor(), f'SELECT * FROM unordered ORDER BY "{KEY}"', size)  # noqa: S608 - constants

    def close(self) -> None:
        """Release the memory. May be called twice."""
        self._connection.close()

    @property
    def _is_delete(self) -> str:
        return f"\"_type\" = '{self._shape.entity}.deleted'"

    def _keep(self, name: str, pieces: Iterable[pa.Table], schema: pa.Schema) -> None:
        """Keep rows as a table, while an answer of the connection may be read."""
        with told(), self._connection.cursor() as cursor:
            cursor.register("some_rows", schema.empty_table())
            cursor.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM some_rows")  # noqa: S608 - our own names
            for rows in pieces:
                cursor.register("some_rows", rows)
                cursor.execute(f"INSERT INTO {name} BY NAME SELECT * FROM some_rows")  # noqa: S608 - as above
            cursor.unregister("some_rows")

    def _pieces(self, connection: duckdb.DuckDBPyConnection, sql: str, size: int) -> Iterator[pa.Table]:
        """Yield the answer in pieces; a connection gives one answer at a time."""
        with told():
            found = connection.sql(sql)
            together = max(1, min(size, READ_ROWS, READ_VALUES // len(found.columns)))
            yield from gathered(found.to_arrow_reader(together), size)


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _within(low: str | None, high: str | None) -> str:
    """Return the condition on a key to be behind one and up to another."""
    bounds = ((">", low), ("<=", high))
    return " AND ".join(
        [*(f'"{KEY}" {sign} {_text(key)}' for sign, key in bounds if key is not None), "TRUE"]
    )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


_ORDER = f'"{KEY}", "_sequence" DESC, "_mapping" DESC'


def _first(pieces: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield the first row of each key, of rows in the order of their keys."""
    last: str | None = None
    for piece in pieces:
        rows = piece.combine_chunks()
        keys = rows[KEY].combine_chunks()
        is_new = pc.not_equal(keys[1:], keys[:-1])
        begins = pa.array([last is None or keys[0].as_py() != last])
        last = keys[-1].as_py()
        first = rows.filter(pa.concat_arrays([begins, is_new]))
        if first.num_rows:
            yield first


def slice_of(rows: pa.Table, low: str | None, high: str | None) -> pa.Table:
    """Return the rows, which are in the order of their keys, from the key `low` on and before `high`."""
    first = 0 if low is None else _keys_before(rows[KEY], low)
    last = rows.num_rows if high is None else _keys_before(rows[KEY], high)
    return rows.slice(first, last - first)


def _keys_before(keys: pa.ChunkedArray, key: str) -> int:
    """Return how many of some keys, which are in order and each there once, are smaller than a key."""
    count = keys_up_to(keys, key)
    return count - 1 if count and keys[count - 1].as_py() == key else count


def _sortable(connection: duckdb.DuckDBPyConnection, names: str, megabytes: int) -> int:
    """Return how many rows can be sorted at once, as the first ones tell of their size.

    Small ones are sorted on disk where memory does not do; large ones have to be in memory to be merged.
    """
    with told():
        rows = connection.sql(f"SELECT {names} FROM unsorted LIMIT {WEIGHED}").to_arrow_table()  # noqa: S608 - as above
    most = int(megabytes * 1_048_576 * SORTED_SHARE) * rows.num_rows // max(1, rows.nbytes)
    return max(1, most) if most < LARGE_ROWS else sys.maxsize


def _is_too_much(error: UnavailableError) -> bool:
    """Tell whether an error says that memory did not suffice for so much at once."""
    return isinstance(error.__cause__, duckdb.OutOfMemoryException)


@contextmanager
def told() -> Iterator[None]:
    """Turn DuckDB's errors into franca's: only the disk, memory or the lake can be wrong."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        reason = reason_in(error)
        remedy = "check the lake, and give the project's folder more space"
        raise UnavailableError("lake", reason, remedy_of_file(error) or remedy) from error
