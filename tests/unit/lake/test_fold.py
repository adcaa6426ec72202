"""Folding events leaves the newest of each key, however they came and however often it is done."""

import os
import random
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from franca.errors import DefinitionError, UnavailableError
from franca.lake.columns import snapshot_schema
from franca.lake.compaction import compact
from franca.lake.condition import condition
from franca.lake.fold import FILE_ROWS, NOTE, Folded, fold
from franca.lake.location import open_store
from franca.lake.newest import Newest
from franca.lake.tables import snapshot_of
from franca.lake.upkeep import Policy, tend
from franca.lake.vacuum import vacuum
from franca.lake.verification import verify
from franca.model.kind import Kind
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.types import Batch, Partition
from franca.views.lake import open_lake
from tests.individuals import FULL, SHAPE, event, record

PLACES = [Partition("individual", number, "t") for number in range(2)]


class Lake:
    """A lake that is written event by event, and what its current state should be."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sink = DeltaSink(str(folder / "lake"), [SHAPE], Parking(lambda messages: None, "lake", ["crm"]))
        self.sink.open()
        self.next = [0, 0]
        self.newest: dict[str, tuple[tuple[int, int], str | None]] = {}

    def write(self, *changes: tuple[str, int, int, str | None]) -> None:
        """Store changes: key, sequence, mapping, and the name, None for a delete. A key has its partition."""
        starts, records = list(self.next), []
        for key, sequence, mapping, name in changes:
            partition = ord(key[:1] or "a") % 2
            value = event(key, sequence, mapping=f"{mapping}-x", name=name or "", deleted=name is None)
            records.append(record(value, self.next[partition], partition))
            self.next[partition] += 1
            rank = (sequence, mapping)
            if key not in self.newest or rank > self.newest[key][0]:
                self.newest[key] = (rank, name)
        moved = [number for number in range(2) if self.next[number] > starts[number]]
        ends = {PLACES[number]: self.next[number] for number in moved}
        assert self.sink.write(Batch(records, ends, {PLACES[number]: starts[number] for number in moved}))

    @property
    def url(self) -> str:
        """Where it is."""
        return str(self.folder / "lake")

    def table(self, name: str) -> Path:
        """Return the folder of a table."""
        return self.folder / "lake/individual" / name

    @property
    def files(self) -> list[Path]:
        """The files of the snapshot, those among them that are none any more."""
        return list(self.table("snapshot").glob("*.parquet"))

    def fold(self, file_rows: int = FILE_ROWS, stop_at: int = 0) -> Folded:
        """Fold what is there; as if interrupted after so many rows."""

        def tell(done: int, total: int) -> None:
            if stop_at and done >= stop_at:
                raise KeyboardInterrupt

        return fold(self.url, SHAPE, {}, self.folder / "scratch", tell, file_rows)

    @property
    def expected(self) -> dict[str, str]:
        """The current state: the name of each key."""
        return {key: name for key, (_, name) in sorted(self.newest.items()) if name is not None}

    @property
    def current(self) -> dict[str, str]:
        """What the view has."""
        with open_lake(self.url, [SHAPE]) as lake:
            rows = list(lake.query("SELECT id, name FROM individual").rows)
        assert len({key for key, _ in rows}) == len(rows)
        return dict(sorted(rows))

    @property
    def snapshot(self) -> dict[str, str]:
        """What the snapshot has."""
        rows = DeltaTable(self.table("snapshot")).to_pyarrow_table().to_pylist()
        assert len({row["id"] for row in rows}) == len(rows)
        return {row["id"]: row["name"] for row in rows}


def changes(chance: random.Random, count: int) -> list[tuple[str, int, int, str | None]]:
    """Return as many changes of few keys, in an order that none of their sequences has."""
    return [
        (
            chance.choice("abcdefghijkl"),
            chance.randint(1, 12),
            chance.randint(1, 2),
            chance.choice([None, "x", "y", "z"]),
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_any_course_of_events_folds_to_the_newest_of_each_key(tmp_path: Path, seed: int) -> None:
    """Repeats, late events, deletes and keys that come back, folded and compacted at any time."""
    chance = random.Random(seed)  # nothing is secret
    lake = Lake(tmp_path)
    for _ in range(3):
        for _ in range(chance.randint(1, 3)):
            lake.write(*changes(chance, chance.randint(1, 8)))
        if chance.random() < 0.5:
            assert compact(lake.url, SHAPE, {}, tmp_path / "scratch", 2).is_done
        assert lake.current == lake.expected
        folded = lake.fold()
        assert folded.rows == len(lake.expected)
        assert lake.snapshot == lake.current == lake.expected
        assert verify(lake.url, SHAPE, {}, tmp_path / "scratch").problems == []


def test_of_what_several_mappings_give_of_a_backfilled_row_the_first_counts(tmp_path: Path) -> None:
    """They have one sequence and one offset, and a partition each; the store keeps the first as well."""
    lake = Lake(tmp_path)
    places = [Partition("individual", number, "backfill.crm.cust.42934f4955887473@1-a") for number in (0, 1)]
    for place in reversed(places):
        named = [event(key, name=str(place.partition)) for key in "abcdefgh"]
        rows = [record(value, number, place.partition) for number, value in enumerate(named)]
        assert lake.sink.write(Batch(rows, {place: len(rows)}, {place: 0}))

    assert lake.current == dict.fromkeys("abcdefgh", "0")
    lake.fold()
    assert lake.snapshot == lake.current == dict.fromkeys("abcdefgh", "0")
    assert verify(lake.url, SHAPE, {}, tmp_path / "scratch", None).problems == []


def test_a_fold_that_was_stopped_is_gone_on_with(tmp_path: Path) -> None:
    """What it had written is not written again, and what came meanwhile waits for the next one."""
    lake = Lake(tmp_path)
    lake.write(*((key, 1, 1, "old") for key in "abcdefghijkl"))
    lake.fold(file_rows=2)
    lake.write(*((key, 2, 1, "new") for key in "acegik"), ("l", 2, 1, None))
    stopped = dict(lake.snapshot)
    with pytest.raises(KeyboardInterrupt):
        lake.fold(file_rows=2, stop_at=4)
    written = {path.name for path in lake.files}
    lake.write(("b", 3, 1, "newest"), ("l", 3, 1, "back"))
    assert lake.snapshot == stopped
    assert lake.current == lake.expected

    assert lake.fold(file_rows=2).events == 7
    table = DeltaTable(lake.table("snapshot"))
    assert len(written & {path.rpartition("/")[2] for path in table.file_uris()}) == 2
    assert lake.snapshot == {key: "new" if key in "acegik" else "old" for key in "abcdefghijk"}
    assert lake.current == lake.expected
    assert lake.fold(file_rows=2).events == 2
    assert lake.snapshot == lake.expected


@pytest.mark.parametrize("after", [None, "", "e"])
def test_many_events_are_sorted_range_by_range(tmp_path: Path, after: str | None) -> None:
    """In ranges or at once, the newest of each key come in the order of the keys, behind one of them."""
    lake = Lake(tmp_path)
    lake.write(*changes(random.Random(4), 60), ("", 1, 1, "nameless"))
    events = DeltaTable(lake.table("events"))
    found = []
    for size in (5, 1_000):
        newest = Newest(SHAPE, tmp_path / str(size), size)
        newest.look_at(events, (), open_store(events.table_uri, {}))
        assert newest.count()[0] == 61
        newest.know(())
        found.append(pa.concat_tables(newest.rows(snapshot_schema(SHAPE), 7, after)).to_pylist())
        newest.close()
    assert found[0] == found[1]
    assert [row["_subject"] for row in found[0]] == sorted(
        key for key in lake.newest if after is None or key > after
    )


def test_the_slower_of_two_folds_changes_nothing(tmp_path: Path) -> None:
    """The quicker one goes on with what the slower one has begun."""
    lake, rows = Lake(tmp_path), 2
    lake.write(*((key, 1, 1, "old") for key in "abcdef"))
    lake.fold(file_rows=rows)
    lake.write(("a", 2, 1, "new"))
    inner: list[Folded] = []

    def overtake(done: int, total: int) -> None:
        if not inner:
            lake.write(("b", 2, 1, "newer"))
            inner.append(lake.fold(file_rows=rows))

    outer = fold(lake.url, SHAPE, {}, tmp_path / "scratch", overtake, rows)
    assert [outer.is_done, inner[0].is_done] == [False, True]
    assert (lake.snapshot["a"], lake.snapshot["b"]) == ("new", "old")
    assert lake.current == lake.expected
    assert verify(lake.url, SHAPE, {}, tmp_path / "scratch").problems == []


def test_a_delete_counts_though_its_rank_was_stored_before(tmp_path: Path) -> None:
    """As after a kill between the two commits: the rank of the deleted key is ahead of the snapshot."""
    lake = Lake(tmp_path)
    lake.write(("a", 1, 1, "x"), ("c", 1, 1, "y"))
    lake.fold()
    before = shutil.copytree(lake.table("snapshot"), tmp_path / "before")
    lake.write(("a", 2, 1, "z"), ("a", 3, 1, None))
    lake.fold()
    shutil.rmtree(lake.table("snapshot"))
    before.rename(lake.table("snapshot"))
    assert lake.current == lake.expected
    lake.fold()
    assert lake.snapshot == lake.expected == {"c": "y"}


def test_of_two_folds_at_once_no_delete_is_lost(tmp_path: Path) -> None:
    """Whichever of them counts: a late event of a key that either saw deleted does not bring it back."""
    lake = Lake(tmp_path)
    lake.write(*((key, 2, 1, "old") for key in "abcdef"))
    lake.fold()
    lake.write(("a", 3, 1, None))
    inner: list[Folded] = []

    def overtake(done: int, total: int) -> None:
        if not inner:
            lake.write(("c", 3, 1, None))
            (lake.table("snapshot") / NOTE).unlink()  # as if it had begun before there was one
            inner.append(lake.fold())

    assert not fold(lake.url, SHAPE, {}, tmp_path / "scratch", overtake).is_done
    lake.write(("a", 1, 1, "late"), ("c", 1, 1, "late"))
    assert lake.current == lake.expected
    lake.fold()
    assert lake.snapshot == lake.expected
    assert verify(lake.url, SHAPE, {}, tmp_path / "scratch").problems == []


def test_rows_of_any_size_and_type_keep_their_values(tmp_path: Path) -> None:
    """Every type of the model, folded twice."""
    lake = Lake(tmp_path)
    place = PLACES[1]
    assert lake.sink.write(Batch([record(event("a", 1, **FULL), 0, 1)], {place: 1}, {place: 0}))
    with open_lake(lake.url, [SHAPE]) as view:
        before = list(view.query("SELECT * FROM individual").rows)
    for offset in range(1, 3):
        lake.fold()
        with open_lake(lake.url, [SHAPE]) as view:
            assert list(view.query("SELECT * FROM individual WHERE id = 'a'").rows) == before
        batch = Batch([record(event("c", 1), offset, 1)], {place: offset + 1}, {place: offset})
        assert lake.sink.write(batch)


def test_what_is_wrong_is_told(tmp_path: Path) -> None:
    """A snapshot that somebody changed, and an event that stands twice."""
    lake = Lake(tmp_path)
    lake.write(("a", 1, 1, "x"), ("c", 1, 1, "y"), ("b", 1, 1, None))
    lake.fold()
    rows = DeltaTable(lake.table("snapshot")).to_pyarrow_table()
    write_deltalake(lake.table("snapshot"), rows.slice(0, 1), mode="overwrite")
    events = DeltaTable(lake.table("events"))
    write_deltalake(events, events.to_pyarrow_table().slice(0, 1), mode="append")
    found = verify(lake.url, SHAPE, {}, tmp_path / "scratch").problems
    assert [part for part in ("more than once", "expected 2", "are missing in the snapshot")
            if not any(part in problem for problem in found)] == []  # fmt: skip


def test_what_is_due_is_done(tmp_path: Path) -> None:
    """Many events are folded, many files become few; nothing else is touched."""
    lake, policy, scratch = Lake(tmp_path), Policy(), tmp_path / "scratch"
    lake.write(("a", 1, 1, "x"))
    assert tend(lake.url, SHAPE, {}, scratch, policy) == []
    lake.write(*(("a", number, 1, "x") for number in range(10_000)))
    assert tend(lake.url, SHAPE, {}, scratch, policy) == ["folded 10001 events"]
    for number in range(58):
        lake.write(("c", number, 1, "x"))
    assert tend(lake.url, SHAPE, {}, scratch, policy) == [
        "made 2 files of 60"
    ]  # what is folded has one of its own
    assert lake.current == lake.expected


def test_a_folder_without_tables_is_no_trouble(tmp_path: Path) -> None:
    """There is nothing to fold, to put together, to remove or to prove yet."""
    url = str(tmp_path)
    assert fold(url, SHAPE, {}, tmp_path / "scratch").events == 0
    assert compact(url, SHAPE, {}, tmp_path / "scratch").before == 0
    assert vacuum(url, SHAPE, {}, 1) == []
    assert verify(url, SHAPE, {}, tmp_path / "scratch").problems == []
    assert condition(url, SHAPE, {}).events is None


def test_what_the_killed_left_is_removed(tmp_path: Path) -> None:
    """Files that no table ever had, whole or half written; not those that somebody may be writing now."""
    lake = Lake(tmp_path)
    lake.write(("a", 1, 1, "x"))
    names = ["events/part-1.parquet", "events/part-2.parquet#1", "events/_delta_log/7.json#1"]
    for name in names:
        for age, prefix in ((0, "new-"), (25 * 3600, "old-")):
            path = lake.table(name)
            path = path.with_name(prefix + path.name)
            path.write_text("")
            os.utime(path, (time.time() - age,) * 2)
    found = [f"{Path(name).parent}/old-{Path(name).name}" for name in names]
    assert sorted(vacuum(lake.url, SHAPE, {}, 24, dry_run=True)) == sorted(found)
    assert sorted(vacuum(lake.url, SHAPE, {}, 24)) == sorted(found)
    assert vacuum(lake.url, SHAPE, {}, 24) == []
    assert len(list(lake.table("events").rglob("new-*"))) == 3
    assert lake.current == lake.expected


def test_a_table_remembers_for_as_long_as_files_are_kept(tmp_path: Path) -> None:
    """A day, so that checkpoints stay small, or longer where a vacuum keeps files for longer."""
    lake = Lake(tmp_path)
    lake.write(("a", 1, 1, "x"))
    lake.fold()
    for hours, kept in ((1, 24), (48, 48), (24, 24)):
        vacuum(lake.url, SHAPE, {}, hours)
        for name in ("events", "snapshot"):
            found = DeltaTable(lake.table(name)).metadata().configuration
            assert found["delta.deletedFileRetentionDuration"] == f"interval {kept} hours"
    lake.sink.positions(PLACES)
    lake.write(("a", 2, 1, "y"))
    lake.fold()
    assert lake.snapshot == lake.expected


def test_who_reads_an_older_version_may_go_on(tmp_path: Path) -> None:
    """Files that were replaced stay for their hours however old they are, and go then."""
    lake = Lake(tmp_path)
    for number in range(6):
        lake.write(("a", number, 1, "x"))
    lake.fold()
    with open_lake(lake.url, [SHAPE]) as began, open_lake(lake.url, [SHAPE]) as late:
        for path in [*lake.table("events").glob("*.parquet"), *lake.files]:
            os.utime(path, (time.time() - 100 * 3600,) * 2)
        version = DeltaTable(lake.table("events")).version()
        assert compact(lake.url, SHAPE, {}, tmp_path / "scratch").after == 1
        lake.write(("a", 9, 1, "y"))
        lake.fold()
        assert vacuum(lake.url, SHAPE, {}, 1) == []
        assert list(began.query("SELECT id, name FROM individual").rows) == [("a", "x")]
        assert DeltaTable(lake.table("events"), version=version).count() == 6
        assert len(vacuum(lake.url, SHAPE, {}, 0)) == 7
        again = [vacuum(lake.url, SHAPE, {}, 0, dry_run=is_dry) for is_dry in (True, False)]
        assert again == [[], []], "the log remembers them, and they are gone"
        with pytest.raises(UnavailableError):
            list(late.query("SELECT name FROM individual").rows)
    assert lake.current == lake.expected


def test_a_column_of_another_type_is_told_with_both(tmp_path: Path) -> None:
    """Of a snapshot as of the events: nothing is changed silently."""
    lake = Lake(tmp_path)
    lake.write(("A", 1, 1, "Ada"))
    lake.fold()
    other = tuple(replace(f, kind=Kind.TEXT) if f.name == "visits" else f for f in SHAPE.fields)
    with pytest.raises(DefinitionError, match=r"snapshot\.visits: is long in the table, string in the model"):
        snapshot_of(lake.url, replace(SHAPE, fields=other), {}).open()
