"""What sorting the lake takes follows neither from the machine nor from how large rows are."""

import os
import random
import subprocess
import sys
from pathlib import Path
from types import new_class

import duckdb
import msgspec
import pyarrow as pa
import pytest
from deltalake import DeltaTable

from franca.lake.columns import snapshot_schema
from franca.lake.compaction import SMALL_BYTES, compact
from franca.lake.fold import fold
from franca.lake.memory import bounded, with_columns
from franca.lake.newest import Newest
from franca.lake.parser import EventParser
from franca.lake.pieces import FILE_BYTES, PIECE_BYTES, READ_ROWS
from franca.lake.splice import KEY
from franca.lake.tables import snapshot_of
from franca.lake.verification import verify
from franca.model.entity import Entity
from franca.model.markers import Key
from franca.model.shape import shape_of
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.types import Batch, Partition, Record
from tests.individuals import SHAPE, event, record

LITTLE = 60
"""Megabytes, of which DuckDB itself needs some; what is sorted is twice as much and more."""

FILES, RANGE_FILES, ROWS, MANY = 60, 40, 200, 1_000
PLACE = Partition("individual", 0, "t")
WIDE = 2_000
"""Characters of a name: 2 KB a row."""

FOLD = """
import sys
from pathlib import Path
from franca.lake.fold import fold
from tests.individuals import SHAPE
fold(sys.argv[1], SHAPE, {}, Path(sys.argv[2]))
"""


def large(file: int, rows: int = ROWS, characters: int = 14_000) -> list[Record]:
    """Return events with long names that nothing makes smaller, keys in no order."""
    noise = random.Random(file)
    return [
        record(event(f"K{noise.randrange(10**9):09d}", at, name=noise.randbytes(characters // 2).hex()), at)
        for at in range(file * rows, (file + 1) * rows)
    ]


def filled(folder: Path, files: int, rows: int, first: int = 0, characters: int = WIDE) -> str:
    """Write so many files of large events, and return where the lake is."""
    sink = DeltaSink(str(folder / "lake"), [SHAPE], Parking(lambda _: None, "lake", ["crm"]))
    sink.open()
    for file in range(first, first + files):
        start = file * rows
        assert sink.write(Batch(large(file, rows, characters), {PLACE: start + rows}, {PLACE: start}))
    return str(folder / "lake")


def peak_megabytes(lake_url: str, scratch: Path) -> int:
    """Fold in a process of its own, and return the most memory that it had."""
    worker = subprocess.Popen([sys.executable, "-c", FOLD, lake_url, str(scratch)])
    _, status, used = os.wait4(worker.pid, 0)
    worker.returncode = os.waitstatus_to_exitcode(status)
    assert worker.returncode == 0
    return used.ru_maxrss >> 10


def test_a_bounded_database_has_one_thread_on_every_machine(tmp_path: Path) -> None:
    """What a sort needs at least grows with the threads: of many, a few hundred megabytes are too little."""
    with duckdb.connect(":memory:", config=bounded(tmp_path, 100)) as connection:
        sql = "SELECT current_setting('threads'), current_setting('memory_limit')"
        assert connection.execute(sql).fetchone() == (1, "95.3 MiB")


@pytest.mark.slow
@pytest.mark.soak
def test_large_events_are_put_together_fewer_at_a_time(tmp_path: Path) -> None:
    """Where the usual stretch is too much to be sorted, a shorter one has to do: no row is lost."""
    filled(tmp_path, FILES, MANY, characters=14_000)
    done = compact(str(tmp_path / "lake"), SHAPE, {}, tmp_path / "scratch")
    assert done.is_done
    assert done.after < done.before
    found = verify(str(tmp_path / "lake"), SHAPE, {}, tmp_path / "scratch")
    assert (found.events, found.problems) == (FILES * MANY, [])


def test_large_rows_pass_through_a_fold_a_few_at_a_time(tmp_path: Path) -> None:
    """Pieces have a weight: what is newer, what is compacted and what stands are each read that way."""
    parser = EventParser(SHAPE)
    newest = Newest(SHAPE, tmp_path / "scratch")
    newest.take((parser.parse(large(file, MANY, WIDE), "t").table for file in range(12)), parser.schema)
    newest.know(())
    newest.count()
    schema = pa.schema([("name", pa.string()), (KEY, pa.string())])
    sizes = [rows.nbytes for rows in newest.rows(schema, 50_000, None)]
    newest.close()
    assert sum(sizes) > 12 * MANY * WIDE
    assert max(sizes) < PIECE_BYTES + READ_ROWS * WIDE * 1.2
    url = filled(tmp_path, 12, MANY)
    fold(url, SHAPE, {}, tmp_path / "scratch")
    snapshot = snapshot_of(url, SHAPE, {})
    assert snapshot.open()
    whole = ((file, snapshot.schema) for file in snapshot.files())
    pieces = [rows.nbytes for file, schema in whole for rows in snapshot.pieces(file, 50_000, schema)]
    assert max(pieces) < PIECE_BYTES * 1.1


def test_large_events_are_compacted_at_once_as_far_as_memory_does(tmp_path: Path) -> None:
    """How large they are is known before: nothing is sorted in vain, and files are whole ones."""
    url = filled(tmp_path, 16, MANY * 4)
    done = compact(url, SHAPE, {}, tmp_path / "scratch")
    files = DeltaTable(f"{url}/individual/events").get_add_actions(flatten=True)
    sizes = sorted(pa.table(files)["size_bytes"].to_pylist())
    assert done.rows == 16 * MANY * 4
    assert sizes[-1] > SMALL_BYTES
    assert sizes[-1] < SMALL_BYTES + FILE_BYTES


@pytest.mark.slow
@pytest.mark.soak
def test_a_fold_of_large_rows_takes_less_than_a_gigabyte(tmp_path: Path) -> None:
    """The first fold, and one of as many newer events, compacted or not, in a process of its own."""
    url = filled(tmp_path, FILES, MANY * 5)
    assert peak_megabytes(url, tmp_path / "scratch") < 1_000
    filled(tmp_path, FILES, MANY * 5, first=FILES)
    assert peak_megabytes(url, tmp_path / "scratch") < 1_000
    filled(tmp_path, FILES, MANY * 5, first=2 * FILES)
    assert compact(url, SHAPE, {}, tmp_path / "scratch").is_done
    assert peak_megabytes(url, tmp_path / "scratch") < 1_000
    assert verify(url, SHAPE, {}, tmp_path / "scratch").problems == []


def test_a_range_that_is_too_large_is_parted(tmp_path: Path) -> None:
    """The newest of each key comes in order all the same, and each once."""
    parser = EventParser(SHAPE)
    newest = Newest(SHAPE, tmp_path, megabytes=LITTLE)
    newest.take((parser.parse(large(file), "t").table for file in range(RANGE_FILES)), parser.schema)
    newest.know(())
    newest.count()
    keys = [key for rows in newest.rows(snapshot_schema(SHAPE), 1_000, None) for key in rows[KEY].to_pylist()]
    newest.close()
    assert len(keys) == RANGE_FILES * ROWS
    assert keys == sorted(set(keys))


def test_rows_that_are_small_on_disk_only_are_put_together(tmp_path: Path) -> None:
    """They take eight hundred megabytes in memory: what there is no room for is on disk meanwhile."""
    url = filled(tmp_path, 4, 10)
    sink = DeltaSink(url, [SHAPE], Parking(lambda _: None, "lake", ["crm"]))
    sink.open()
    for file in range(4, 8):
        start = file * 1_000
        records = [
            record(event(f"K{at}", at, name=f"{at}" + "x" * 200_000), at)
            for at in range(start, start + 1_000)
        ]
        assert sink.write(Batch(records, {PLACE: start + 1_000}, {PLACE: start if file > 4 else 40}))
    done = compact(url, SHAPE, {}, tmp_path / "scratch")
    assert done[1:] == (8, 1, 4_040, True)
    found = verify(url, SHAPE, {}, tmp_path / "scratch")
    assert (found.events, found.problems) == (4_040, [])
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 1_000])
def test_many_columns_are_folded_however_few_events_there_are(tmp_path: Path, count: int) -> None:
    """DuckDB has a few thousand values of each column at hand, whatever the rows: memory follows them."""
    names = [f"c{number}" for number in range(1_200)]
    types = {"id": Key[str], **dict.fromkeys(names, str | None)}
    told = {"__module__": __name__, "__doc__": "Wide.", "__annotations__": types}
    body: dict[str, object] = {**told, **dict.fromkeys(names)}
    shape = shape_of(new_class("Wide", (Entity,), exec_body=lambda own: own.update(body)))
    value = msgspec.json.decode(event("", 0))
    sink = DeltaSink(str(tmp_path / "lake"), [shape], Parking(lambda _: None, "lake", ["crm"]))
    sink.open()
    records = []
    for offset in range(count):
        key = f"K{offset * 7919 % count}"
        own = {"type": "wide.changed", "subject": key, "data": {"id": key, **dict.fromkeys(names, key)}}
        content = msgspec.json.encode({**value, **own, "dataschema": "wide/1"})
        records.append(Record("wide", 0, offset, -1, b"k", content))
    place = Partition("wide", 0, "t")
    assert sink.write(Batch(records, {place: count}, {place: 0}))
    assert fold(str(tmp_path / "lake"), shape, {}, tmp_path / "scratch")[1:3] == (count, count)
    assert verify(str(tmp_path / "lake"), shape, {}, tmp_path / "scratch").problems == []


@pytest.mark.parametrize(
    ("kinds", "megabytes"),
    [
        ([pa.string()] * 60, 200),
        ([pa.int64()] * 2_300, 900),
        ([pa.list_(pa.struct([("a", pa.string()), ("b", pa.string())]))] * 300, 533),
    ],
)
def test_memory_follows_the_columns_where_they_are_many(kinds: list[pa.DataType], megabytes: int) -> None:
    """Those that nested values consist of count; an entity of some dozens takes no more."""
    schema = pa.schema([(f"c{number}", kind) for number, kind in enumerate(kinds)])
    assert with_columns(200, schema) == megabytes


@pytest.mark.slow
def test_few_large_rows_among_many_small_ones_are_parted(tmp_path: Path) -> None:
    """The keys at which ranges are parted come from the range, however few of all it has."""
    parser, noise = EventParser(SHAPE), random.Random(1)
    small = [record(event(f"K{at:06d}", at), at) for at in range(40_000)]
    great = [
        [record(event(f"A{at:03d}", at, name=noise.randbytes(200_000).hex()), 40_000 + at)]
        for at in range(150)
    ]
    newest = Newest(SHAPE, tmp_path, megabytes=2 * LITTLE)
    newest.take((parser.parse(some, "t").table for some in (small, *great)), parser.schema)
    newest.know(())
    newest.count()
    keys = [key for rows in newest.rows(snapshot_schema(SHAPE), 1_000, None) for key in rows[KEY].to_pylist()]
    newest.close()
    assert len(keys) == 40_150
    assert keys == sorted(set(keys))
