"""The operational store as a sink: entity topics into one PostgreSQL table per entity, newest wins."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from franca.errors import DefinitionError, UnavailableError, WriteError
from franca.model.shape import Shape
from franca.postgres import Connection
from franca.sinks.parking import Parking, Refused
from franca.sinks.postgres_rows import Row, RowMaker, Rows, ready_rows
from franca.sinks.postgres_table import EntityTable, prepare
from franca.types import Batch, Partition, Positions, Record, Tally

if TYPE_CHECKING:
    import pyarrow as pa  # in another extra, which who has rows ready has

_SESSION = (
    "SET TimeZone = 'UTC'",
    "SET lock_timeout = '10s'",
    # A frozen worker must not hold its locks for as long as it is frozen.
    "SET idle_in_transaction_session_timeout = '20s'",
)
_CONNECTION: dict[str, Any] = {"connect_timeout": 10, "client_encoding": "utf8"}
_BAD_DATA = ("09", "22", "23", "27", "2F", "38", "39", "44", "54", "P0")
_BAD_DEFINITION = ("0A", "0L", "0P", "28", "2B", "3D", "3F", "42")
_AWAY = ("08", "25006", "40", "53", "55", "57", "58", "72", "F0", "HV", "XX")
_MOVE = """UPDATE franca.positions SET next = %s, read = read + %s, written = written + %s, dead = dead + %s
    WHERE schema = %s AND pipeline = %s AND topic = %s AND topic_id = %s AND partition = %s AND next = %s"""
_BEGIN = """INSERT INTO franca.positions
    (next, read, written, dead, schema, pipeline, topic, topic_id, partition)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"""
_LOOK = """SELECT next, read, written, dead FROM franca.positions
    WHERE schema = %s AND pipeline = %s AND topic = %s AND topic_id = %s AND partition = %s"""
_GLANCE = """SELECT next, read, written, dead FROM franca.positions AS p
    WHERE coalesce(to_jsonb(p) ->> 'schema' = %s, true)
    AND pipeline = %s AND topic = %s AND topic_id = %s AND partition = %s"""
"""What `_LOOK` asks, of a store of an earlier version too: see `postgres_ledger`."""
_BEGUN = "SELECT to_regclass('franca.positions') IS NOT NULL"
_HINT = "check that PostgreSQL runs, and its address, user and password in [store]"
_WRONG_KEY = (
    r"authentication failed|no password supplied|(database|role) \".*\" does not exist"
    r"|is not permitted to log in|permission denied for database"
)
_NOT_LET_IN = r"pg_hba\.conf|requires a valid client certificate|does not support SSL|invalid sslmode value"
_NOT_TRUSTED = (
    r"certificate verify failed|does not match host name|host name from server certificate"
    r"|certificate( revocation list)? file|private key file|root certificate paths"
)
_TURNED_AWAY = {
    _WRONG_KEY: "check user, password and database in [store]",
    _NOT_LET_IN: "check user, database and sslmode in [store], and what the server's pg_hba.conf lets in",
    _NOT_TRUSTED: "check sslmode and sslrootcert in the dsn of [store], and the server's certificate",
}
"""What is said at the door to who has a wrong key or trusts nobody there, and what to do about it.

The client gives no SQLSTATE for it.
"""
_REMEDIES = {
    "57014": "where `statement_timeout` has ended it, raise that for the role or in the dsn of [store]",
    "55P03": "end what holds its tables for long (pg_stat_activity)",
}
"""What to do about a store that is there and does not get done, by SQLSTATE."""
_UNREADABLE = (
    "its dsn is neither a URL nor a list of `name=value`",
    "check its address in [store]: blanks in a value need quotes",
)
_CHUNK = 2_000


class PostgresSink:
    """Keeps each entity's current state in the table of its name, positions in the same transaction.

    Of two events of a key the one with the larger (sequence, mapping number) is kept, in whatever order
    they come; ranks of deleted keys are in `franca.deleted`. Each schema has its own ranks and positions.
    Dead letters are durable before the commit.
    `topics` gives the entity of a topic that is not called like it.
    """

    def __init__(
        self,
        dsn: str,
        shapes: Sequence[Shape],
        parking: Parking,
        pipeline: str = "store",
        schema: str = "public",
        topics: Mapping[str, str] | None = None,
    ) -> None:
        self._dsn = dsn
        self._parking = parking
        self._pipeline, self._schema = pipeline, schema
        self._topics = dict(topics or {})
        self._tables = {shape.name: EntityTable(shape, schema) for shape in shapes}
        self._makers = {shape.name: RowMaker(shape) for shape in shapes}
        self._connection: Connection | None = None

    def open(self) -> None:
        """Connect; make what is missing, check what is there. Raises UnavailableError, DefinitionError."""
        self._connected()

    def glance(self, partitions: Sequence[Partition]) -> tuple[Positions, Tally]:
        """Return positions and tally without `open`: nothing is made, and the right to read is enough.

        Raises UnavailableError, DefinitionError.
        """
        with self._translated(), psycopg.connect(self._dsn, autocommit=True, **_CONNECTION) as connection:
            has_begun = connection.execute(_BEGUN).fetchone() == (True,)
            asked = {p: connection.execute(_GLANCE, self._place(p)) for p in partitions if has_begun}
            found = {p: row for p, cursor in asked.items() if (row := cursor.fetchone())}
        tallies = [row[1:] for row in found.values()]
        return {p: row[0] for p, row in found.items()}, Tally(*map(sum, zip(*tallies, strict=True)))

    def positions(self, partitions: Sequence[Partition]) -> Positions:
        """Return the next offset for each partition that was ever stored here."""
        with self._translated():
            found = {partition: self._look(partition) for partition in partitions}
        return {partition: row[0] for partition, row in found.items() if row}

    def tally(self, partitions: Sequence[Partition]) -> Tally:
        """Return what became of the events of some partitions; tombstones count nowhere."""
        with self._translated():
            rows = [row[1:] for row in map(self._look, partitions) if row]
        return Tally(*map(sum, zip(*rows, strict=True))) if rows else Tally()

    def write(self, batch: Batch[Record]) -> bool:
        """Store a batch and set its tally; False where another worker has moved on. See `Sink.write`."""
        return self.write_with(batch, None)

    def write_with(self, batch: Batch[Record], ready: "pa.Table | None") -> bool:
        """Store a batch as `write` does, with further rows of its one topic: of these see `ready_rows`."""
        records, refused = self._by_entity(batch), list[Refused]()
        lines: dict[str, list[Row]] = {}
        counts = Counter[tuple[str, int]]()
        if ready is not None:
            topic = next(iter(batch.positions)).topic
            lines[self._topics.get(topic, topic)] = ready_rows(ready, topic)
            counts.update({(topic, n): c for n, c in Counter(ready["_partition"].to_pylist()).items()})
        while True:
            rows, bad = self._rows(records)
            self._parking.add(bad)
            refused += bad
            try:
                with self._translated():
                    return self._store(batch, [lines, rows], _tallies(batch, refused, counts))
            except psycopg.Error as error:
                bad = self._refusals([lines, rows], error)
            self._parking.add(bad)
            refused += bad
            gone = {id(record) for record, _ in refused}
            records = {name: [r for r in some if id(r) not in gone] for name, some in records.items()}
            lines = {name: [r for r in some if id(r.record) not in gone] for name, some in lines.items()}

    def move(self, moves: Mapping[Partition, tuple[int | None, int]]) -> bool:
        """Move stored positions, all or none; see `Seekable.move`."""
        with self._translated(), self._connected().transaction() as transaction:
            for partition, (before, after) in moves.items():
                found = self._look(partition)
                if (found[0] if found else None) != before or not self._move(partition, before, after, {}):
                    raise psycopg.Rollback(transaction)
            return True
        return False

    def close(self) -> None:
        """Release the connection. May be called twice."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _by_entity(self, batch: Batch[Record]) -> dict[str, list[Record]]:
        topics = {partition.topic for partition in batch.positions}
        if len(topics) == 1:  # as in most batches
            return {self._topics.get(topic, topic): batch.items for topic in topics}
        found: defaultdict[str, list[Record]] = defaultdict(list)
        for record in batch.items:
            found[self._topics.get(record.topic, record.topic)].append(record)
        return dict(found)

    def _rows(self, records: Mapping[str, list[Record]]) -> tuple[dict[str, list[Row]], list[Refused]]:
        """Return the newest row of each key per entity, and what is refused."""
        found = {name: self._makers[name].newest(some) for name, some in records.items()}
        rows = {name: newest for name, (newest, _) in found.items()}
        return rows, [each for _, refused in found.values() for each in refused]

    def _store(
        self, batch: Batch[Record], parts: Sequence[Rows], tallies: Mapping[tuple[str, int], Tally]
    ) -> bool:
        connection = self._connected()
        with connection.transaction() as transaction:
            for partition, position in batch.positions.items():
                if not self._move(partition, batch.starts.get(partition), position, tallies):
                    raise psycopg.Rollback(transaction)
            filled: set[str] = set()
            for name, some in [each for part in parts for each in part.items() if each[1]]:
                if name in filled:
                    self._empty(self._tables[name])
                self._fill(name, some)
                filled.add(name)
            batch.tally = Tally(*map(sum, zip(Tally(), *tallies.values(), strict=True)))
            return True
        return False

    def _move(
        self,
        partition: Partition,
        start: int | None,
        position: int,
        tallies: Mapping[tuple[str, int], Tally],
    ) -> bool:
        tally = tallies.get((partition.topic, partition.partition), Tally())
        values = [position, *tally, *self._place(partition)]
        connection = self._connected()
        return (
            connection.execute(_MOVE, [*values, start]).rowcount == 1
            or connection.execute(_BEGIN, values).rowcount == 1
        )

    def _fill(self, name: str, rows: Sequence[Row]) -> None:
        table = self._tables[name]
        changes = [row.line for row in rows if not row.is_delete]
        deletes = [row.line for row in rows if row.is_delete]
        if changes:
            self._copy(table, changes)
            self._connected().execute(table.upsert())
        if deletes:
            if changes:
                self._empty(table)
            self._copy(table, deletes)
            self._connected().execute(table.remember())
            self._connected().execute(table.delete())

    def _empty(self, table: EntityTable) -> None:
        self._connected().execute(sql.SQL("TRUNCATE {}").format(table.staging))

    def _copy(self, table: EntityTable, lines: Sequence[str]) -> None:
        with self._connected().cursor() as cursor, cursor.copy(table.copy()) as copy:
            for first in range(0, len(lines), _CHUNK):
                copy.write("\n".join(lines[first : first + _CHUNK]) + "\n")

    def _refusals(self, parts: Sequence[Rows], error: psycopg.Error) -> list[Refused]:
        """Return the records that the database refuses, found by halving; a bug where it refuses none."""
        found = [each for part in parts for name, some in part.items() for each in self._halve(name, some)]
        if not found:
            raise error
        return found

    def _halve(self, name: str, rows: list[Row]) -> list[Refused]:
        if not rows:
            return []
        try:
            with self._translated(), self._connected().transaction(force_rollback=True):
                self._fill(name, rows)
        except psycopg.Error as error:
            if len(rows) == 1:
                return [(rows[0].record, refusal(error))]
        else:
            return []
        middle = len(rows) // 2
        return self._halve(name, rows[:middle]) + self._halve(name, rows[middle:])

    def _look(self, partition: Partition) -> tuple[int, ...] | None:
        cursor = self._connected().execute(_LOOK, self._place(partition))
        row: tuple[int, ...] | None = cursor.fetchone()  # type: ignore[assignment]  # four bigint columns
        return row

    def _place(self, partition: Partition) -> list[object]:
        return [self._schema, self._pipeline, partition.topic, partition.topic_id, partition.partition]

    def _connected(self) -> Connection:
        if self._connection is None:
            with self._translated():
                connection = psycopg.connect(self._dsn, autocommit=True, **_CONNECTION)
                try:
                    for statement in _SESSION:
                        connection.execute(statement)
                    prepare(connection, list(self._tables.values()))
                except BaseException:
                    connection.close()
                    raise
                self._connection = connection
        return self._connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn the client's errors into franca's; those about the data pass for the caller to look at."""
        try:
            yield
        except psycopg.Error as error:
            if _is_about_data(error):
                raise
            is_lost = self._connection is None or self._connection.closed
            self.close()
            if is_lost and isinstance(error, psycopg.ProgrammingError) and not error.sqlstate:
                # what the client says of the DSN holds pieces of it, and so perhaps of the password
                raise DefinitionError.one("store", *_UNREADABLE) from None
            found = translated(error, is_lost=bool(is_lost))
            if found is None:
                raise
            raise found from error


def _is_about_data(error: psycopg.Error) -> bool:
    return (error.sqlstate or "").startswith(_BAD_DATA)


def translated(error: psycopg.Error, *, is_lost: bool = False) -> DefinitionError | UnavailableError | None:
    """Return franca's error for one of PostgreSQL's or of its client's own.

    None where only the rows, looked at one by one, can tell: those that are refused get a `refusal`, and
    where none is, it is a bug. `is_lost` says that the connection is gone.
    """
    state = error.sqlstate or ""
    if _is_about_data(error):
        return None
    is_wrong = isinstance(error, psycopg.ProgrammingError | psycopg.NotSupportedError) and not state
    if is_wrong or state.startswith(_BAD_DEFINITION):
        remedy = "check its address in [store], the database and its rights"
        return DefinitionError.one("store", _reason(error), remedy)
    is_away = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    if is_away and not state:
        for pattern, remedy in _TURNED_AWAY.items():
            if re.search(pattern, str(error)):
                return DefinitionError.one("store", _reason(error), remedy)
    if is_lost or is_away or state.startswith(_AWAY):
        return UnavailableError("store", _reason(error), _REMEDIES.get(state, _HINT))
    return None


def _tallies(
    batch: Batch[Record], refused: Sequence[Refused], ready: Mapping[tuple[str, int], int]
) -> dict[tuple[str, int], Tally]:
    read = _counts([record for record in batch.items if record.value is not None])
    read.update(ready)
    dead = _counts([record for record, _ in refused])
    return {place: Tally(count, count - dead[place], dead[place]) for place, count in read.items()}


def _counts(records: Sequence[Record]) -> Counter[tuple[str, int]]:
    """Return how many there are of each partition, without a tuple for each record."""
    found: Counter[tuple[str, int]] = Counter()
    for topic in {record.topic for record in records}:
        numbers = Counter([record.partition for record in records if record.topic == topic])
        found.update({(topic, number): count for number, count in numbers.items()})
    return found


def refusal(error: psycopg.Error) -> WriteError:
    """Return why PostgreSQL refuses a row: its own words without the value, which may be personal."""
    column = error.diag.column_name
    kind = type(error).__name__
    return WriteError(
        f"data.{column}" if column else "", f"PostgreSQL refuses the row: {kind}", "out-of-range"
    )


def _reason(error: psycopg.Error) -> str:
    """Return what PostgreSQL says, without the details, which quote rows."""
    return " ".join((error.diag.message_primary or str(error)).split())[:500]
