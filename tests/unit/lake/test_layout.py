"""Questions about one key or one stretch of time read a small share of a table's files."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from deltalake import DeltaTable

from franca.lake.compaction import compact
from franca.lake.fold import fold
from franca.lake.rows_file import LAST_CHARACTER, LONGEST_BOUND
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.types import Batch, Partition
from franca.views.lake import open_lake
from tests.individuals import FULL, SHAPE, event, record
from tests.unit.lake.test_fold import PLACES, Lake

COMMITS, ROWS, FILE_ROWS = 128, 25, 50
BEGIN = datetime(2026, 11, 22)
PLACE = Partition("individual", 0, "t")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a lake of many small files, each with changes of keys from everywhere, as time goes on."""
    folder = tmp_path_factory.mktemp("lake")
    sink = DeltaSink(str(folder), [SHAPE], Parking(lambda _: None, "lake", ["crm"]))
    sink.open()
    for start in range(0, COMMITS * ROWS, ROWS):
        records = []
        for offset in range(start, start + ROWS):
            moment = (BEGIN + timedelta(minutes=offset)).isoformat().encode()
            value = event(f"K{offset * 7919 % 400:03d}", offset, name=f"n{offset}")
            records.append(record(value.replace(b"2026-11-22T10:00:00.123456", moment), offset))
        assert sink.write(Batch(records, {PLACE: start + ROWS}, {PLACE: start}))
    return folder


def share(table: Path, low: dict[str, Any], high: dict[str, Any] | None = None) -> float:
    """Return which share of a table's files may hold rows with values between these, by their bounds."""
    files = pa.table(DeltaTable(table).get_add_actions(flatten=True)).to_pylist()
    found = [
        file
        for file in files
        if all(file[f"max.{name}"] >= value for name, value in low.items())
        and all(file[f"min.{name}"] <= value for name, value in (high or low).items())
    ]
    assert found
    return len(found) / len(files)


def test_few_files_are_read_for_a_key_a_time_and_the_newest(lake: Path, tmp_path: Path) -> None:
    """Small files are each a stretch of time; put together, a key is in one file of each larger stretch."""
    events = lake / "individual/events"
    newest = f"n{max(n for n in range(COMMITS * ROWS) if n * 7919 % 400 == 123)}"
    begin = BEGIN.replace(tzinfo=UTC) + timedelta(minutes=700)
    hours = {"_changed_at": begin}, {"_changed_at": begin + timedelta(minutes=60)}
    assert len(DeltaTable(events).file_uris()) == COMMITS
    assert share(events, *hours) <= 4 / COMMITS
    assert share(events, {"id": "K123"}) == 1.0  # which is why small files do not stay

    done = compact(str(lake), SHAPE, {}, tmp_path, file_rows=FILE_ROWS)
    assert done.after == COMMITS * ROWS // FILE_ROWS
    for name in ("id", "_subject"):
        assert share(events, {name: "K123"}) <= 0.25
    assert share(events, *hours) <= 0.25

    fold(str(lake), SHAPE, {}, tmp_path, None, 20)
    assert share(lake / "individual/snapshot", {"id": "K123"}) <= 0.06
    with open_lake(str(lake), [SHAPE]) as view:
        assert list(view.query("SELECT name FROM individual WHERE id = 'K123'").rows) == [(newest,)]


def test_deltalake_finds_the_same_rows_by_any_column(tmp_path: Path) -> None:
    """Its dataset takes a bound that is not told for one that no row is within, so none must be missing."""
    lake = Lake(tmp_path)
    lake.write(("c", 1, 1, "x"), ("e", 1, 1, None))
    full = [record(event("a", 1, **FULL), 2, 1)]
    assert lake.sink.write(Batch(full, {PLACES[1]: 3}, {PLACES[1]: 2}))
    lake.fold()
    for table in ("events", "snapshot", "deleted"):
        opened = DeltaTable(lake.table(table))
        rows = opened.to_pyarrow_table()
        for column in rows.schema:
            if pa.types.is_nested(column.type) or not len(rows[column.name].drop_null()):
                continue
            value = rows[column.name].drop_null()[0]
            found = opened.to_pyarrow_dataset().to_table(filter=ds.field(column.name) == value)
            assert found.num_rows == sum(each == value for each in rows[column.name]), column


LONG = ["b" * 300, "b" * LONGEST_BOUND + LAST_CHARACTER * 3, "b" * 255 + LAST_CHARACTER * 2 + "a", "b" * 256]


@pytest.mark.parametrize("key", LONG)
def test_a_bound_of_a_long_text_is_cut_and_holds(tmp_path: Path, key: str) -> None:
    """What is told is short, and no row is without it."""
    lake = Lake(tmp_path)
    batch = Batch([record(event(key, 1, **FULL), 0, 1)], {PLACES[1]: 1}, {PLACES[1]: 0})
    assert lake.sink.write(batch)
    (file,) = pa.table(DeltaTable(lake.table("events")).get_add_actions(flatten=True)).to_pylist()
    assert file["min.id"].encode() <= key.encode() <= file["max.id"].encode()
    assert max(len(file["min.id"]), len(file["max.id"])) <= LONGEST_BOUND + 4
    assert share(lake.table("events"), {"id": key}) == 1.0
    lake.fold()
    assert list(lake.snapshot) == [key]


@pytest.mark.parametrize("name", ["my lake", "Büro", "a%b", "a#b", "{a}", "a[1]+b", "it's"])
def test_a_folder_may_be_called_as_one_likes(tmp_path: Path, name: str) -> None:
    """Libraries write such names in URLs in another way: all is found, and no folder is made beside it."""
    lake = Lake(tmp_path / name)
    for number in range(5):
        lake.write(("a", number, 1, f"n{number}"))
    assert lake.current == lake.expected
    assert compact(lake.url, SHAPE, {}, lake.folder / "scratch").is_done
    lake.fold()
    lake.write(("b", 9, 1, "new"))
    assert lake.current == lake.expected
    assert [path.name for path in tmp_path.iterdir()] == [name]
