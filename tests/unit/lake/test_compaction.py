"""Compaction makes few files of many, and once."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from deltalake import DeltaTable, write_deltalake

from franca.errors import UnavailableError
from franca.lake.compaction import compact
from franca.lake.condition import condition
from franca.lake.fold import fold
from franca.lake.rows_file import SORTED
from franca.lake.tables import folded_position
from franca.lake.unfolded import clear, counted, unfolded
from franca.lake.vacuum import vacuum
from franca.lake.verification import verify
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.types import Batch, Partition
from tests.individuals import SHAPE, event, record
from tests.unit.lake.test_fold import Lake


def test_small_files_become_few(tmp_path: Path) -> None:
    """What they replace stays for its hours; the sizes tell what there is."""
    lake = Lake(tmp_path)
    for number in range(6):
        lake.write(("a", number, 1, "x"), ("b", number, 1, "x"))
    assert compact(lake.url, SHAPE, {}, tmp_path / "scratch")[1:] == (6, 2, 12, True)
    lake.write(("c", 1, 1, "x"))
    lake.fold()
    lake.write(("e", 1, 1, "x"))
    found = condition(lake.url, SHAPE, {})
    assert found.events is not None
    assert found.snapshot is not None
    assert (found.events.files, found.events.rows, found.snapshot.rows, found.unfolded) == (4, 14, 3, 1)
    assert vacuum(lake.url, SHAPE, {}, 24) == []
    assert lake.current == lake.expected


def test_what_was_put_together_is_not_put_together_again(tmp_path: Path) -> None:
    """Files of many rows that are few bytes become full ones, and a second time there is nothing to do."""
    lake = Lake(tmp_path)
    lake.write(("a", 0, 1, "x"))
    table = DeltaTable(str(lake.table("events")))
    row = table.to_pyarrow_table()
    rows = row.take(pa.array([0] * 130_000))
    for number in range(1, 5):
        numbers = pa.array(range(number * 130_000, (number + 1) * 130_000), pa.int64())
        place = rows.schema.get_field_index("_offset")
        write_deltalake(table, rows.set_column(place, rows.schema.field(place), numbers), mode="append")
    done = compact(lake.url, SHAPE, {}, tmp_path / "scratch")
    assert (done.before, done.rows) == (5, 520_001)
    assert done.after < done.before
    assert compact(lake.url, SHAPE, {}, tmp_path / "scratch").before == 0


def written(sink: DeltaSink, file: int, rows: int, partitions: Sequence[int]) -> None:
    """Write so many events for each of some partitions, as time goes on."""
    follow(sink, dict.fromkeys(partitions, file * rows), dict.fromkeys(partitions, rows), file)


def follow(sink: DeltaSink, begun: dict[int, int], more: Mapping[int, int], minute: int) -> None:
    """Write more events of each partition behind those that were begun, as one commit."""
    first = {Partition("individual", number, "t"): begun[number] for number in more}
    moment = f"2026-11-22T{10 + minute // 60}:{minute % 60:02d}:00.123456".encode()
    records = [
        record(
            event(f"K{offset}", offset).replace(b"2026-11-22T10:00:00.123456", moment), offset, each.partition
        )
        for each, begin in first.items()
        for offset in range(begin, begin + more[each.partition])
    ]
    after = {each: begin + more[each.partition] for each, begin in first.items()}
    assert sink.write(Batch(records, after, first))
    begun.update({each.partition: offset for each, offset in after.items()})


def opened(folder: Path) -> tuple[str, DeltaSink]:
    """Return a lake, and what writes into it."""
    url = str(folder / "lake")
    sink = DeltaSink(url, [SHAPE], Parking(lambda _: None, "lake", ["crm"]))
    sink.open()
    return url, sink


@pytest.mark.parametrize("partitions", [12, 24])
def test_files_of_many_partitions_are_put_together_a_stretch_at_a_time(
    tmp_path: Path, partitions: int
) -> None:
    """A stretch that is cut may give as many files as it has: those of one partition meet later."""
    url, sink = opened(tmp_path)
    for file in range(40):
        written(sink, file, 24 // partitions, range(partitions))
    calls = [compact(url, SHAPE, {}, tmp_path / "scratch", file_rows=25).before for _ in range(5)]
    assert calls[-1] == 0
    names = {uri.rpartition("/")[2] for uri in DeltaTable(f"{url}/individual/events").file_uris()}
    assert all(name.startswith(f"{SORTED}-") for name in names)
    assert len(names) < 4 * partitions
    assert verify(url, SHAPE, {}, tmp_path / "scratch").problems == []


def test_what_waits_of_a_partition_that_gets_nothing_goes_on_waiting(tmp_path: Path) -> None:
    """It is nearly whole, and other partitions have new events: it is not written again with theirs."""
    url, sink = opened(tmp_path)
    for file in range(4):
        written(sink, file, 22, [0])
    assert compact(url, SHAPE, {}, tmp_path / "scratch", file_rows=100).after == 1
    waiting = set(DeltaTable(f"{url}/individual/events").file_uris())
    for file in range(4, 9):
        written(sink, file, 10, range(1, 3))
    assert compact(url, SHAPE, {}, tmp_path / "scratch", file_rows=100).before == 5
    assert waiting < set(DeltaTable(f"{url}/individual/events").file_uris())


def test_what_is_folded_is_not_put_together_with_what_is_not(tmp_path: Path) -> None:
    """A fold and a reader of the current state would read it again, though files tell of one of both.

    Whatever the bounds of files tell: one partition has ten times the events of the other here.
    """
    url, sink = opened(tmp_path)
    table, kept, begun = f"{url}/individual/events", tmp_path / "scratch", {0: 0, 1: 0}
    for minute in range(4):
        follow(sink, begun, {0: 20, 1: 2}, minute)
    assert compact(url, SHAPE, {}, kept, file_rows=100).after == 2
    for minute in range(4, 6):
        follow(sink, begun, {0: 10, 1: 1}, minute)
    fold(url, SHAPE, {}, kept)
    position = folded_position(url, SHAPE, {})
    assert [each.next for each in position] == [100, 10]
    for minute in range(6, 10):
        follow(sink, begun, {0: 4, 1: 4}, minute)
    assert compact(url, SHAPE, {}, kept, file_rows=150).is_done
    events = DeltaTable(table)
    fresh = unfolded(events, position)
    assert len(fresh) == len(clear(events, position, fresh)) == 2
    assert counted(events, position) == (32, [])
    folded = set(events.file_uris()) - set(fresh)
    assert len(folded) == 4, sorted(folded)
    fold(url, SHAPE, {}, kept)
    assert verify(url, SHAPE, {}, kept).problems == []


def test_files_of_other_writers_are_put_together(tmp_path: Path) -> None:
    """Spark writes times of another type, of which the last year has no room in nanoseconds."""
    lake = Lake(tmp_path)
    for number in range(4):
        lake.write(("a", number, 1, "x"))
    table = DeltaTable(str(lake.table("events")))
    (uri, *_) = table.file_uris()
    rows = parquet.read_table(uri)
    place = rows.schema.get_field_index("_changed_at")
    times = pa.array([datetime(9999, 12, 31, tzinfo=UTC)] * rows.num_rows, rows.schema.field(place).type)
    rows = rows.set_column(place, rows.schema.field(place), times)
    parquet.write_table(rows, uri, use_deprecated_int96_timestamps=True)
    assert compact(lake.url, SHAPE, {}, tmp_path / "scratch")[1:] == (4, 1, 4, True)
    found = DeltaTable(str(lake.table("events"))).to_pyarrow_table()
    assert max(found["_changed_at"].to_pylist()) == datetime(9999, 12, 31, tzinfo=UTC)


def test_a_file_that_is_none_any_more_is_named(tmp_path: Path) -> None:
    """Whether it is empty, cut off, or damaged within or at its end. Nothing is changed then."""
    lake = Lake(tmp_path)
    for number in range(4):
        lake.write(("a", number, 1, "x"))
    (uri, *_) = DeltaTable(str(lake.table("events"))).file_uris()
    whole = Path(uri).read_bytes()
    Path(uri).write_bytes(whole[: len(whole) // 2])
    noise = b"\xff" * 400
    for content in (
        b"",
        whole[: len(whole) // 2],
        whole[:4] + noise + whole[404:],
        whole[:-408] + noise + whole[-8:],
    ):
        Path(uri).write_bytes(content)
        with pytest.raises(UnavailableError, match=Path(uri).name):
            compact(lake.url, SHAPE, {}, tmp_path / "scratch")
    Path(uri).write_bytes(whole)
    assert compact(lake.url, SHAPE, {}, tmp_path / "scratch")[1:] == (4, 1, 4, True)
