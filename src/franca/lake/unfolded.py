"""Which files of events hold what is not folded yet, as the bounds of their partitions and offsets tell.

A file of several partitions may leave that open: their offsets are far apart where one has more events.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from franca.lake.position import Position, Reached, reached_before


def unfolded(events: DeltaTable, position: Position) -> list[str]:
    """Return the addresses of the files that may hold events which are not folded, as their bounds tell."""
    done = {entry[:2]: entry.next for entry in position}
    return _without(events, {_name(row["path"]) for row in _added(events) if _is_folded(row, done)})


def counted(events: DeltaTable, position: Position) -> tuple[int, list[str]]:
    """Return how many events there are in files of which none is folded, and the other `unfolded` files."""
    done = {entry[:2]: entry.next for entry in position}
    found = _added(events)
    whole = [row for row in found if row["num_records"] and _is_behind(row, done)]
    known = {_name(row["path"]) for row in found if _is_folded(row, done)} | {
        _name(row["path"]) for row in whole
    }
    return sum(row["num_records"] for row in whole), _without(events, known)


def clear(events: DeltaTable, position: Position, paths: Iterable[str]) -> list[str]:
    """Return those of some files of which no event is folded, or older than what is folded of its key.

    So their bounds tell; see `later` and `contested`.
    """
    done, reached = {entry[:2]: entry.next for entry in position}, reached_before(position)
    known = {_name(row["path"]) for row in _added(events) if _is_clear(row, done, reached)}
    return [path for path in paths if _name(path) in known]


def unreached(events: DeltaTable, position: Position) -> list[Reached]:
    """Return the partitions of which no file has the last event that is folded, as their bounds tell.

    None where a file does not tell.
    """
    names = ["min._topic_id", "max._topic_id", "min._partition", "max._partition"]
    added = pa.table(events.get_add_actions(flatten=True))
    most: dict[tuple[str, int], int] = {}
    if added.num_rows:
        if not {*names, "max._offset"} <= {*added.column_names}:
            return []
        for row in added.group_by(names).aggregate([("max._offset", "max")]).to_pylist():
            places, last = _places(row), row["max._offset_max"]
            if not places or last is None:
                return []
            most.update((place, max(last, most.get(place, -1))) for place in places)
    return [entry for entry in position if most.get(entry[:2], -1) < entry.next - 1]


def is_folded(row: Mapping[str, Any], position: Position) -> bool | None:
    """Return whether all events of a file are folded, or none; None where its bounds do not tell."""
    done = {entry[:2]: entry.next for entry in position}
    if _is_folded(row, done):
        return True
    return False if _is_behind(row, done) else None


def are_folded(rows: pa.Table, position: Position) -> pa.ChunkedArray:
    """Return whether each of some events is folded."""
    topics = rows["_topic_id"].cast(pa.string())
    found = pa.chunked_array([pa.repeat(False, rows.num_rows)])
    for topic in {entry.topic_id for entry in position}:
        known = {entry.partition: entry.next for entry in position if entry.topic_id == topic}
        place = pc.index_in(rows["_partition"], value_set=pa.array(known, rows["_partition"].type))
        following = pa.array(known.values(), pa.int64()).take(place)
        found = pc.or_(found, pc.and_(pc.equal(topics, topic), pc.less(rows["_offset"], following)))
    return pc.fill_null(found, False)


def _added(events: DeltaTable) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pa.table(events.get_add_actions(flatten=True)).to_pylist()
    return found


def _without(events: DeltaTable, names: Collection[str]) -> list[str]:
    return [path for path in events.file_uris() if _name(path) not in names]


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _places(row: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Return the partitions that a file may have events of, none where its bounds do not tell."""
    topic, first, last = row.get("min._topic_id"), row.get("min._partition"), row.get("max._partition")
    if not isinstance(topic, str) or topic != row.get("max._topic_id"):
        return []
    if not isinstance(first, int) or not isinstance(last, int):
        return []
    return [(topic, partition) for partition in range(first, last + 1)]


def _is_folded(row: Mapping[str, Any], done: Mapping[tuple[str, int], int]) -> bool:
    places, most = _places(row), row.get("max._offset")
    return bool(places) and isinstance(most, int) and all(most < done.get(place, 0) for place in places)


def _is_behind(row: Mapping[str, Any], done: Mapping[tuple[str, int], int]) -> bool:
    """Return whether no event of a file is folded, as its bounds tell."""
    places, least = _places(row), row.get("min._offset")
    return bool(places) and isinstance(least, int) and all(least >= done.get(place, 0) for place in places)


def _is_clear(
    row: Mapping[str, Any], done: Mapping[tuple[str, int], int], reached: Mapping[tuple[str, int], str]
) -> bool:
    places, sequence = _places(row), row.get("min._sequence")
    return (
        isinstance(sequence, str)
        and all(place in done and sequence > reached[place] for place in places)
        and _is_behind(row, done)
    )
