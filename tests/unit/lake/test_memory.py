"""What sorting the lake takes follows neither from the machine nor from how large rows are."""

import random
from pathlib import Path

import duckdb
import pytest

from franca.lake.compaction import compact
from franca.lake.memory import bounded
from franca.lake.newest import Newest
from franca.lake.parser import EventParser
from franca.lake.splice import KEY
from franca.lake.verification import verify
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.types import Batch, Partition, Record
from tests.individuals import SHAPE, event, record

LITTLE = 60
"""Megabytes, of which DuckDB itself needs some; what is sorted is twice as much and more."""

FILES, RANGE_FILES, ROWS, MANY = 60, 40, 200, 1_000
PLACE = Partition("individual", 0, "t")


def large(file: int, rows: int = ROWS) -> list[Record]:
    """Return events with names of 14,000 characters that nothing makes smaller, keys in no order."""
    noise = random.Random(file)
    return [
        record(event(f"K{noise.randrange(10**9):09d}", at, name=noise.randbytes(7_000).hex()), at)
        for at in range(file * rows, (file + 1) * rows)
    ]


def test_a_bounded_database_has_one_thread_on_every_machine(tmp_path: Path) -> None:
    """What a sort needs at least grows with the threads: of many, a few hundred megabytes are too little."""
    with duckdb.connect(":memory:", config=bounded(tmp_path, 100)) as connection:
        sql = "SELECT current_setting('threads'), current_setting('memory_limit')"
        assert connection.execute(sql).fetchone() == (1, "95.3 MiB")


@pytest.mark.slow
@pytest.mark.soak
def test_large_events_are_put_together_fewer_at_a_time(tmp_path: Path) -> None:
    """Where the usual stretch is too much to be sorted, a shorter one has to do: no row is lost."""
    sink = DeltaSink(str(tmp_path / "lake"), [SHAPE], Parking(lambda _: None, "lake", ["crm"]))
    sink.open()
    for file in range(FILES):
        start = file * MANY
        assert sink.write(Batch(large(file, MANY), {PLACE: start + MANY}, {PLACE: start}))
    done = compact(str(tmp_path / "lake"), SHAPE, {}, tmp_path / "scratch")
    assert done.is_done
    assert done.after < done.before
    found = verify(str(tmp_path / "lake"), SHAPE, {}, tmp_path / "scratch")
    assert (found.events, found.problems) == (FILES * MANY, [])


def test_a_range_that_is_too_large_is_parted(tmp_path: Path) -> None:
    """The newest of each key comes in order all the same, and each once."""
    parser = EventParser(SHAPE)
    newest = Newest(SHAPE, tmp_path, megabytes=LITTLE)
    newest.take((parser.parse(large(file), "t").table for file in range(RANGE_FILES)), parser.schema)
    newest.know(())
    newest.count()
    columns = ["id", "name", "_sequence", "_mapping", "_event_id", "_origin", "_changed_at", KEY]
    keys = [key for rows in newest.rows(columns, 1_000, None) for key in rows[KEY].to_pylist()]
    newest.close()
    assert len(keys) == RANGE_FILES * ROWS
    assert keys == sorted(set(keys))
