"""The newest of each key out of runs of events, each in the order of its keys: merged, not sorted.

A run is read piece by piece, from where its keys begin to where they end.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from franca.lake.splice import IS_DELETE, KEY, is_in_order, is_newer, numbers

_RANKED = [
    (KEY, "ascending"),
    ("_sequence", "descending"),
    ("_mapping", "descending"),
    ("_topic_id", "ascending"),
    ("_offset", "ascending"),
    ("_partition", "ascending"),
]
"""Newest is the largest sequence, then the largest mapping number; of equals the first on its topic.

What the mappings of one row give has one offset where it was backfilled, and a partition for each mapping.
"""


Rows: TypeAlias = pa.Table | pa.RecordBatch


class Run(NamedTuple):
    """Rows in the order of their keys, of which none is smaller than `least`; `read` begins to read them."""

    least: str
    read: Callable[[], Iterator[pa.Table]]


class Ahead:
    """Pieces of rows in the order of their keys: tables, or batches. Those up to a key can be taken."""

    def __init__(self, pieces: Iterator[Rows]) -> None:
        self._pieces = pieces
        self._rest: Rows | None = next(pieces, None)

    @property
    def most(self) -> str | None:
        """The last key of what can be taken at once, None where there is nothing any more."""
        if self._rest is None:
            return None
        most: str = self._rest[KEY][-1].as_py()
        return most

    def take(self, most: str | None) -> Rows | None:
        """Return the next rows with keys up to that one (None: any), None where there are none."""
        if self._rest is None:
            return None
        count = self._rest.num_rows if most is None else keys_up_to(self._rest[KEY], most)
        if not count:
            return None
        taken = self._rest.slice(0, count)
        self._rest = self._rest.slice(count) if count < self._rest.num_rows else next(self._pieces, None)
        return taken


def merged(runs: Sequence[Run]) -> Iterator[pa.Table]:
    """Yield the newest event of each key in any of the runs, in the order of the keys, in pieces."""
    waiting = sorted(runs, key=lambda run: run.least, reverse=True)
    begun: list[Ahead] = []
    while waiting or begun:
        ends = [most for each in begun if (most := each.most) is not None]
        while waiting and (not ends or waiting[-1].least <= min(ends)):
            begun.append(Ahead(_whole(waiting.pop().read())))
            ends += [most] if (most := begun[-1].most) is not None else []
        parts = [rows for each in begun if ends and (rows := each.take(min(ends))) is not None]
        begun = [each for each in begun if each.most is not None]
        if parts:
            yield parts[0] if len(parts) == 1 else newest(pa.concat_tables(parts))


def newest(rows: pa.Table) -> pa.Table:
    """Return the newest event of each key, in the order of the keys."""
    keys = rows[KEY].combine_chunks()
    order = None if is_in_order(rows) else pc.array_sort_indices(keys)
    keys = keys if order is None else keys.take(order)
    follows = pc.equal(keys[1:], keys[:-1])
    if not pc.any(follows).as_py():
        return rows if order is None else rows.take(order)
    order = numbers(len(keys)).cast(pa.uint64()) if order is None else order
    alone = pa.array([False])
    is_later = pa.concat_arrays([alone, follows])
    is_several = pc.or_(pa.concat_arrays([follows, alone]), is_later)
    several = order.filter(is_several)
    ranked = several.take(
        pc.sort_indices(rows.select([name for name, _ in _RANKED]).take(several), sort_keys=_RANKED)
    )
    is_first = pc.invert(is_later)  # rivals are neighbours in both orders: the first of them counts
    firsts = ranked.filter(is_first.filter(is_several))
    return rows.take(pc.replace_with_mask(order.filter(is_first), is_several.filter(is_first), firsts))


def without_older(pieces: Iterator[pa.Table], deleted: Ahead) -> Iterator[pa.Table]:
    """Yield the newest events without those that came before the delete of their key that is known.

    `deleted` has the ranks of deleted keys, in the order of the keys.
    """
    for rows in pieces:
        most, met = rows[KEY][-1].as_py(), []
        while (some := deleted.take(most)) is not None:
            met.append(some.filter(pc.is_in(some[KEY], value_set=rows[KEY].combine_chunks())))
        known = pa.concat_tables(met).combine_chunks() if met else None
        if known is None or not known.num_rows:
            yield rows
            continue
        place = pc.index_in(rows[KEY], value_set=known[KEY].combine_chunks())
        of_known = rows.filter(pc.is_valid(place))
        ranks = known.take(place.drop_null())
        is_older = pc.or_(
            is_newer(ranks, of_known),
            pc.invert(pc.or_(is_newer(of_known, ranks), of_known[IS_DELETE].combine_chunks())),
        )
        stays = pc.replace_with_mask(
            pa.repeat(True, rows.num_rows), pc.is_valid(place).combine_chunks(), pc.invert(is_older)
        )
        if (left := rows.filter(stays)).num_rows:
            yield left


def keys_up_to(keys: pa.ChunkedArray | pa.Array, key: str) -> int:
    """Return how many of some keys, which are in order, are not larger than a key."""
    low, high = 0, len(keys)
    while low < high:
        middle = (low + high) // 2
        if keys[middle].as_py() <= key:  # texts have one order as characters and as bytes of UTF-8
            low = middle + 1
        else:
            high = middle
    return low


def _whole(pieces: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Yield each key's newest event of one run; a key's events may go on from piece to piece."""
    held: pa.Table | None = None
    for piece in pieces:
        rows = newest(piece if held is None else pa.concat_tables([held, piece]))
        if rows.num_rows > 1:
            yield rows.slice(0, rows.num_rows - 1)
        held = rows.slice(rows.num_rows - 1)
    if held is not None:
        yield held
