"""Events of many files, put in the order of partition and key, on disk where memory does not do.

Those that are folded and those that are not are kept apart. Each piece is sorted by itself, and then what
all pieces have between two keys together. What is more than memory holds is sorted part by part; the parts
lie in files, and are merged.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from franca.lake.dictionaries import CODED, MOST_VALUES, coded
from franca.lake.pieces import FILE_BYTES, parts
from franca.lake.rows_file import fitted
from franca.lake.runs import Ahead
from franca.lake.splice import KEY, in_order
from franca.lake.translation import translated

MEMORY_BYTES = 256 * 1_048_576
"""So much is sorted at once."""

TOGETHER_ROWS = 1 << 16
"""About so many rows lie between two keys, or as many as are written together, where they are large."""

SAMPLED = 8
"""So many keys are looked at for each of them."""

DICTIONARY_BYTES = 1 << 18
"""A dictionary takes no more: it is in each group of rows."""

SPILLED_ROWS = 1 << 14
"""So many rows of each file on disk are at hand."""

Place: TypeAlias = tuple[str, int, bool]
"""A topic's id, a partition, and whether its events are folded."""


class _Piece(NamedTuple):
    """Rows by place, and there in the order of their keys; `counts` tells how many each has."""

    rows: pa.Table
    counts: dict[Place, int]


def arranged(
    pieces: Iterable[tuple[bool, pa.Table]],
    folder: Path,
    memory_bytes: int = MEMORY_BYTES,
    together_rows: int = TOGETHER_ROWS,
) -> Iterator[Iterator[pa.Table]]:
    """Yield the rows of each place, in the order of their keys, in pieces.

    They are to be read before those of the next one. All that comes has the same columns; with it comes
    whether it is folded. `folder` is there, and has nothing of this any more afterwards. Raises
    UnavailableError where it has no space.
    """
    spilled: list[_Spilled] = []
    held: list[_Piece] = []
    left = memory_bytes
    for is_folded, rows in pieces:
        if rows.num_rows:
            held.append(_sorted(_with_small_dictionaries(rows), is_folded))
            left -= held[-1].rows.nbytes
        if left <= 0:
            spilled.append(_Spilled(folder / f"{len(spilled)}.arrow", _joined(held, together_rows)))
            held, left = [], memory_bytes
    if not spilled:
        yield from (rows for _, rows in _joined(held, together_rows))
        return
    spilled.append(_Spilled(folder / f"{len(spilled)}.arrow", _joined(held, together_rows)))
    yield from _merged(spilled)
    for each in spilled:
        each.path.unlink()


def _sorted(rows: pa.Table, is_folded: bool) -> _Piece:
    places = {(*place, is_folded): _in_order(rows, is_own) for place, is_own in _partitions(rows)}
    counts = {place: len(own) for place, own in places.items()}
    return _Piece(rows.take(pa.concat_arrays(list(places.values()))).combine_chunks(), counts)


def _partitions(rows: pa.Table) -> Iterator[tuple[tuple[str, int], pa.Array]]:
    """Yield each partition of some rows, and whether each of them is of it; that of none is one, too."""
    topics = rows["_topic_id"].combine_chunks().cast(pa.string()).fill_null("")
    partitions = rows["_partition"].combine_chunks().fill_null(-1)
    for topic in pc.unique(topics):
        is_of_topic = pc.equal(topics, topic)
        for partition in pc.unique(partitions.filter(is_of_topic)):
            yield (topic.as_py(), partition.as_py()), pc.and_(is_of_topic, pc.equal(partitions, partition))


def _in_order(rows: pa.Table, is_own: pa.Array) -> pa.Array:
    """Return the numbers of those rows that are a partition's own, in the order of their keys."""
    own = pc.indices_nonzero(is_own)
    return own.take(pc.array_sort_indices(rows[KEY].combine_chunks().take(own)))


def _joined(pieces: list[_Piece], together_rows: int) -> Iterator[tuple[Place, Iterator[pa.Table]]]:
    """Yield each place of some pieces, which are forgotten, and its rows in the order of their keys."""
    if not pieces:
        return
    every = _together([piece.rows for piece in pieces])
    runs: dict[Place, list[pa.RecordBatch]] = {}
    for piece, batch in zip(pieces, every.to_batches(), strict=True):
        begin = 0
        for place, count in piece.counts.items():
            runs.setdefault(place, []).append(batch.slice(begin, count))
            begin += count
    pieces.clear()
    step = max(1, min(together_rows, FILE_BYTES * every.num_rows // _row_bytes(every)) // SAMPLED)
    for place in sorted(runs):
        yield place, _between(_edges(runs[place], step), runs.pop(place))


def _together(pieces: Sequence[pa.Table]) -> pa.Table:
    """Return all rows, a chunk for each piece, with one dictionary for each coded column."""
    schema = _common([rows.schema for rows in pieces])
    return _with_small_dictionaries(pa.concat_tables(fitted(rows, schema) for rows in pieces))


def _common(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """Return the columns of all, coded where all have them so."""
    texts = {field.name for schema in schemas for field in schema if field.type == pa.string()}
    return coded(schemas[0], set(schemas[0].names) - texts)


def _with_small_dictionaries(rows: pa.Table) -> pa.Table:
    """Return rows with one dictionary for each coded column, where that is small.

    Each group of rows in a file would have all of its values: a column with many, or large ones, is texts.
    """
    unified = rows.unify_dictionaries()
    small = [
        name
        for name in unified.column_names
        if unified[name].type == CODED and _is_small(unified[name].chunk(0).dictionary)
    ]
    return fitted(unified, coded(unified.schema, small))


def _is_small(dictionary: pa.Array) -> bool:
    return len(dictionary) <= MOST_VALUES and dictionary.nbytes <= DICTIONARY_BYTES


def _between(edges: Sequence[str], runs: Sequence[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Yield the rows of several runs, each in the order of its keys, in that order."""
    ahead = [Ahead(iter([rows])) for rows in runs]
    for edge in [*edges, None]:
        some = [rows for each in ahead if (rows := each.take(edge)) is not None]
        if some:
            yield in_order(pa.Table.from_batches(some))


def _edges(runs: Sequence[pa.RecordBatch], step: int) -> list[str]:
    """Return keys that are about `SAMPLED` steps apart, as every so manieth row tells."""
    sample, behind = [], step // 2
    for rows in runs:
        sample += [rows[KEY][number].as_py() for number in range(behind, rows.num_rows, step)]
        behind = (behind - rows.num_rows) % step
    return sorted(set(sorted(sample)[SAMPLED::SAMPLED]))


class _Spilled:
    """Rows on disk, by place and there in the order of their keys, in batches."""

    def __init__(self, path: Path, joined: Iterable[tuple[Place, Iterator[pa.Table]]]) -> None:
        self.path = path
        self.schema: pa.Schema | None = None
        self.batches: dict[Place, list[int]] = {}
        count = 0
        writer: pa.ipc.RecordBatchFileWriter | None = None
        with translated("lake", str(path)), pa.OSFile(str(path), "wb") as file:
            for place, pieces in joined:
                for rows in (part for piece in pieces for part in parts(piece, SPILLED_ROWS)):
                    writer = writer or pa.ipc.new_file(file, rows.schema)
                    self.schema = rows.schema
                    for batch in rows.combine_chunks().to_batches():
                        writer.write_batch(batch)
                        self.batches.setdefault(place, []).append(count)
                        count += 1
            if writer:
                writer.close()

    def read(self, place: Place, schema: pa.Schema) -> Iterator[pa.Table]:
        """Yield the rows of a place."""
        with pa.OSFile(str(self.path)) as file:
            reader = pa.ipc.open_file(file)
            for number in self.batches[place]:
                with translated("lake", str(self.path)):
                    yield fitted(pa.Table.from_batches([reader.get_batch(number)]), schema)


def _merged(spilled: Sequence[_Spilled]) -> Iterator[Iterator[pa.Table]]:
    schema = _common([each.schema for each in spilled if each.schema is not None])
    for place in sorted({place for each in spilled for place in each.batches}):
        yield _side_by_side([each.read(place, schema) for each in spilled if place in each.batches])


def _side_by_side(runs: Iterable[Iterator[pa.Table]]) -> Iterator[pa.Table]:
    ahead = list(map(Ahead, runs))
    while ends := [most for each in ahead if (most := each.most) is not None]:
        some = [rows for each in ahead if (rows := each.take(min(ends))) is not None]
        yield some[0] if len(some) == 1 else in_order(pa.concat_tables(some))


def _row_bytes(rows: pa.Table) -> int:
    """Return about how many bytes rows take without their dictionaries; at least one."""
    plain = rows.select([field.name for field in rows.schema if field.type != CODED])
    numbers = (len(rows.schema) - len(plain.schema)) * rows.num_rows
    return max(1, int(plain.nbytes) + 4 * int(numbers))
