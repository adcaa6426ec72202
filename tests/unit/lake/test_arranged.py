"""Rows of many files come out by partition, in the order of their keys, none lost and none twice."""

import random
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from franca.lake.arranged import arranged
from franca.lake.dictionaries import CODED, MOST_VALUES

_COLUMNS = (
    ("_topic_id", CODED),
    ("_partition", pa.int32()),
    ("_subject", pa.string()),
    ("_offset", pa.int64()),
    ("name", CODED),
    ("tags", pa.list_(pa.string())),
)
_NAMES = [name for name, _ in _COLUMNS]
_Row = tuple[str, int, str, int, str | None, list[str]]


def table(rows: list[_Row]) -> pa.Table:
    """Return a file's rows, with dictionaries of their own."""
    columns = zip(*rows, strict=True) if rows else ([] for _ in _COLUMNS)
    arrays = [
        pa.array(list(values), pa.string()).dictionary_encode()
        if kind == CODED
        else pa.array(list(values), kind)
        for values, (_, kind) in zip(columns, _COLUMNS, strict=True)
    ]
    return pa.Table.from_arrays(arrays, names=_NAMES)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("together", [8, 64, 1 << 16])
@pytest.mark.parametrize("memory", [1, 2_000, 20_000, 1 << 28])
def test_rows_come_in_order_and_none_is_lost(tmp_path: Path, seed: int, together: int, memory: int) -> None:
    """Whatever lies in which file: several topics, files without rows, texts of any alphabet or none."""
    chance = random.Random(seed)
    keys = ["", "a", "ab", "Ä", "\U0001f600", *(f"k{number}" for number in range(chance.randint(1, 300)))]
    rows: list[_Row] = [
        (
            chance.choice("tu"),
            chance.randint(0, 4),
            chance.choice(keys),
            offset,
            chance.choice(["x", "y", None]),
            [str(offset)] * chance.randint(0, 2),
        )
        for offset in range(chance.randint(1, 1_000))
    ]
    files, rest = [], rows
    while rest:
        count = chance.randint(0, 200)
        files.append((chance.choice([True, False]), table(rest[:count])))
        rest = rest[count:]
    folded = {number for is_folded, file in files if is_folded for number in file["_offset"].to_pylist()}
    found: list[dict[str, Any]] = []
    ranks = []
    for pieces in arranged(iter(files), tmp_path, memory, together):
        of_place = [row for piece in pieces for row in piece.to_pylist()]
        ranks += [ranked(row, row["_offset"] in folded) for row in of_place]
        assert len({rank[:3] for rank in ranks[len(found) :]}) == 1
        found += of_place
    assert ranks == sorted(ranks)
    wanted = [dict(zip(_NAMES, row, strict=True)) for row in rows]
    assert sorted(found, key=by_offset) == wanted
    assert list(tmp_path.iterdir()) == []


def ranked(row: dict[str, Any], is_folded: bool) -> tuple[str, int, bool, bytes]:
    """Return what rows are in the order of."""
    return row["_topic_id"], row["_partition"], is_folded, row["_subject"].encode()


def by_offset(row: dict[str, Any]) -> int:
    """Return what tells a row from all others."""
    return int(row["_offset"])


@pytest.mark.parametrize("memory", [1, 1 << 28])
def test_a_column_of_many_values_is_texts_again(tmp_path: Path, memory: int) -> None:
    """Each group of rows that is written would have all of its values otherwise; of few it stays numbers."""
    files = [
        (
            False,
            table(
                [
                    ("t", 0, f"{offset}", offset, f"{offset // 2}" if file == 2 else "x", [])
                    for offset in numbers
                ]
            ),
        )
        for file, numbers in enumerate([range(10), range(10, 20), range(20, 20 + 3 * MOST_VALUES)])
    ]
    for count, kind in ((2, CODED), (3, pa.string())):
        rows = pa.concat_tables(list(chain.from_iterable(arranged(files[:count], tmp_path, memory))))
        assert rows.schema.field("name").type == kind
        assert sorted(rows["_offset"].to_pylist()) == list(range(sum(len(rows) for _, rows in files[:count])))


def test_a_column_of_large_values_is_texts_again(tmp_path: Path) -> None:
    """Few as they may be."""
    files = [(False, table([("t", 0, "a", number, f"{number}" + "x" * 30_000, [])])) for number in range(20)]
    for count, kind in ((2, CODED), (20, pa.string())):
        rows = pa.concat_tables(list(chain.from_iterable(arranged(files[:count], tmp_path))))
        assert rows.schema.field("name").type == kind
        assert rows["name"].to_pylist() == [f"{number}" + "x" * 30_000 for number in range(count)]


def test_rows_of_no_partition_are_not_lost(tmp_path: Path) -> None:
    """Nothing of franca writes such."""
    rows = table([("t", 0, "a", 0, None, []), ("t", 0, "b", 1, None, [])])
    none = rows.set_column(1, "_partition", pa.array([None, 0], pa.int32()))
    none = none.set_column(0, "_topic_id", pa.array(["t", None], pa.string()).dictionary_encode())
    found = [
        row for piece in chain.from_iterable(arranged([(False, none)], tmp_path)) for row in piece.to_pylist()
    ]
    assert sorted(row["_subject"] for row in found) == ["a", "b"]


def test_no_files_give_nothing(tmp_path: Path) -> None:
    """Nor does a file without rows."""
    assert list(arranged([], tmp_path)) == []
    assert list(arranged([(False, table([]))], tmp_path)) == []
