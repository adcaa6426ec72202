"""The lake as a sink: entity topics into one Delta `events` table per entity, each event exactly once."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from franca.errors import UnavailableError
from franca.lake.columns import events_schema, ranged_columns, repeating_columns
from franca.lake.events_table import EventsTable
from franca.lake.location import Options, events_url
from franca.lake.log import Action
from franca.lake.parser import EventParser, Rows
from franca.lake.position import lowered
from franca.lake.tables import snapshot_of
from franca.model.shape import Shape
from franca.sinks.delta_marks import lost, mark, moved, tallied, tally_of
from franca.sinks.parking import Parking
from franca.sinks.progress import Progress, progress
from franca.types import Batch, Partition, Positions, Record, Tally

FOLD_TRIES = 20


class DeltaSink:
    """Appends events to `<url>/<entity>/events`, the offsets in the same commit.

    Each entity has its table and its commit, so each topic's partitions move together. Dead letters are
    durable before the commit. `topics` gives the entity of a topic that is not called like it.
    """

    def __init__(
        self,
        url: str,
        shapes: Sequence[Shape],
        parking: Parking,
        pipeline: str = "lake",
        options: Options | None = None,
        topics: Mapping[str, str] | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._parking = parking
        self._topics = dict(topics or {})
        self._parsers = {shape.name: EventParser(shape) for shape in shapes}
        self._tables = {
            shape.name: _table(events_url(url, shape.name), options or {}, shape) for shape in shapes
        }
        self._snapshots = {shape.name: snapshot_of(url, shape, options or {}) for shape in shapes}
        self._unsure = False

    def open(self) -> None:
        """Open each entity's table, made first where missing. Raises UnavailableError, DefinitionError."""
        for table in self._tables.values():
            table.open()

    def glance(self, partitions: Sequence[Partition]) -> tuple[Positions, Tally]:
        """Return positions and tally without `open`: nothing is made. Raises as that does."""
        there = {name for name, table in self._tables.items() if table.look()}
        found = [partition for partition in partitions if self._entity(partition.topic) in there]
        return self._stored(found), self.tally(found)

    def positions(self, partitions: Sequence[Partition]) -> Positions:
        """Return the next offset for each partition that was ever stored here."""
        self._refresh()
        return self._stored(partitions)

    def tally(self, partitions: Sequence[Partition]) -> Tally:
        """Return what became of the events of some partitions, as of the last look at the tables.

        Tombstones count nowhere: `read` is `written` plus `dead`.
        """
        tallies = [tally_of(self._table_of(p.topic), self._pipeline, p) for p in partitions]
        return Tally(*map(sum, zip(*tallies, strict=True)))

    def write(self, batch: Batch[Record]) -> bool:
        """Store a batch and set its tally; False where it is stored already, or another worker has moved on.

        Raises UnavailableError. Where an earlier attempt stored some of the topics, the rest follows.
        """
        return self.write_with(batch, None)

    def write_with(self, batch: Batch[Record], ready: pa.Table | None) -> bool:
        """Store a batch as `write` does, with further rows for its one topic's table."""
        if self._unsure:
            self._refresh()
        pending = []
        for topic, partitions in _by_topic(batch.positions).items():
            match progress(batch, partitions, self._stored(partitions)):
                case Progress.ELSEWHERE:
                    return False
                case Progress.NEXT:
                    pending.append((topic, partitions))
        records: defaultdict[str, list[Record]] = defaultdict(list)
        for record in batch.items:
            records[record.topic].append(record)
        tallies = [self._store(batch, records[topic], partitions, ready) for topic, partitions in pending]
        stored = [tally for tally in tallies if tally is not None]
        batch.tally = Tally(*map(sum, zip(*stored, strict=True)))
        return 0 < len(stored) == len(tallies)

    def adopt(self, batch: Batch[Action], counts: Mapping[Partition, Tally]) -> bool:
        """Store files of one topic's events that lie in its table's folder already; returns as `write`.

        The batch's items are the files, as `events_table.written` told; `counts` is what is in them, and what
        was parked. Raises UnavailableError.
        """
        if self._unsure:
            self._refresh()
        partitions = list(batch.positions)
        match progress(batch, partitions, self._stored(partitions)):
            case Progress.ELSEWHERE:
                return False
            case Progress.STORED:
                return True
        table = self._table_of(partitions[0].topic)
        marks = self._marks(table, batch, partitions) | tallied(table, self._pipeline, counts)
        total = Tally(*map(sum, zip(*counts.values(), strict=True)))
        return self._commit(table, batch.items, marks, total)

    def reordered(self, topic: str) -> Mapping[str, pa.DataType]:
        """Return the types that some nested columns have in a topic's table: files for `adopt` have these."""
        return self._table_of(topic).reordered

    def move(self, moves: Mapping[Partition, tuple[int | None, int]]) -> bool:
        """Move stored positions, topic by topic in a commit without rows; see `Seekable.move`."""
        self._refresh()
        for topic, partitions in _by_topic({p: after for p, (_, after) in moves.items()}).items():
            stored = self._stored(partitions)
            if any(stored.get(p) != moves[p][0] for p in partitions):
                return False
            marks = moved(self._table_of(topic), self._pipeline, {p: moves[p] for p in partitions})
            again = {p: to for p in partitions for at, to in [moves[p]] if at is not None and to < at}
            self._unfold(topic, again)
            rows = self._parsers[self._entity(topic)].schema.empty_table()
            if not self._table_of(topic).append(
                rows, marks, {"franca": f"{self._pipeline}: moved positions"}
            ):
                return False
            self._unfold(topic, again)  # a fold that began meanwhile does not know of the move
        return True

    def _unfold(self, topic: str, moves: Positions) -> None:
        """Have what is read again folded again: it may have been refused the time before.

        There is a commit whatever is folded, so that a fold which has begun before it counts for nothing.
        """
        snapshot = self._snapshots[self._entity(topic)]
        to = {(p.topic_id or p.topic, p.partition): offset for p, offset in moves.items()}
        note = {"franca": f"{self._pipeline}: moved positions"}
        for _ in range(FOLD_TRIES):
            if not moves or not snapshot.open():
                return
            if snapshot.reposition(lowered(snapshot.position, to), note):
                return
        raise UnavailableError("lake", f"{snapshot.url}: others fold it without end", "try again")

    def close(self) -> None:
        """Nothing is held open."""

    def _store(
        self,
        batch: Batch[Record],
        records: list[Record],
        partitions: list[Partition],
        ready: pa.Table | None,
    ) -> Tally | None:
        """Return the tally of one topic's part of a batch, None where it was refused."""
        topic = partitions[0].topic
        table, parser = self._table_of(topic), self._parsers[self._entity(topic)]
        rows = parser.parse(records, partitions[0].topic_id or topic)
        if ready is not None:
            rows = rows._replace(table=pa.concat_tables([ready.select(rows.table.column_names), rows.table]))
        self._parking.add(rows.refused)
        marks = self._marks(table, batch, partitions)
        marks |= tallied(table, self._pipeline, _counts(rows, partitions))
        written, dead = rows.table.num_rows, len(rows.refused)
        tally = Tally(written + dead, written, dead)
        return tally if self._commit(table, rows.table, marks, tally) else None

    def _marks(
        self, table: EventsTable, batch: Batch[Any], partitions: Sequence[Partition]
    ) -> dict[str, int]:
        """Return the marks of where a batch ends, and of what was lost before it."""
        stretches = {p: (batch.starts[p], batch.lost[p]) for p in partitions if p in batch.lost}
        marks = {mark(self._pipeline, p): batch.positions[p] for p in partitions}
        return marks | lost(table, self._pipeline, stretches)

    def _commit(
        self, table: EventsTable, new: pa.Table | Sequence[Action], marks: Mapping[str, int], tally: Tally
    ) -> bool:
        note = {"franca": f"{self._pipeline}: {tally.written} rows, {tally.dead} dead letters"}
        try:
            return (table.append if isinstance(new, pa.Table) else table.adopt)(new, marks, note)
        except UnavailableError:
            self._unsure = True
            raise

    def _stored(self, partitions: Sequence[Partition]) -> dict[Partition, int]:
        marks = {p: self._table_of(p.topic).mark(mark(self._pipeline, p)) for p in partitions}
        return {p: mark for p, mark in marks.items() if mark is not None}

    def _refresh(self) -> None:
        for table in self._tables.values():
            table.refresh()
        self._unsure = False

    def _entity(self, topic: str) -> str:
        return self._topics.get(topic, topic)

    def _table_of(self, topic: str) -> EventsTable:
        return self._tables[self._entity(topic)]


def _counts(rows: Rows, partitions: list[Partition]) -> dict[Partition, Tally]:
    counted = pc.value_counts(rows.table["_partition"]).to_pylist()
    written = Counter({each["values"]: each["counts"] for each in counted})
    dead = Counter(record.partition for record, _ in rows.refused)
    return {
        p: Tally(written[p.partition] + dead[p.partition], written[p.partition], dead[p.partition])
        for p in partitions
    }


def _by_topic(positions: Positions) -> dict[str, list[Partition]]:
    found: defaultdict[str, list[Partition]] = defaultdict(list)
    for partition in positions:
        found[partition.topic].append(partition)
    return dict(found)


def _table(url: str, options: Options, shape: Shape) -> EventsTable:
    return EventsTable(url, options, events_schema(shape), repeating_columns(shape), ranged_columns(shape))
