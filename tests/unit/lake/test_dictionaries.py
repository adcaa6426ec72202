"""Texts of few values are held as numbers of a dictionary, and nobody who reads them sees a difference."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from franca.lake.compaction import compact
from franca.lake.dictionaries import (
    CODED,
    MOST_VALUES,
    SAMPLED,
    coded,
    coded_columns,
    moved_columns,
    repeating,
)
from franca.lake.fold import fold
from franca.lake.large_pages import LARGE_PAGES
from franca.lake.location import open_store
from franca.lake.rows_file import added, fitted, opened, read
from franca.lake.splice import KEY
from franca.lake.state_table import StateTable
from franca.lake.tables import snapshot_of
from franca.lake.verification import verify
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.types import Batch, Partition
from tests.individuals import SHAPE, event, record

PLACE = Partition("individual", 0, "t")
COLUMNS: dict[str, Callable[[int], str | int | None]] = {
    "_subject": lambda n: f"K{n:06d}",
    "place": lambda n: f"P{n // 500}",
    "few": lambda n: f"value {n % 7}",
    "gaps": lambda n: None if n % 3 else "öß\N{PILE OF POO}",
    "empty": lambda n: "",
    "nothing": lambda _: None,
    "half": lambda n: str(n % (SAMPLED // 2)),
    "pairs": lambda n: f"{n // 2}",
    "more": lambda n: str(n % (SAMPLED // 2 + 1)),
    "number": lambda n: n % 7,
}


def table(count: int) -> pa.Table:
    """Return rows with columns of each sort."""
    return pa.table(
        {
            name: pa.array(map(value, range(count)), pa.int64() if name == "number" else pa.string())
            for name, value in COLUMNS.items()
        }
    )


def test_a_column_of_few_values_repeats() -> None:
    """At most half of the sampled values are different ones; what is too little to tell does not repeat."""
    few = ["place", "few", "gaps", "empty", "nothing", "half", "pairs"]
    assert repeating(table(SAMPLED * 3)) == few
    assert repeating(table(SAMPLED)) == few
    assert repeating(table(SAMPLED - 1)) == []
    assert repeating(table(0)) == []
    assert repeating(fitted(table(SAMPLED), coded(table(0).schema, COLUMNS))) == few


def test_a_file_holds_numbers_where_texts_repeat(tmp_path: Path) -> None:
    """Those columns whose bounds are told are left: they are as different as rows are."""
    store, rows = open_store(str(tmp_path), {}), table(3_000)
    add = added(store, rows, [], [KEY, "place"])
    assert coded_columns(opened(store, add["path"]).metadata) == [
        "few",
        "gaps",
        "empty",
        "nothing",
        "half",
        "pairs",
    ]
    assert read(store, add["path"]).schema.field("few").type == CODED
    assert fitted(read(store, add["path"]), rows.schema).equals(rows)
    assert coded_columns(opened(store, added(store, table(0), [], [KEY])["path"]).metadata) == []


def test_a_large_dictionary_is_not_moved(tmp_path: Path) -> None:
    """The file has it, but where rows of two files meet it would be made anew each time."""
    store, names = open_store(str(tmp_path), {}), ["few", "pairs"]
    for count, wanted in ((2 * MOST_VALUES, names), (2 * MOST_VALUES + 1, ["few"])):
        file = opened(store, added(store, table(count).select([KEY, *names]), [], [KEY])["path"])
        assert coded_columns(file.metadata) == names
        assert moved_columns(file) == wanted


@pytest.mark.parametrize("is_coded", [False, True])
def test_readers_find_texts(tmp_path: Path, is_coded: bool) -> None:
    """Whether rows were coded when they were written or not: the columns are texts, as the table says."""
    rows = table(3_000)
    state = StateTable(str(tmp_path), {}, rows.schema)
    state.create()
    written = state.write(fitted(rows, coded(rows.schema, rows.column_names)) if is_coded else rows)
    assert state.replace([written], (), {})
    assert state.moved_columns() == ["place", "few", "gaps", "empty", "nothing", "half", "pairs"]
    wanted = rows.to_pylist()
    assert DeltaTable(state.url).to_pyarrow_table().sort_by(KEY).select(list(COLUMNS)).to_pylist() == wanted
    assert pl.read_delta(state.url).sort(KEY).select(*COLUMNS).to_dicts() == wanted
    (file,) = tmp_path.glob("*.parquet")
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM '{file}' ORDER BY ALL").fetchall()
    assert found == [tuple(row.values()) for row in wanted]
    assert set(pq.read_schema(file).types) == {pa.string(), pa.int64()}


class Crowd:
    """A lake of many individuals, whose names are written anew for some of them now and then."""

    def __init__(self, folder: Path) -> None:
        self.url, self._scratch, self._next = str(folder / "lake"), folder / "scratch", 0
        self.names: dict[str, str | None] = {}
        self._sink = DeltaSink(self.url, [SHAPE], Parking(lambda _: None, "lake", ["crm"]))
        self._sink.open()

    def write(self, names: dict[str, str | None], sequence: int | None = None) -> None:
        """Store changes, None for a delete, in a commit; each has a sequence of its own or that one."""
        first = self._next
        self._next += len(names)
        records = [
            record(event(key, sequence or number, name=name or "", deleted=name is None), number)
            for number, (key, name) in enumerate(names.items(), first)
        ]
        assert self._sink.write(Batch(records, {PLACE: self._next}, {PLACE: first}))
        self.names |= names

    def fold(self, file_rows: int) -> list[str]:
        """Fold, and return which columns the snapshot holds as numbers."""
        assert fold(self.url, SHAPE, {}, self._scratch, file_rows=file_rows).is_done
        assert verify(self.url, SHAPE, {}, self._scratch).problems == []
        snapshot = snapshot_of(self.url, SHAPE, {})
        assert snapshot.open()
        assert snapshot.table is not None
        found = snapshot.table.to_pyarrow_table(columns=["id", "name"]).to_pylist()
        standing = {key: name for key, name in self.names.items() if name is not None}
        assert {row["id"]: row["name"] for row in found} == standing
        return snapshot.moved_columns()

    def compact(self) -> None:
        """Put small files together, of as many rows as tell whether a column repeats."""
        assert compact(self.url, SHAPE, {}, self._scratch, fewest=2, file_rows=2_500).is_done


@pytest.mark.parametrize("is_compacted", [False, True])
@pytest.mark.parametrize("file_rows", [1_500, 10_000])
def test_a_fold_keeps_up_with_what_repeats(tmp_path: Path, file_rows: int, is_compacted: bool) -> None:
    """A column becomes one of numbers, of texts and of numbers again, as its values do; none is lost."""
    crowd, noise = Crowd(tmp_path), random.Random(1)
    keys = [f"K{number:05d}" for number in range(5_000)]
    few: list[str | None] = ["Ada", "", "öß😀", None]

    def change(share: float, name: Callable[[int], str | None]) -> list[str]:
        chosen = noise.sample(keys, int(len(keys) * share))
        for part in range(3):
            crowd.write({key: name(number) for number, key in enumerate(chosen[part::3])})
        if is_compacted:
            crowd.compact()
        return crowd.fold(file_rows)

    assert "name" in change(1, lambda number: few[number % 3])
    assert "name" in change(0.3, lambda number: few[number % 4])
    assert "name" not in change(0.9, lambda number: f"name {number}")
    assert "name" not in change(0.2, lambda number: few[number % 4])
    assert "name" in change(1, lambda number: few[number % 2])


def test_sequences_that_repeat_are_compared_all_the_same(tmp_path: Path) -> None:
    """A backfill gives all rows one: the file holds it once, and what is newer counts."""
    crowd = Crowd(tmp_path)
    keys = [f"K{number:05d}" for number in range(3_000)]
    for sequence in (1_000_000, 2_000_000):
        crowd.write(dict.fromkeys(keys[: sequence // 400], f"at {sequence}"), sequence)
        assert "_sequence" not in crowd.fold(10_000)
    paths = Path(crowd.url, "individual/snapshot").glob("*.parquet")
    schema = pq.read_schema(next(paths))
    assert schema.field("_sequence").type == pa.string()


def test_memory_is_taken_in_large_pages_unless_told() -> None:
    """Arrow's allocator reads it from the environment; what is there already stays."""
    asked = (
        "import os; from franca.lake.large_pages import *; take_large_pages(); "
        "import pyarrow; print({name: os.environ[name] for name in LARGE_PAGES})"
    )
    chosen = dict.fromkeys(LARGE_PAGES, "0")
    for told, wanted in ((chosen, chosen), ({}, LARGE_PAGES)):
        environment = {"PATH": os.environ["PATH"], **told}
        command = [sys.executable, "-c", asked]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == str(wanted)
