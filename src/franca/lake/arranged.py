"""Rows of many small files, put in the order of partition and key, in memory.

Each file's rows are sorted by themselves, and then what all files have between two keys together, so that no
more than these are there a third time.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from franca.lake.pieces import FILE_BYTES
from franca.lake.runs import Ahead
from franca.lake.splice import KEY, in_order

TOGETHER_ROWS = 1 << 16
"""About so many rows lie between two keys, or as many as are written together, where they are large."""

SAMPLED = 8
"""So many keys are looked at for each of them."""

Place: TypeAlias = tuple[str, int]
"""A topic's id and a partition."""


def arranged(
    files: Iterable[pa.Table], together_rows: int = TOGETHER_ROWS
) -> Iterator[tuple[Place, Iterator[pa.Table]]]:
    """Yield each partition, and its rows in the order of their keys, in pieces; those of a key as they came.

    All files have the same columns. They are taken one by one, and their rows are copied.
    """
    counts: list[dict[Place, int]] = []
    rows: list[pa.Table] = []
    for file in files:
        if not file.num_rows:
            continue
        places = {place: _in_order(file, own) for place, own in _places(file)}
        rows.append(file.take(pa.concat_arrays(list(places.values()))))
        counts.append({place: len(own) for place, own in places.items()})
    if not rows:
        return
    every = pa.concat_tables(rows).unify_dictionaries()  # so that pieces of several files are joined cheaply
    rows.clear()
    runs: dict[Place, list[pa.RecordBatch]] = {}
    begin = 0
    for file_counts in counts:
        for place, count in file_counts.items():
            runs.setdefault(place, []).extend(every.slice(begin, count).combine_chunks().to_batches())
            begin += count
    for place in sorted(runs):
        yield place, _joined(runs.pop(place), together_rows)


def _places(rows: pa.Table) -> Iterator[tuple[Place, pa.Array]]:
    """Yield each partition of some rows, and whether each of them is of it."""
    topics, partitions = (rows[name].combine_chunks() for name in ("_topic_id", "_partition"))
    for topic in pc.unique(topics):
        is_of_topic = pc.equal(topics, topic)
        for partition in pc.unique(partitions.filter(is_of_topic)):
            yield (topic.as_py(), partition.as_py()), pc.and_(is_of_topic, pc.equal(partitions, partition))


def _in_order(rows: pa.Table, is_own: pa.Array) -> pa.Array:
    """Return the numbers of those rows that are a partition's own, in the order of their keys."""
    own = pc.indices_nonzero(is_own)
    return own.take(pc.array_sort_indices(rows[KEY].combine_chunks().take(own)))


def _joined(runs: Sequence[pa.RecordBatch], together_rows: int) -> Iterator[pa.Table]:
    """Yield rows of several runs, each in the order of its keys, in that order."""
    ahead = [Ahead(iter([rows])) for rows in runs]
    for edge in [*_edges(runs, together_rows), None]:
        parts = [some for each in ahead if (some := each.take(edge)) is not None]
        if parts:
            yield in_order(pa.Table.from_batches(parts))


def _edges(runs: Sequence[pa.RecordBatch], together_rows: int) -> list[str]:
    """Return keys between which there are about as many rows as are sorted together."""
    count, size = sum(rows.num_rows for rows in runs), sum(rows.nbytes for rows in runs)
    step = max(1, min(together_rows, FILE_BYTES * count // max(1, size)) // SAMPLED)
    sample = [rows[KEY][number].as_py() for rows in runs for number in range(step // 2, rows.num_rows, step)]
    return sorted(set(sorted(sample)[SAMPLED::SAMPLED]))
