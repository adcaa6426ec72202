"""An events table is made, checked, and appended to with marks."""

import json
import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from obstore.store import LocalStore

from franca.errors import DefinitionError, UnavailableError
from franca.lake.events_table import EventsTable
from franca.lake.log import CHECKPOINT_COMMITS, DeltaLog, create_commit, info
from franca.lake.marks import marks_of
from franca.lake.parser import EventParser
from tests.individuals import SHAPE, event, record

PARSER = EventParser(SHAPE)
ROWS = PARSER.parse([record(event("A"))], "t").table
NONE = ROWS.slice(0, 0)


def table(folder: Path, schema: pa.Schema = PARSER.schema) -> EventsTable:
    """Return an open table in the folder."""
    found = EventsTable(str(folder), {}, schema, ["_source"])
    found.open()
    return found


def test_a_new_table_is_readable_by_every_engine(tmp_path: Path) -> None:
    """Reader version 1, writer version 2, times in UTC."""
    table(tmp_path)
    protocol = DeltaTable(tmp_path).protocol()
    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)
    assert pa.schema(DeltaTable(tmp_path).schema().to_arrow()).field("seen").type == pa.timestamp("us", "UTC")


def test_rows_and_marks_are_one_commit(tmp_path: Path) -> None:
    """A reader sees both or none; deltalake agrees about both."""
    events = table(tmp_path)
    assert events.append(ROWS, {"a": 5}, {"note": "x"})
    found = DeltaTable(tmp_path)
    assert (found.version(), found.transaction_version("a"), found.count()) == (1, 5, 1)
    assert found.history(1)[0]["note"] == "x"


def test_two_writers_of_one_mark_conflict(tmp_path: Path) -> None:
    """The second is refused, and stores nothing."""
    first, second = table(tmp_path), table(tmp_path)
    assert first.append(ROWS, {"a": 1}, {})
    assert not second.append(ROWS, {"a": 1}, {})
    assert second.mark("a") == 1
    assert second.append(ROWS, {"a": 2}, {})
    assert DeltaTable(tmp_path).count() == 2


def test_writers_of_different_marks_both_succeed(tmp_path: Path) -> None:
    """Workers share a table as they share the partitions of a topic."""
    first, second = table(tmp_path), table(tmp_path)
    assert first.append(ROWS, {"a": 1}, {})
    assert second.append(ROWS, {"b": 1}, {})
    assert first.append(ROWS, {"a": 2}, {})
    assert DeltaTable(tmp_path).count() == 3


def test_marks_alone_can_be_stored(tmp_path: Path) -> None:
    """A batch without rows still moves on."""
    events = table(tmp_path)
    assert events.append(NONE, {"a": 9}, {})
    assert DeltaTable(tmp_path).transaction_version("a") == 9


def test_a_commit_whose_answer_was_lost_is_known_again(tmp_path: Path) -> None:
    """A client tries again where it heard nothing, and is told that there is one: it may be its own."""
    files, body = LocalStore(tmp_path), json.dumps(info("WRITE")).encode()
    assert create_commit(files, 1, body) is None
    assert create_commit(files, 1, body) is None
    assert create_commit(files, 1, json.dumps(info("WRITE")).encode()) == body


def test_the_log_is_checkpointed_and_the_marks_survive(tmp_path: Path) -> None:
    """A log that grew for long opens from its checkpoint."""
    events = table(tmp_path)
    for number in range(1, CHECKPOINT_COMMITS + 6):
        assert events.append(NONE, {"a": number, f"b{number}": 1}, {})
    last = json.loads((tmp_path / "_delta_log" / "_last_checkpoint").read_text())
    assert last["version"] == CHECKPOINT_COMMITS
    assert table(tmp_path).mark("a") == CHECKPOINT_COMMITS + 5
    assert table(tmp_path).mark("b1") == 1


def aged(folder: Path, hours: int) -> None:
    """Make all that is in a table's log so old."""
    moment = time.time() - hours * 3600
    for path in (folder / "_delta_log").iterdir():
        os.utime(path, (moment, moment))


def numbered(events: EventsTable, name: str, numbers: range) -> None:
    """Move a mark in a commit each."""
    for number in numbers:
        assert events.append(NONE, {name: number}, {})


def test_a_writer_goes_on_when_the_log_that_it_opened_is_cleaned_away(tmp_path: Path) -> None:
    """Marks that it never asked for are known, and new ones can be set; the other's checkpoint is enough."""
    other = table(tmp_path)
    assert other.append(NONE, {"a": 1, "a:dead": 7}, {})
    mine = table(tmp_path)
    assert mine.append(NONE, {"a": 2}, {})
    other.refresh()
    numbered(other, "b", range(1, CHECKPOINT_COMMITS))
    mine.refresh()
    aged(tmp_path, 2)
    numbered(other, "b", range(CHECKPOINT_COMMITS, 2 * CHECKPOINT_COMMITS))
    assert not (tmp_path / "_delta_log" / f"{1:020d}.json").exists()
    assert (mine.mark("a"), mine.mark("a:dead"), mine.mark("c")) == (2, 7, None)
    assert mine.append(NONE, {"a": 3, "a:dead": 8, "c": 1}, {})
    assert [table(tmp_path).mark(name) for name in ("a", "a:dead", "b", "c")] == [3, 8, 199, 1]


def test_a_writer_that_slept_while_the_lake_went_away_looks_at_the_log_anew(tmp_path: Path) -> None:
    """The number that follows what it knows was cleaned away: what it wrote there nobody would see."""
    lake, slept = tmp_path / "events", [0.0]
    other = table(lake)
    files = LocalStore(lake)
    log = DeltaLog(str(lake), {}, files, lambda: (slept[0], slept[0]))
    numbered(other, "a", range(1, CHECKPOINT_COMMITS))
    aged(lake, 2)
    numbered(other, "a", range(CHECKPOINT_COMMITS, 2 * CHECKPOINT_COMMITS + 1))
    slept[0] += 7200
    lake.rename(tmp_path / "away")
    with pytest.raises((DeltaError, OSError)):
        log.refresh()
    assert log.mark("a") is None
    (tmp_path / "away").rename(lake)
    log.refresh()
    assert log.mark("a") == 2 * CHECKPOINT_COMMITS
    assert log.commit([info("WRITE")], {"b": 1})


def test_marks_are_known_whoever_wrote_the_checkpoint(tmp_path: Path) -> None:
    """Other engines write them in several files where they are large."""
    numbered(table(tmp_path), "a", range(1, CHECKPOINT_COMMITS + 1))
    (whole,) = (tmp_path / "_delta_log").glob("*.checkpoint.parquet")
    rows, stem = pq.read_table(whole), str(whole).removesuffix(".parquet")
    for number, part in ((1, rows.slice(0, 2)), (2, rows.slice(2))):
        pq.write_table(part, f"{stem}.{number:010d}.{2:010d}.parquet")
    whole.unlink()
    last = {"version": CHECKPOINT_COMMITS, "size": rows.num_rows, "parts": 2}
    hint = tmp_path / "_delta_log" / "_last_checkpoint"
    hint.write_text(json.dumps(last))
    assert table(tmp_path).mark("a") == CHECKPOINT_COMMITS
    hint.unlink()
    aged(tmp_path, 2)
    DeltaTable(tmp_path).cleanup_metadata()
    assert table(tmp_path).mark("a") == CHECKPOINT_COMMITS


@pytest.mark.parametrize(
    "hint",
    [None, b"", b'{"version":100,"si', b"\0" * 40, b"\xff\xfe", b"{}", b'{"version":5000}', b'{"version":1}'],
)
def test_a_log_is_read_whose_last_checkpoint_is_told_wrongly_or_not(
    tmp_path: Path, hint: bytes | None
) -> None:
    """It is a hint, which copies lack and a power cut tears: the newest whole checkpoint counts."""
    numbered(table(tmp_path), "a", range(1, CHECKPOINT_COMMITS + 1))
    aged(tmp_path, 2)
    DeltaTable(tmp_path).cleanup_metadata()
    log = tmp_path / "_delta_log"
    assert not (log / f"{1:020d}.json").exists()
    numbered(table(tmp_path), "b", range(1, 3))
    (log / f"{CHECKPOINT_COMMITS + 1:020d}.checkpoint.{1:010d}.{2:010d}.parquet").write_bytes(b"half of one")
    (log / "_last_checkpoint").unlink()
    if hint is not None:
        (log / "_last_checkpoint").write_bytes(hint)
    events = table(tmp_path)
    assert (events.mark("a"), events.mark("b")) == (CHECKPOINT_COMMITS, 2)
    assert events.append(ROWS, {"b": 3}, {})


def test_a_log_is_looked_at_again_where_it_was_cleaned_meanwhile(tmp_path: Path) -> None:
    """Marks are those of a version that is still told of, and a log that lacks commits is said to."""
    events = table(tmp_path)
    early = DeltaTable(tmp_path)
    numbered(events, "a", range(1, CHECKPOINT_COMMITS + 1))
    aged(tmp_path, 2)
    DeltaTable(tmp_path).cleanup_metadata()
    assert marks_of(early, LocalStore(tmp_path)) == {"a": CHECKPOINT_COMMITS}
    assert early.version() == CHECKPOINT_COMMITS
    for path in (tmp_path / "_delta_log").glob("*check*"):
        path.unlink()
    with pytest.raises(UnavailableError, match="commits are missing in its log"):
        marks_of(early, LocalStore(tmp_path))


def test_a_column_that_the_model_has_new_is_added(tmp_path: Path) -> None:
    """Old rows have null there."""
    names = [name for name in PARSER.schema.names if name != "score"]
    table(tmp_path, pa.schema([PARSER.schema.field(name) for name in names])).append(
        ROWS.select(names), {"a": 1}, {}
    )
    assert table(tmp_path).append(ROWS, {"a": 2}, {})
    assert DeltaTable(tmp_path).to_pyarrow_table()["score"].to_pylist() == [None, None]


def test_a_running_writer_goes_on_when_another_adds_a_column(tmp_path: Path) -> None:
    """It opens the table again and is told to look at its marks."""
    names = [name for name in PARSER.schema.names if name != "score"]
    old = table(tmp_path, pa.schema([PARSER.schema.field(name) for name in names]))
    table(tmp_path)
    assert not old.append(ROWS.select(names), {"a": 1}, {})
    assert old.append(ROWS.select(names), {"a": 1}, {})


PLACE = pa.struct([("city", pa.string())])
GROWN = pa.struct([("city", pa.string()), ("country", pa.string())])


def homes(kind: pa.DataType, value: object) -> pa.Table:
    """Return a row whose place, and list of places, are of this type."""
    schema = pa.schema([*PARSER.schema, pa.field("place", kind), pa.field("places", pa.list_(kind))])
    row = {**ROWS.to_pylist()[0], "place": value, "places": [value]}
    return pa.Table.from_pylist([row], schema)


def test_a_nested_value_grows_while_an_older_model_goes_on_writing(tmp_path: Path) -> None:
    """Its new part is null in the older one's rows, before and after; the table stays as plain as it was."""
    older, newer = homes(PLACE, {"city": "Bern"}), homes(GROWN, {"city": "Ulm", "country": "DE"})
    old = table(tmp_path, older.schema)
    assert old.append(older, {"a": 1}, {})
    new = table(tmp_path, newer.schema)
    assert new.append(newer, {"b": 1}, {})
    old.refresh()
    assert old.append(older, {"a": 2}, {})
    found = DeltaTable(tmp_path).to_pyarrow_table()["place"].to_pylist()
    bern = {"city": "Bern", "country": None}
    assert sorted(found, key=str) == [bern, bern, {"city": "Ulm", "country": "DE"}]
    protocol = DeltaTable(tmp_path).protocol()
    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)


def test_files_have_the_parts_of_nested_values_in_the_order_of_the_table(tmp_path: Path) -> None:
    """Some readers know no other; they refuse it, or take one part for another."""
    value = {"city": "Ulm", "country": "DE"}
    rows = homes(GROWN, value)
    assert table(tmp_path, rows.schema).append(rows, {"a": 1}, {})
    other = homes(
        pa.struct([("country", pa.string()), ("planet", pa.string()), ("city", pa.string())]), value
    )
    assert table(tmp_path, other.schema).append(other, {"a": 2}, {})
    files = DeltaTable(tmp_path).file_uris()
    kinds = [[pq.read_schema(file).field(name).type for file in files] for name in ("place", "places")]
    orders = [[part.name for part in kind] for kind in kinds[0]]
    assert sorted(orders) == [["city", "country"], ["city", "country", "planet"]]
    assert [kind.value_type for kind in kinds[1]] == kinds[0]
    found = DeltaTable(tmp_path).to_pyarrow_table()
    assert found["place"].to_pylist() == [{**value, "planet": None}] * 2
    assert found["places"].to_pylist() == [[{**value, "planet": None}]] * 2


def test_a_part_that_changes_its_case_does_not_fit(tmp_path: Path) -> None:
    """Engines take both for one: deltalake would refuse the table as an error of its own."""
    table(tmp_path, homes(PLACE, None).schema)
    with pytest.raises(DefinitionError, match=r"place.*is struct<city: string> in the table, struct<City: "):
        table(tmp_path, homes(pa.struct([("City", pa.string())]), None).schema)


def test_what_is_pending_is_told_and_not_done(tmp_path: Path) -> None:
    """A plan changes nothing; a table that is not there is told as such."""
    wanted = EventsTable(str(tmp_path), {}, homes(GROWN, None).schema, [])
    assert wanted.pending() is None
    table(tmp_path, homes(PLACE, None).schema)
    grown = "struct<city: string, country: string>"
    assert wanted.pending() == [("place", grown), ("places", f"array<{grown}>")]
    assert DeltaTable(tmp_path).version() == 0
    wanted.open()
    assert wanted.pending() == []


def test_columns_are_added_beside_a_writer_that_does_not_pause(tmp_path: Path) -> None:
    """Every row is stored once, and the writer never stops for longer than it takes to look again."""
    writer, end = table(tmp_path), threading.Event()
    stored: list[int] = []

    def write() -> None:
        number = 0
        while not (end.is_set() and stored):
            if writer.append(ROWS, {"a": number + 1}, {}):
                number += 1
                stored.append(number)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for count in range(1, 6):
            more = [pa.field(f"more{n}", pa.int64()) for n in range(count)]
            table(tmp_path, pa.schema([*PARSER.schema, *more]))
    finally:
        end.set()
        thread.join(60)
    found = DeltaTable(tmp_path)
    assert stored
    assert found.count() == len(stored) == found.transaction_version("a")
    assert "more4" in [field.name for field in found.schema().fields]


def test_a_column_of_another_type_is_reported(tmp_path: Path) -> None:
    """Nothing is changed silently."""
    table(tmp_path)
    place = PARSER.schema.get_field_index("visits")
    other = PARSER.schema.set(place, pa.field("visits", pa.string()))
    with pytest.raises(DefinitionError, match=r"visits: is long in the table, string in the model"):
        table(tmp_path, other)


def test_a_lake_that_is_away_says_so(tmp_path: Path) -> None:
    """A folder that can't be written is an unavailable service, not a bug."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match="lake is unavailable"):
        table(tmp_path / "file" / "events")


def test_statistics_bound_the_rows(tmp_path: Path) -> None:
    """Readers skip files by them, so a bound must never be inside the range."""
    table(tmp_path).append(ROWS, {"a": 1}, {})
    (found,) = pa.table(DeltaTable(tmp_path).get_add_actions(flatten=True)).to_pylist()
    assert found["num_records"] == 1
    assert found["min._changed_at"] <= ROWS["_changed_at"][0].as_py() <= found["max._changed_at"]


LATEST = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize(
    "moment", [LATEST, LATEST.replace(microsecond=999000), datetime(1, 1, 1, tzinfo=UTC)]
)
def test_a_bound_lies_within_the_years_that_readers_know(tmp_path: Path, moment: datetime) -> None:
    """Rounded up, the last moment would lie in the year 10000, which readers refuse or take for no bound."""
    place = ROWS.column_names.index("_changed_at")
    moments = pa.array([moment], ROWS.schema.field(place).type)
    table(tmp_path).append(ROWS.set_column(place, "_changed_at", moments), {"a": 1}, {})
    (found,) = pa.table(DeltaTable(tmp_path).get_add_actions(flatten=True)).to_pylist()
    assert found["min._changed_at"] <= moment <= found["max._changed_at"]
    rows = DeltaTable(tmp_path).to_pyarrow_dataset().to_table(filter=ds.field("_changed_at") == moments[0])
    assert rows.num_rows == 1


WRITER = """
import sys
from tests.unit.lake.test_events_table import NONE, ROWS, table
from pathlib import Path
events, own, shared = table(Path(sys.argv[1])), sys.argv[2], 0
for number in range(1, 41):
    while not events.append(ROWS, {own: number}, {}):
        pass
    for attempt in range(100):
        events.refresh()
        if events.append(NONE, {"shared": (events.mark("shared") or 0) + 1}, {}):
            shared += 1
            break
print(shared)
"""


def test_two_processes_at_once_lose_and_double_nothing(tmp_path: Path) -> None:
    """Commits race for numbers; own marks always succeed, a shared one counts each success once."""
    table(tmp_path)
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    writers = [subprocess.Popen([*command, name], stdout=subprocess.PIPE) for name in ("a", "b")]
    shared = sum(int(writer.communicate(timeout=120)[0]) for writer in writers)
    found = DeltaTable(tmp_path)
    assert (found.transaction_version("a"), found.transaction_version("b"), found.count()) == (40, 40, 80)
    assert found.transaction_version("shared") == shared == 80
