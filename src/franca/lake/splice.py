"""The newest of each key out of two tables of rows, both in the order of their keys."""

from array import array
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

KEY = "_subject"
IS_DELETE = "_is_delete"
"""The column of events that tells whether one deletes its key."""

FEW = 1 << 16
"""So many numbers are kept: as many as rows are looked at together, mostly."""

_RANK = ("_sequence", "_mapping")


def spliced(old: pa.Table, new: pa.Table, deletes: pa.Array) -> pa.Table:
    """Return each key's row of the larger rank, of equal ranks the old one, in the order of the keys.

    Both tables have the same columns, one row per key, in the order of `_subject`; `deletes` tells of each
    new row whether it deletes its key: where it counts, no row is left. The result is in that order too.
    """
    if not new.num_rows:
        return old
    place = _column(pc.index_in(_column(old[KEY]), value_set=_column(new[KEY]))).cast(pa.int64())
    is_met = pc.is_valid(place)
    met = place.drop_null()
    has_all = len(met) == new.num_rows  # and in this order, as both are in the order of their keys
    rivals = new.select(_RANK) if has_all else new.select(_RANK).take(met)
    counts = _spread(is_newer(rivals, old.select(_RANK).filter(is_met)), is_met)
    stays = pc.if_else(counts, pc.add(place, old.num_rows), numbers(old.num_rows))
    has_deletes = pc.any(deletes).as_py()
    if has_deletes:
        gone = pc.take(deletes, pc.if_else(counts, place, pa.scalar(None, pa.int64())))
        stays = stays.filter(pc.invert(pc.fill_null(gone, False)))
    both = pa.concat_tables([old, new])
    if has_all:
        return both.take(stays)
    places = numbers(new.num_rows)
    is_added = pc.invert(pc.is_in(places, value_set=met))
    is_added = pc.and_(is_added, pc.invert(deletes)) if has_deletes else is_added
    fresh = pc.add(places.filter(is_added), old.num_rows)
    return in_order(both.take(pa.concat_arrays([_column(stays), fresh])))


def in_order(rows: pa.Table) -> pa.Table:
    """Return rows in the order of their keys, bytewise; those that are in order already as they are."""
    return rows if is_in_order(rows) else rows.take(pc.array_sort_indices(_column(rows[KEY])))


def is_in_order(rows: pa.Table) -> bool:
    """Return whether rows are in the order of their keys."""
    keys = _column(rows[KEY])
    return len(keys) < 2 or bool(pc.all(pc.less_equal(keys[:-1], keys[1:])).as_py())


def is_newer(new: pa.Table, old: pa.Table) -> pa.Array:
    """Return which rows of one table have a larger rank than their counterparts in the other."""
    sequence, mapping = _RANK
    larger = pc.greater(new[sequence], old[sequence])
    if pc.all(larger).as_py():
        return _column(larger)
    equal = pc.and_(pc.equal(new[sequence], old[sequence]), pc.greater(new[mapping], old[mapping]))
    return _column(pc.or_(larger, equal))


def _spread(values: pa.Array, mask: pa.Array) -> pa.Array:
    """Return booleans as long as the mask: the values in turn where it is true, False elsewhere."""
    return pc.replace_with_mask(pa.repeat(False, len(mask)), mask, values)


def numbers(count: int) -> pa.Array:
    """Return the numbers from 0 on, so many."""
    return (_few() if count <= FEW else _many(count)).slice(0, count)


@lru_cache(maxsize=1)
def _few() -> pa.Array:
    return _many(FEW)


def _many(count: int) -> pa.Array:
    return pa.Array.from_buffers(pa.int64(), count, [None, pa.py_buffer(array("q", range(count)))])


def _column(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
