"""Rows of many files come out by partition, in the order of their keys, none lost and none twice."""

import random

import pyarrow as pa
import pytest

from franca.lake.arranged import arranged
from franca.lake.dictionaries import CODED

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
def test_rows_come_in_order_and_those_of_a_key_as_they_came(seed: int, together: int) -> None:
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
        files.append(table(rest[:count]))
        rest = rest[count:]
    found = []
    for place, pieces in arranged(iter(files), together):
        of_place = [row for piece in pieces for row in piece.to_pylist()]
        assert {(row["_topic_id"], row["_partition"]) for row in of_place} == {place}
        found += of_place
    wanted = sorted(rows, key=lambda row: (row[0], row[1], row[2].encode()))
    assert found == [dict(zip(_NAMES, row, strict=True)) for row in wanted]


def test_no_files_give_nothing() -> None:
    """Nor does a file without rows."""
    assert list(arranged([])) == []
    assert list(arranged([table([])])) == []
