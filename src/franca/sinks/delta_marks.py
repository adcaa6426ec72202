"""The names under which an `events` table keeps offsets and tallies, beside the rows of the same commit."""

from collections.abc import Mapping

from franca.lake.events_table import EventsTable
from franca.lake.writers import AGAIN, LOST, LOST_COUNT
from franca.types import Partition, Tally


def mark(pipeline: str, partition: Partition) -> str:
    """Return the name of a partition's next offset."""
    return f"franca:{pipeline}:{partition.topic_id or partition.topic}:{partition.partition}"


def tallied(table: EventsTable, pipeline: str, counts: Mapping[Partition, Tally]) -> dict[str, int]:
    """Return the marks that tell what became of some partitions' events, with these added."""
    marks = {}
    for partition, tally in counts.items():
        for part, count in zip(Tally._fields, tally, strict=True):
            name = f"{mark(pipeline, partition)}:{part}"
            if count:
                marks[name] = (table.mark(name) or 0) + count
    return marks


def moved(
    table: EventsTable, pipeline: str, moves: Mapping[Partition, tuple[int | None, int]]
) -> dict[str, int]:
    """Return the marks of new positions, and of between which offsets some events are read again.

    Of several such stretches the least and the largest offset are told.
    """
    marks = {}
    for partition, (before, after) in moves.items():
        name = mark(pipeline, partition)
        marks[name] = after
        if before is not None and after < before:
            first, end = (table.mark(f"{name}:{part}") for part in AGAIN)
            marks[f"{name}:{AGAIN[0]}"] = after if first is None else min(first, after)
            marks[f"{name}:{AGAIN[1]}"] = before if end is None else max(end, before)
    return marks


def lost(table: EventsTable, pipeline: str, stretches: Mapping[Partition, tuple[int, int]]) -> dict[str, int]:
    """Return the marks of how many offsets were deleted before they were read, and between which.

    A stretch is the first one and the one behind the last.
    """
    marks = {}
    for partition, (first, end) in stretches.items():
        name = mark(pipeline, partition)
        least, most, count = (table.mark(f"{name}:{part}") for part in (*LOST, LOST_COUNT))
        marks[f"{name}:{LOST[0]}"] = first if least is None else min(least, first)
        marks[f"{name}:{LOST[1]}"] = end if most is None else max(most, end)
        marks[f"{name}:{LOST_COUNT}"] = (count or 0) + end - first
    return marks


def tally_of(table: EventsTable, pipeline: str, partition: Partition) -> Tally:
    """Return what became of a partition's events, as of the table's last look."""
    name = mark(pipeline, partition)
    return Tally(*(table.mark(f"{name}:{part}") or 0 for part in Tally._fields))
