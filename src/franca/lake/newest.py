"""The newest event of each key among those that are not folded yet, in the order of the keys."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from franca.errors import UnavailableError
from franca.lake.columns import DELETED, events_schema
from franca.lake.position import Position, Reached, later
from franca.lake.relation import relation
from franca.lake.splice import KEY
from franca.model.shape import Shape

MEMORY_MEGABYTES = 300
IS_DELETE = "_is_delete"


class Newest:
    """A database in a folder that is there as long as this is open; `close` it."""

    def __init__(self, shape: Shape, folder: Path) -> None:
        self._shape = shape
        folder.mkdir(parents=True, exist_ok=True)
        self._connection = duckdb.connect(
            str(folder / "newest.duckdb"),
            config={"memory_limit": f"{MEMORY_MEGABYTES}MB", "temp_directory": str(folder / "spill")},
        )
        self._connection.execute("SET TimeZone = 'UTC'")

    def look_at(self, events: DeltaTable, position: Position) -> None:
        """Have the events at hand that are not folded up to a position. Raises UnavailableError."""
        schema = events_schema(self._shape)
        with told():
            every = relation(self._connection, "read", schema, events, unfolded(events, position))
            self._connection.execute(f"CREATE VIEW events AS SELECT * FROM ({every}) WHERE {later(position)}")  # noqa: S608 - as above

    def reached(self) -> list[Reached]:
        """Return up to where the events go, per partition."""
        with told():
            rows = self._connection.execute(
                'SELECT "_topic_id", "_partition", max("_offset") + 1, max("_sequence") '
                "FROM events GROUP BY ALL"
            ).fetchall()
        return [Reached(*row) for row in rows]

    def fill(self, until: Position, columns: Sequence[str], deleted: Iterable[pa.Table]) -> int:
        """Find each key's newest event up to a position, and return how many events were looked at.

        One no newer than its key's delete, which `deleted` tells, is left out. Raises UnavailableError.
        """
        with told():
            self._connection.execute(
                'CREATE TABLE deleted ("_subject" VARCHAR, "_sequence" VARCHAR, "_mapping" BIGINT, '
                '"_changed_at" TIMESTAMPTZ)'
            )
            for rows in deleted:
                self._insert("deleted", rows)
            self._connection.execute(self._newest_sql(until, columns))
            (count,) = self._connection.execute(
                f"SELECT count(*) FROM events WHERE NOT ({later(until)})"  # noqa: S608 - as above
            ).fetchone() or (0,)
        return int(count)

    def _newest_sql(self, until: Position, columns: Sequence[str]) -> str:
        names = ", ".join(f'e."{name}"' for name in columns)
        order = '"_sequence" DESC, "_mapping" DESC, "_topic_id", "_offset"'
        place = f'row_number() OVER (PARTITION BY "{KEY}" ORDER BY {order}) AS "_place"'
        rank = '(d."_sequence", d."_mapping") >= (e."_sequence", e."_mapping")'
        return (
            f"CREATE TABLE newest AS SELECT {names}, "  # noqa: S608 - the model checks names
            f"e.\"_type\" = '{self._shape.entity}.deleted' AS {IS_DELETE} "
            f'FROM (SELECT *, {place} FROM events WHERE NOT ({later(until)})) e WHERE e."_place" = 1 '
            f'AND NOT EXISTS (SELECT 1 FROM deleted d WHERE d."{KEY}" = e."{KEY}" AND {rank}) '
            f'ORDER BY e."{KEY}"'
        )

    @property
    def has_deletes(self) -> bool:
        """Whether the ranks of deleted keys change."""
        with told():
            sql = f"SELECT 1 FROM newest WHERE {IS_DELETE} LIMIT 1"  # noqa: S608 - as above
            return self._connection.execute(sql).fetchone() is not None

    def deleted(self, size: int) -> Iterator[pa.Table]:
        """Yield the ranks of all deleted keys, in the order of the keys, in pieces."""
        names = ", ".join(f'"{name}"' for name in DELETED)
        sql = (
            f"SELECT {names} FROM (SELECT {names} FROM newest WHERE {IS_DELETE} UNION ALL "  # noqa: S608 - as above
            f'SELECT {names} FROM deleted WHERE "_subject" NOT IN (SELECT "_subject" FROM newest)) '
            'ORDER BY "_subject"'
        )
        yield from self._pieces(sql, size)

    def rows(self, size: int, after: str | None) -> Iterator[pa.Table]:
        """Yield what is newest, in the order of the keys, from behind a key on, in pieces."""
        where = "" if after is None else f' WHERE "{KEY}" > \'' + after.replace("'", "''") + "'"
        yield from self._pieces(f'SELECT * FROM newest{where} ORDER BY "{KEY}"', size)  # noqa: S608 - as above

    def ordered(self, pieces: Iterable[pa.Table], size: int) -> Iterator[pa.Table]:
        """Yield rows that are in no order, each key once, in the order of the keys."""
        with told():
            for number, rows in enumerate(pieces):
                if not number:
                    self._connection.register("first_rows", rows.slice(0, 0))
                    self._connection.execute("CREATE TABLE unordered AS SELECT * FROM first_rows")
                self._insert("unordered", rows)
        yield from self._pieces(f'SELECT * FROM unordered ORDER BY "{KEY}"', size)  # noqa: S608 - as above

    def close(self) -> None:
        """Release the memory. May be called twice."""
        self._connection.close()

    def _insert(self, name: str, rows: pa.Table) -> None:
        self._connection.register("some_rows", rows)
        self._connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM some_rows")  # noqa: S608 - our own names
        self._connection.unregister("some_rows")

    def _pieces(self, sql: str, size: int) -> Iterator[pa.Table]:
        with told():
            reader = self._connection.cursor().sql(sql).to_arrow_reader(size)
            for batch in reader:
                yield pa.Table.from_batches([batch])


def unfolded(events: DeltaTable, position: Position) -> list[str]:
    """Return the addresses of the files that may hold events which are not folded, as their bounds tell."""
    done = {entry[:2]: entry.next for entry in position}
    found = pa.table(events.get_add_actions(flatten=True)).to_pylist()
    root = events.table_uri.rstrip("/")
    folded = set()
    for row in found:
        topic, first, last = row.get("min._topic_id"), row.get("min._partition"), row.get("max._partition")
        if topic is None or topic != row.get("max._topic_id") or first is None:
            continue
        if all(row["max._offset"] < done.get((topic, place), 0) for place in range(first, last + 1)):
            folded.add(row["path"])
    names = [row["path"] for row in found]
    uris = dict(zip(names, events.file_uris(), strict=True)) if len(names) == len(events.file_uris()) else {}
    return [uris.get(name, f"{root}/{name}") for name in names if name not in folded]


@contextmanager
def told() -> Iterator[None]:
    """Turn DuckDB's errors into franca's: only the disk, memory or the lake can be wrong."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        reason = " ".join(str(error).split())[:500]
        raise UnavailableError(
            "lake", reason, "check the lake, and give the project's folder more space"
        ) from error


def keys_up_to(keys: pa.ChunkedArray, key: str) -> int:
    """Return how many of some keys, which are in order, are not larger than a key."""
    low, high = 0, len(keys)
    while low < high:
        middle = (low + high) // 2
        if pc.less_equal(keys[middle], key).as_py():
            low = middle + 1
        else:
            high = middle
    return low
