"""Proves that a table has each record of its topic once, by their offsets; on disk, whatever there are.

What stands on the topic is told by somebody else: nothing here asks a cluster.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import duckdb
import msgspec
import pyarrow as pa

SHOWN = 1_000
"""So many stretches of a partition are listed at most."""

READ = pa.schema([("partition", pa.int32()), ("offset", pa.int64()), ("is_tombstone", pa.bool_())])
"""The columns of what is read of a topic."""

_PARKED = pa.schema([("partition", pa.int32()), ("offset", pa.int64())])
_MOVED = pa.schema([("partition", pa.int32()), ("before", pa.int64()), ("after", pa.int64())])


class TopicLog(NamedTuple):
    """What the cluster tells of a topic.

    `begins` has the first offset of each partition that is still there. `read` gives what stands in front of
    an offset of each partition, from its beginning on, without transactions that were aborted, in tables of
    `READ`. `parked` has partition and offset of each record in the dead letters, of replayed ones too;
    `has_all_parked` is false where dead letters were removed by retention. `moves` has partition, offset
    before and after of each time that the position was moved by hand.
    """

    topic: str
    topic_id: str
    begins: Mapping[int, int]
    read: Callable[[Mapping[int, int]], Iterator[pa.Table]]
    parked: Sequence[tuple[int, int]] = ()
    has_all_parked: bool = True
    moves: Sequence[tuple[int, int, int]] = ()


class Stretch(msgspec.Struct, frozen=True):
    """Records that follow one another on a partition: the first and the last offset, and how many."""

    first: int
    last: int
    records: int

    def __str__(self) -> str:
        if self.records == 1:
            return f"offset {self.first}"
        return f"offsets {self.first} to {self.last} ({self.records:,} records)"


class Place(msgspec.Struct, frozen=True):
    """What is known of a partition: the table's `events`, the last one's offset, and where it goes on.

    `topic` is the name where the topic is known, else its id.

    `begins` is the first offset that the topic still has, None where it was not read. `records` counts what
    it has in front of `next`: of these some are `tombstones`, `parked` or were `skipped` by `franca seek`,
    `proved` are events of the table, and `missing` ones are neither: `gaps` tells where. `compacted` counts
    events that the topic has no more, between those that it has. `doubles` are events that stand there more
    than once, but for those that `franca seek` had read `again`.
    """

    topic: str
    topic_id: str
    partition: int
    events: int
    next: int | None
    last: int
    begins: int | None = None
    records: int = 0
    tombstones: int = 0
    parked: int = 0
    skipped: int = 0
    proved: int = 0
    missing: int = 0
    compacted: int = 0
    again: int = 0
    gaps: list[Stretch] = []
    doubles: list[Stretch] = []


class Offsets:
    """The offsets of a table, from the view `events` of a connection, beside those of its topic."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        connection.execute(
            'CREATE TABLE places AS SELECT "_topic_id" AS topic, "_partition" AS partition, '
            '"_offset" AS "offset", count(*) AS n FROM events GROUP BY ALL'
        )
        for name, schema in (("records", READ), ("parked", _PARKED), ("moved", _MOVED)):
            self._fill(name, [schema.empty_table()])

    def partitions(self) -> set[tuple[str, int]]:
        """Return the topic ids and partitions that there are events of."""
        return set(self._rows("SELECT DISTINCT topic, partition FROM places"))

    def take(self, log: TopicLog, until: Mapping[int, int], tell: Callable[[int], None]) -> None:
        """Read what the topic has in front of some offsets, telling how much. Raises as `log.read` does."""
        self._fill("parked", [_table(log.parked, _PARKED)])
        self._fill("moved", [_table(log.moves, _MOVED)])
        self._fill("records", _told(log.read(until), tell))

    def place(
        self, topic_id: str, partition: int, next_: int | None, again: range, log: TopicLog | None
    ) -> Place:
        """Return what is known of a partition, beside the records that were taken where `log` is told.

        Events may stand there more than once whose offsets are in `again`, or in the moves of the log.
        """
        here = f"topic = {_text(topic_id)} AND partition = {partition}"
        told = f'(p."offset" >= {again.start} AND p."offset" < {again.stop})'
        repeated = f"{told} OR {_moved('after', 'before', 'p')}"
        self._connection.execute(
            f"CREATE OR REPLACE TABLE here AS SELECT *, {repeated} AS is_again FROM places p WHERE {here}"  # noqa: S608 - quoted
        )
        ((events, repeats, last),) = self._rows(
            "SELECT coalesce(sum(n), 0)::BIGINT, (coalesce(sum(n - 1) FILTER (is_again), 0))::BIGINT, "
            'coalesce(max("offset"), -1) FROM here'
        )
        doubles = self._stretches('SELECT "offset", "offset" AS n FROM here WHERE n > 1 AND NOT is_again')
        name = topic_id if log is None else log.topic
        known = Place(name, topic_id, partition, events, next_, last, again=repeats, doubles=doubles)
        return known if log is None else self._compared(known, log.begins[partition])

    def _compared(self, known: Place, begins: int) -> Place:
        parked = 'EXISTS (FROM parked x WHERE x.partition = r.partition AND x."offset" = r."offset")'
        skipped = _moved("before", "after", "r")
        self._connection.execute(
            "CREATE OR REPLACE TABLE looked AS SELECT *, "  # noqa: S608 - our own
            'EXISTS (FROM here h WHERE h."offset" = r."offset") AS is_there, '
            f"{parked} AS is_parked, {skipped} AS is_skipped "
            f"FROM records r WHERE partition = {known.partition}"
        )
        ((records, tombstones, letters, left, there, missing),) = self._rows(
            "SELECT count(*), count(*) FILTER (is_tombstone), count(*) FILTER (NOT is_there AND is_parked), "
            "count(*) FILTER (NOT (is_there OR is_parked OR is_tombstone) AND is_skipped), "
            "count(*) FILTER (is_there), "
            "count(*) FILTER (NOT (is_there OR is_parked OR is_tombstone OR is_skipped)) FROM looked"
        )
        ((held,),) = self._rows(f'SELECT count(*) FROM here WHERE "offset" >= {begins}')  # noqa: S608 - a number
        gaps = self._stretches(
            'SELECT "offset", n FROM (SELECT *, row_number() OVER (ORDER BY "offset") AS n FROM looked '
            "WHERE NOT is_tombstone) WHERE NOT (is_there OR is_parked OR is_skipped)"
        )
        return msgspec.structs.replace(
            known,
            begins=begins,
            records=records,
            tombstones=tombstones,
            parked=letters,
            skipped=left,
            proved=there,
            missing=missing,
            compacted=held - there,
            gaps=gaps,
        )

    def _stretches(self, sql: str) -> list[Stretch]:
        """Return the stretches of offsets; those follow one another whose numbers `n` do."""
        numbered = f'SELECT "offset", n - row_number() OVER (ORDER BY n) AS stretch FROM ({sql})'  # noqa: S608 - our own
        rows = self._rows(
            f'SELECT min("offset"), max("offset"), count(*) FROM ({numbered}) '  # noqa: S608 - as above
            f"GROUP BY stretch ORDER BY 1 LIMIT {SHOWN}"
        )
        return [Stretch(*row) for row in rows]

    def _fill(self, name: str, pieces: Iterable[pa.Table]) -> None:
        is_first = True
        for rows in pieces:
            self._connection.register("some_rows", rows)
            what = f"CREATE OR REPLACE TABLE {name} AS" if is_first else f"INSERT INTO {name}"
            self._connection.execute(f"{what} SELECT * FROM some_rows")  # noqa: S608 - our own names
            is_first = False
        self._connection.unregister("some_rows")

    def _rows(self, sql: str) -> list[Any]:
        return self._connection.execute(sql).fetchall()


def _told(pieces: Iterable[pa.Table], tell: Callable[[int], None]) -> Iterator[pa.Table]:
    yield READ.empty_table()
    count = 0
    for rows in pieces:
        yield rows
        count += rows.num_rows
        tell(count)


def _moved(first: str, following: str, row: str) -> str:
    """Return the condition that an offset lies in a stretch which a move went over, in one direction."""
    return (
        f"EXISTS (FROM moved m WHERE m.partition = {row}.partition "
        f'AND {row}."offset" >= m.{first} AND {row}."offset" < m.{following})'
    )


def _table(rows: Sequence[tuple[int, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
