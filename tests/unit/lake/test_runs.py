"""Merging runs of events gives the newest of each key, whatever the pieces they come in."""

import random
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from franca.lake.compaction import compact
from franca.lake.position import Reached
from franca.lake.rows_file import SORTED
from franca.lake.runs import Ahead, Run, merged, newest, without_older
from franca.lake.sorted_files import sorted_files
from franca.lake.verification import verify
from tests.individuals import SHAPE
from tests.unit.lake.test_fold import Lake, changes

_Row = tuple[str, str, int, str, int, int, bool]
_NAMES = ("_subject", "_sequence", "_mapping", "_topic_id", "_offset", "_partition", "_is_delete")
_TYPES = (pa.string(), pa.string(), pa.int64(), pa.string(), pa.int64(), pa.int64(), pa.bool_())


def table(rows: Sequence[_Row]) -> pa.Table:
    """Return events as Arrow."""
    columns = zip(*rows, strict=True) if rows else ([] for _ in _NAMES)
    arrays = [pa.array(list(each), kind) for each, kind in zip(columns, _TYPES, strict=True)]
    return pa.Table.from_arrays(arrays, names=list(_NAMES))


def rank(row: _Row) -> tuple[str, int]:
    """Return what makes one event of a key newer than another one."""
    return row[1], row[2]


def expected(rows: Sequence[_Row]) -> list[_Row]:
    """Return the newest event of each key, of equals the first on its topic."""
    best: dict[str, _Row] = {}
    for row in sorted(rows, key=lambda row: row[3:6]):
        if row[0] not in best or rank(row) > rank(best[row[0]]):
            best[row[0]] = row
    return [best[key] for key in sorted(best)]


def listed(pieces: Iterator[pa.Table]) -> list[_Row]:
    """Return the events of all pieces."""
    return [tuple(row.values()) for piece in pieces for row in piece.to_pylist()]


def pieces(rows: Sequence[_Row], chance: random.Random) -> Iterator[pa.Table]:
    """Yield events in pieces of any size."""
    start = 0
    while start < len(rows):
        count = chance.randint(1, 4)
        yield table(rows[start : start + count])
        start += count


@pytest.mark.parametrize("seed", range(20))
def test_runs_are_merged_to_the_newest_of_each_key(seed: int) -> None:
    """Keys in one run or several, in one piece or many, with repeats, equal ranks and known deletes."""
    chance = random.Random(seed)  # nothing is secret
    every: list[_Row] = [
        (
            chance.choice("abcdefgé\U0001f600"),
            str(chance.randint(1, 4)),
            chance.randint(1, 2),
            chance.choice("st"),
            number // 2,
            number % 2,
            chance.random() < 0.2,
        )
        for number in range(chance.randint(0, 40))
    ]
    chance.shuffle(every)
    count = chance.randint(1, 5)
    runs = [sorted(every[number::count], key=lambda row: row[0]) for number in range(count)]
    given = [Run(run[0][0], partial(pieces, run, chance)) for run in runs if run]
    found = listed(merged(given))
    assert found == expected(every)
    if every:
        assert listed(iter([newest(table(sorted(every, key=lambda row: row[0])))])) == found

    dead = [
        (key, str(chance.randint(1, 4)), 1, "", 0, 0, True)
        for key in sorted({*"abz", "é"})
        if chance.random() < 0.7
    ]
    left = listed(without_older(merged(given), Ahead(pieces(dead, chance))))
    ranks = {row[0]: rank(row) for row in dead}
    assert left == [
        row
        for row in found
        if row[0] not in ranks or rank(row) > ranks[row[0]] or (rank(row) == ranks[row[0]] and row[6])
    ]


def test_one_key_may_fill_many_pieces() -> None:
    """Its newest event comes once, and what follows it in the order of keys comes behind."""
    rows = [("a", f"{number:03d}", 1, "t", number, 0, False) for number in range(50)]
    runs = [Run("a", lambda: pieces([*rows, ("b", "1", 1, "t", 99, 0, False)], random.Random(1)))]
    assert listed(merged(runs)) == [rows[-1], ("b", "1", 1, "t", 99, 0, False)]


def test_a_fold_merges_what_is_sorted_with_what_is_not(tmp_path: Path) -> None:
    """Compacted files of several times, with others beside, more than are read at once, folded in between."""
    lake, chance = Lake(tmp_path), random.Random(3)  # nothing is secret
    for turn in range(4):
        for _ in range(3):
            lake.write(*changes(chance, 9))
        assert compact(lake.url, SHAPE, {}, tmp_path / "scratch", 2).is_done
        lake.write(*changes(chance, 2))
        if turn == 1:
            lake.fold(file_rows=3)
            assert lake.snapshot == lake.current == lake.expected
    assert len(list(lake.table("events").glob(f"{SORTED}-*"))) == 9  # one more where both sides were met
    lake.fold(file_rows=3)
    assert lake.snapshot == lake.current == lake.expected
    assert verify(lake.url, SHAPE, {}, tmp_path / "scratch").problems == []


def test_what_is_read_side_by_side_is_limited(tmp_path: Path) -> None:
    """Files behind one position and up to another, and no more with keys in common than may be open."""
    lake = Lake(tmp_path)
    for turn in range(3):
        for mapping in range(1, 4):
            lake.write(*((key, turn, mapping, "x") for key in "abcdefgh"))
        assert compact(lake.url, SHAPE, {}, tmp_path / "scratch", 2).is_done
    events = DeltaTable(lake.table("events"))
    everything = (Reached("t", 0, 36, ""), Reached("t", 1, 36, ""))
    some = (Reached("t", 0, 12, ""), Reached("t", 1, 13, ""))
    assert len(sorted_files(events, (), everything)) == 6
    assert len(sorted_files(events, (), everything, 4)) == 4
    assert len(sorted_files(events, some, everything)) == 3
    assert len(sorted_files(events, (), some)) == 2
    assert sorted_files(events, everything, everything) == []
