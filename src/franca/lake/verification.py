"""Proves an entity's tables: each record of the topic once, as many as counted, the newest folded.

Everything is sorted and compared on disk, so that memory stays small however large the tables are.
"""

import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from franca.lake.columns import deleted_schema, events_schema, snapshot_schema
from franca.lake.comparison import snapshot_problems
from franca.lake.location import Options, events_url, open_store
from franca.lake.marks import marks_of
from franca.lake.memory import bounded, with_columns
from franca.lake.missing import damaged_problems, missing_problems
from franca.lake.newest import told
from franca.lake.offsets import Offsets, Place, Stretch, TopicLog
from franca.lake.position import REMEDY, Position, held, later
from franca.lake.relation import relation
from franca.lake.tables import Tables, open_tables
from franca.lake.translation import translated
from franca.lake.writers import Writers
from franca.model.shape import Shape
from franca.topics.names import is_backfilled

MEMORY_MEGABYTES = 300
LISTED = 5
"""So many stretches of offsets are told in words of each partition."""

Tell = Callable[[int, int], None]
"""Is told how many of how many records of the topic are read."""


class Verified(msgspec.Struct, frozen=True):
    """What was looked at, and what is wrong; nothing where `problems` is empty.

    `remarks` say what is explained, or could not be proved; `places` are the partitions that are known of.
    """

    entity: str
    events: int
    folded: int
    rows: int
    problems: list[str]
    remarks: list[str] = []
    places: list[Place] = []


def verify(
    lake_url: str,
    shape: Shape,
    options: Options,
    scratch: Path,
    log: TopicLog | None = None,
    tell: Tell | None = None,
) -> Verified:
    """Read an entity's tables whole, and compare them. Raises UnavailableError, DefinitionError.

    Nothing is compared where files are not there, or damaged. Events are compared with what `log` tells of
    their topic, and with the writer's own counts; the snapshot with the newest events up to its position,
    column by column. `scratch` is a folder for what does not fit into memory.
    """
    tables = open_tables(lake_url, shape, options)
    events, position = tables.events, tables.position
    apart = [f"{error.reason}; {error.remedy}" for error in [tables.problem(options)] if error]
    if events is None:
        return Verified(shape.name, 0, 0, 0, apart)
    for problems_of in (missing_problems, damaged_problems):
        if unreadable := problems_of(lake_url, shape, options, tables):
            return Verified(shape.name, 0, 0, 0, unreadable)
    with translated("lake", url := events_url(lake_url, shape.name)):
        writers = Writers(marks_of(events, open_store(url, options)))
    folder = scratch / uuid.uuid4().hex
    with told():
        folder.mkdir(parents=True)
    try:
        with (
            told(),
            duckdb.connect(str(folder / "verify.duckdb"), config=_config(folder, shape)) as connection,
        ):
            connection.execute("SET TimeZone = 'UTC'")
            _define(connection, shape, tables)
            places = _places(Offsets(connection), writers, position, log, tell)
            problems = [problem for place in places for problem in _problems(place, writers, log)]
            if position:
                problems += [*_overstated(position), *snapshot_problems(connection, shape)]
                problems = problems or apart
            folded, states = (_count(connection, name) for name in ("folded", "snapshot"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    remarks = [remark for place in places for remark in _remarks(place, writers, log)]
    every = sum(place.events for place in places)
    return Verified(shape.name, every, folded, states, problems, remarks, places)


def _config(folder: Path, shape: Shape) -> dict[str, Any]:
    megabytes = with_columns(MEMORY_MEGABYTES, events_schema(shape))
    return {**bounded(folder, megabytes), "preserve_insertion_order": "false"}


def _define(connection: duckdb.DuckDBPyConnection, shape: Shape, tables: Tables) -> None:
    """Define the views that are compared, and the table `open` of keys of which nobody knows."""
    views = {
        "events": relation(connection, "e", events_schema(shape), tables.events),
        "snapshot": relation(connection, "s", snapshot_schema(shape), tables.snapshot.table),
        "deleted": relation(connection, "d", deleted_schema(), tables.deleted.table),
    }
    for name, rows in views.items():
        connection.execute(f"CREATE VIEW {name} AS {rows}")
    folds = f"SELECT * FROM events WHERE NOT ({later(held(tables.position))})"  # noqa: S608 - quoted
    connection.execute(f"CREATE VIEW folded AS {folds}")
    read_again = f"SELECT _subject FROM folded WHERE {later(tables.position)}"  # noqa: S608 - as above
    connection.execute(f"CREATE TABLE open AS {read_again}")


def _count(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    sql = f"SELECT count(*) FROM {name}"  # noqa: S608 - our own names
    return int(connection.execute(sql).fetchall()[0][0])


def _places(
    offsets: Offsets, writers: Writers, position: Position, log: TopicLog | None, tell: Tell | None
) -> list[Place]:
    """Return what is known of each partition that has events, was written, or is folded."""
    known = sorted({*offsets.partitions(), *writers.places(), *(entry[:2] for entry in position)})
    there = {place: writers.next(*place) for place in known}
    if log is not None:
        until = {
            p: following
            for (topic_id, p), following in there.items()
            if following is not None and _is_of(log, topic_id, p)
        }
        total = sum(max(0, following - log.begins[p]) for p, following in until.items())
        offsets.take(log, until, lambda done: tell(done, total) if tell else None)
    return [
        offsets.place(
            topic_id, p, following, writers.again(topic_id, p), log if _is_of(log, topic_id, p) else None
        )
        for (topic_id, p), following in there.items()
    ]


def _is_of(log: TopicLog | None, topic_id: str, partition: int) -> bool:
    return log is not None and topic_id == log.topic_id and partition in log.begins


def _is_ahead(place: Place) -> bool:
    """Return whether there are events behind where the writer says that it is."""
    return place.next is not None and place.last >= place.next


def _problems(place: Place, writers: Writers, log: TopicLog | None) -> Iterator[str]:
    """Yield what is wrong with a partition's events, in words."""
    name = f"{place.topic}/{place.partition}"
    if place.doubles:
        doubles = _listed(place.doubles)
        yield f"{name}: events stand there more than once, which only `franca seek` may do: {doubles}"
    written = writers.written(place.topic_id, place.partition)
    if written != place.events:
        yield f"{name}: got {place.events} events, expected {written}, which were counted as written"
    if _is_ahead(place) and place.last not in writers.again(place.topic_id, place.partition):
        yield f"{name}: offset {place.last} is there, the writer says that it is at {place.next}"
    if place.gaps and _lost(place, writers, log) is None:
        gaps, first = _listed(place.gaps), place.gaps[0].first
        seek = f"franca seek lake --to {first} --topic {place.topic} --partition {place.partition}"
        what = f"{place.missing} records of the topic are no events of the table"
        yield f"{name}: {what}: {gaps}; have them read again: `{seek}`"


def _overstated(position: Position) -> Iterator[str]:
    """Yield where a snapshot says that more is folded than ever was: readers would see none of it."""
    for topic_id, partition, following, _, held_to in position:
        if following > held_to:
            name = f"the snapshot's position of {topic_id}/{partition}"
            yield f"{name}: got {following}, expected {held_to} at most, up to where it was folded: {REMEDY}"


def _remarks(place: Place, writers: Writers, log: TopicLog | None) -> Iterator[str]:
    """Yield what is explained, and what could not be proved, in words."""
    name = f"{place.topic}/{place.partition}"
    if log is not None and place.begins is None and place.events:
        why = "a file that was backfilled" if is_backfilled(place.topic_id) else "no topic has that id now"
        yield f"{name}: {why}, its {place.events} events are counted only"
    if place.begins:
        yield f"{name}: the topic begins at offset {place.begins}, what came before it is counted only"
        if place.next is not None and place.next < place.begins:
            yield f"{name}: the table goes on at offset {place.next}, which the topic has no more"
    if place.again:
        yield f"{name}: {place.again} events stand there again, as `franca seek` had them read again"
    if _is_ahead(place) and place.last in writers.again(place.topic_id, place.partition):
        yield f"{name}: events are read again from offset {place.next} on, as `franca seek` has it"
    if place.skipped:
        yield f"{name}: {place.skipped} records were skipped by `franca seek`"
    count, between = writers.lost(place.topic_id, place.partition)
    if count:
        which = f"offsets {between[0]} to {between[-1]}" if count > 1 else f"offset {between[0]}"
        some = f"{count} of the {which}" if count < len(between) else which
        yield f"{name}: {some} were deleted before they were read, which `skip_lost` accepted"
    lost = _lost(place, writers, log)
    if lost is not None:
        yield f"{name}: dead letters were removed, {lost} of them should be those of {_listed(place.gaps)}"


def _lost(place: Place, writers: Writers, log: TopicLog | None) -> int | None:
    """Return how many dead letters are gone, where these account for the records that the table lacks."""
    if not place.gaps or log is None or log.has_all_parked:
        return None
    dead = writers.dead(place.topic_id, place.partition)
    lost = dead - sum(1 for partition, _ in log.parked if partition == place.partition)
    return lost if place.missing <= lost else None


def _listed(stretches: Sequence[Stretch]) -> str:
    more = f" and {len(stretches) - LISTED} more" if len(stretches) > LISTED else ""
    return ", ".join(map(str, stretches[:LISTED])) + more
