"""Whatever is wrong in an entity's tables is told, and what is explained is no problem."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from obstore.store import LocalStore

from franca.errors import DefinitionError
from franca.lake.log import CHECKPOINT_COMMITS, create_commit
from franca.lake.marks import commit_name
from franca.lake.offsets import READ, Stretch, TopicLog
from franca.lake.position import PROPERTY
from franca.lake.verification import Verified, verify
from franca.types import Batch, Partition
from tests.individuals import FULL, SHAPE, event, record
from tests.unit.lake.test_events_table import aged
from tests.unit.lake.test_fold import PLACES, Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Give a lake with six events of one partition, folded; one of them deletes its key."""
    lake = Lake(tmp_path)
    lake.write(*((key, 1, 1, "x") for key in "acegi"), ("c", 2, 1, None))
    lake.fold()
    return lake


def log(
    offsets: Sequence[int],
    tombstones: Sequence[int] = (),
    begins: int = 0,
    parked: Sequence[int] = (),
    moves: Sequence[tuple[int, int]] = (),
    *,
    has_all: bool = True,
) -> TopicLog:
    """Return a topic whose second partition has records at some offsets."""

    def read(until: Mapping[int, int]) -> Iterator[pa.Table]:
        rows = [(1, each, each in tombstones) for each in [*offsets, *tombstones] if each < until.get(1, 0)]
        columns = zip(*rows, strict=True) if rows else ([], [], [])
        yield pa.table([pa.array(c, f.type) for c, f in zip(columns, READ, strict=True)], schema=READ)

    places = [(1, each) for each in parked]
    return TopicLog(
        "individual", "t", {0: 0, 1: begins}, read, places, has_all, [(1, *move) for move in moves]
    )


def proved(lake: Lake, told: TopicLog | None = None) -> Verified:
    """Return what is found."""
    return verify(lake.url, SHAPE, {}, lake.folder / "scratch", told)


def jump(lake: Lake, offset: int, *offsets: int) -> None:
    """Write events at some offsets of the second partition, as far as the first one: it lacks the others."""
    records = [record(event("k", each), each, 1) for each in offsets]
    assert lake.sink.write(Batch(records, {PLACES[1]: offset}, {PLACES[1]: lake.next[1]}))
    lake.next[1] = offset


def test_each_record_of_the_topic_is_an_event_or_explained(lake: Lake) -> None:
    """By a tombstone or a dead letter; what the topic does not show was a mark, or compacted away."""
    jump(lake, 12, 8, 11)
    found = proved(lake, log([0, 2, 3, 4, 5, 8, 9, 11, 12, 13], tombstones=[6], parked=[9]))
    (place,) = found.places
    assert (found.problems, found.remarks) == ([], [])
    assert (place.topic, place.topic_id, place.partition, place.next) == ("individual", "t", 1, 12)
    assert (place.records, place.proved, place.tombstones, place.parked, place.compacted) == (9, 7, 1, 1, 1)


def test_gaps_are_told_with_topic_partition_and_offsets(lake: Lake) -> None:
    """Records that are neither event nor explained, as stretches, and what to do."""
    jump(lake, 20, 12)
    found = proved(lake, log([*range(6), 6, 8, 12, 13, 19], tombstones=[7]))
    (place,) = found.places
    assert (place.missing, place.gaps) == (4, [Stretch(6, 8, 2), Stretch(13, 19, 2)])
    (problem,) = found.problems
    assert "individual/1: 4 records of the topic are no events" in problem
    assert "offsets 6 to 8 (2 records), offsets 13 to 19 (2 records)" in problem
    assert "franca seek lake --to 6 --topic individual --partition 1" in problem


def test_what_retention_removed_is_no_gap(lake: Lake) -> None:
    """It is said that the rest is counted only."""
    found = proved(lake, log([4, 5], begins=4))
    assert found.problems == []
    assert found.remarks == [
        "individual/1: the topic begins at offset 4, what came before it is counted only"
    ]


def test_what_was_deleted_before_it_was_read_stays_known(lake: Lake) -> None:
    """Whoever accepted the loss need not be who asks; of several stretches their number and ends are kept."""
    place = PLACES[1]
    told = "were deleted before they were read, which `skip_lost` accepted"
    assert lake.sink.write(Batch([record(event("k", 9), 9, 1)], {place: 10}, {place: 6}, lost={place: 9}))
    assert proved(lake, log([9], begins=9)).remarks == [
        "individual/1: the topic begins at offset 9, what came before it is counted only",
        f"individual/1: offsets 6 to 8 {told}",
    ]
    assert lake.sink.write(Batch([], {place: 12}, {place: 10}, lost={place: 12}))
    again = proved(lake)
    assert (again.problems, again.remarks) == ([], [f"t/1: 5 of the offsets 6 to 11 {told}"])


def test_a_topic_made_anew_proves_nothing_of_its_predecessor(lake: Lake) -> None:
    """Its events are counted; the new topic has nothing that was read yet."""
    found = proved(lake, log([0, 1])._replace(topic_id="u"))
    assert found.problems == []
    assert found.remarks == ["t/1: no topic has that id now, its 6 events are counted only"]


def test_of_a_backfilled_file_it_is_said_that_it_never_was_on_a_topic(lake: Lake) -> None:
    """A topic that is gone would be a reason to ask what became of it; a file is none."""
    place = Partition("individual", 0, "backfill.crm.cust.42934f4955887473@1-2fd4e1c6")
    assert lake.sink.write(Batch([record(event("k", 5), 5, 0)], {place: 6}, {place: 0}))
    (remark,) = proved(lake, log(range(6))).remarks
    assert remark == f"{place.topic_id}/0: a file that was backfilled, its 1 events are counted only"


def test_a_seek_explains_what_it_skipped_and_repeated(lake: Lake) -> None:
    """Both are said, and neither is a problem."""
    jump(lake, 10)
    skipped = proved(lake, log(range(10), moves=[(6, 10)]))
    assert skipped.problems == []
    assert skipped.remarks == ["individual/1: 4 records were skipped by `franca seek`"]
    assert lake.sink.move({PLACES[1]: (10, 4)})
    lake.next[1] = 4
    jump(lake, 6, 4, 5)
    again = proved(lake, log(range(6), moves=[(6, 10), (10, 4)]))
    assert again.problems == []
    assert again.remarks == ["individual/1: 2 events stand there again, as `franca seek` had them read again"]


def test_a_seek_is_known_where_no_topic_is_read(lake: Lake) -> None:
    """Before, while and after its events are read again; what stands twice elsewhere is told all the same."""
    assert lake.sink.move({PLACES[1]: (6, 4)})
    lake.next[1] = 4
    before = proved(lake)
    assert before.problems == []
    assert before.remarks == ["t/1: events are read again from offset 4 on, as `franca seek` has it"]
    assert proved(lake, log(range(6), moves=[(6, 4)])).problems == []
    jump(lake, 5, 4)
    assert proved(lake).problems == []
    jump(lake, 6, 5)
    assert proved(lake).problems == []
    assert lake.sink.move({PLACES[1]: (6, 5)})
    lake.next[1] = 5
    jump(lake, 6, 5)
    after = proved(lake)
    assert (after.problems, after.places[0].again) == ([], 3)
    assert lake.sink.move({PLACES[1]: (6, 9)})
    lake.next[1] = 9
    jump(lake, 11, 9, 9)
    assert proved(lake).places[0].doubles == [Stretch(9, 9, 1)]


def test_letters_that_were_removed_are_counted(lake: Lake) -> None:
    """Where dead letters have gone by retention, as many records may be theirs as were counted dead."""
    bad = [record(b"{", offset, 1) for offset in (6, 7)]
    assert lake.sink.write(Batch(bad, {PLACES[1]: 8}, {PLACES[1]: 6}))
    lake.next[1] = 8
    assert len(proved(lake, log(range(8), parked=[7])).problems) == 1
    assert proved(lake, log(range(8), parked=[7], has_all=False)).problems == []
    assert len(proved(lake, log(range(8), parked=[6, 7], has_all=False)).remarks) == 0
    jump(lake, 20)
    assert len(proved(lake, log([*range(8), 9, 10], parked=[7], has_all=False)).problems) == 1


def removed(folder: Path, partition: int) -> None:
    """Take a partition's files out of a table of events, in a commit that no writer makes."""
    table = DeltaTable(folder)
    files = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    paths = [file["path"] for file in files if file["min._partition"] == partition]
    gone = [{"remove": {"path": path, "dataChange": True, "deletionTimestamp": 0}} for path in paths]
    body = b"\n".join(map(msgspec.json.encode, gone))
    assert create_commit(LocalStore(folder), table.version() + 1, body) is None


def test_a_partition_of_which_all_events_are_gone_is_told(lake: Lake) -> None:
    """What its writer counted stands in the log, whatever became of the rows."""
    lake.write(("b", 1, 1, "x"), ("d", 1, 1, "x"))
    removed(lake.table("events"), 0)
    found = proved(lake, log(range(6)))
    what = "got 0 events, expected 2, which were counted as written"
    assert any(problem == f"individual/0: {what}" for problem in found.problems)
    assert [(place.partition, place.events) for place in found.places] == [(0, 0), (1, 6)]


def test_events_where_nobody_wrote_are_told(lake: Lake) -> None:
    """Of another partition of the topic, or of a topic that never was: none was counted there."""
    jump(lake, 7, 6)
    (path,) = (p for p in lake.table("events").glob("*.parquet") if pq.read_metadata(p).num_rows == 1)
    pq.write_table(replaced("_partition", 7)(pq.read_table(path)), path)
    for told in (None, log(range(7))):
        problems = proved(lake, told).problems
        assert any("/7: got 1 events, expected 0" in each for each in problems)


def test_a_log_may_be_cleaned_while_the_topic_is_read(lake: Lake) -> None:
    """Marks are looked at before: reading a topic takes longer than a log is kept."""
    told = log(range(6))

    def read(until: Mapping[int, int]) -> Iterator[pa.Table]:
        for number in range(2 * CHECKPOINT_COMMITS):
            if number == CHECKPOINT_COMMITS:
                aged(lake.table("events"), 2)
            lake.write(("k", number, 1, "y"))
        yield from told.read(until)

    assert proved(lake, told._replace(read=read)).problems == []
    assert not (lake.table("events") / commit_name(1)).exists()


def test_events_that_stand_twice_are_told(lake: Lake) -> None:
    """Even where the counts agree: one event in the place of another."""
    rewritten(lake.table("events"), lambda rows: rows.take([0, 1, 2, 3, 4, 4]))
    found = proved(lake)
    assert found.places[0].doubles == [Stretch(4, 4, 1)]
    assert any("individual" not in each and "t/1: events stand there more than once" in each
               for each in found.problems)  # fmt: skip


def test_an_event_that_is_gone_is_told_without_a_topic(lake: Lake) -> None:
    """As many are there as the writer counted, or it is said."""
    rewritten(lake.table("events"), lambda rows: rows.slice(0, 5))
    assert "t/1: got 5 events, expected 6, which were counted as written" in proved(lake).problems


def rewritten(folder: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Change the one file of a table by hand, behind the log's back."""
    (path,) = folder.glob("*.parquet")
    pq.write_table(change(pq.read_table(path)), path)


def renamed(rows: pa.Table) -> pa.Table:
    """Return rows of which one has another name."""
    names = pc.if_else(pc.equal(rows["id"], "g"), "wrong", rows["name"])
    return rows.set_column(rows.schema.get_field_index("name"), rows.schema.field("name"), names)


def ranked(rows: pa.Table, key: str) -> pa.Table:
    """Return ranks of deleted keys with a larger one for a key."""
    (row,) = rows.to_pylist()
    larger = {**row, "_subject": key, "_sequence": "9" + row["_sequence"]}
    return pa.Table.from_pylist([larger] if key == "c" else [row, larger], rows.schema)


WRONG: list[tuple[str, Callable[[pa.Table], pa.Table], str]] = [
    ("snapshot", lambda rows: rows.slice(1), "1 rows are missing in the snapshot, such as 'a'"),
    ("snapshot", lambda rows: pa.concat_tables([rows, rows.slice(2, 1)]), "1 keys have several rows"),
    ("snapshot", renamed, "1 rows of the snapshot have other values"),
    ("deleted", lambda rows: rows.slice(0, 0), "1 deleted keys are not among those of `deleted`"),
    ("events", lambda rows: rows.slice(1), "1 rows of the snapshot are of keys that were deleted, or never"),
    ("deleted", lambda rows: ranked(rows, "g"), "1 ranks in `deleted` are larger than that of any event"),
    ("deleted", lambda rows: ranked(rows, "c"), "1 ranks in `deleted` are larger than that of any event"),
]


@pytest.mark.parametrize(("table", "change", "problem"), WRONG, ids=[what for *_, what in WRONG])
def test_files_changed_by_hand_are_noticed(
    lake: Lake, table: str, change: Callable[[pa.Table], pa.Table], problem: str
) -> None:
    """Missing, repeated, altered and superfluous rows, each as what it is."""
    assert proved(lake).problems == []
    rewritten(lake.table(table), change)
    assert any(problem in each for each in proved(lake).problems)


def positioned(lake: Lake, change: Callable[[str], str]) -> None:
    """Change what the snapshot says of its position."""
    table = DeltaTable(lake.table("snapshot"))
    said = table.metadata().configuration[PROPERTY] or ""
    table.alter.set_table_properties({PROPERTY: change(said)}, raise_if_not_exists=False)


def test_a_position_beyond_what_was_folded_is_told(lake: Lake) -> None:
    """A reader would see none of the events up to there."""
    positioned(lake, lambda said: said.replace(",6,", ",7,", 1))
    (problem,) = proved(lake).problems
    assert problem.startswith("the snapshot's position of t/1: got 7, expected 6 at most, up to where it was")


@pytest.mark.parametrize("said", ["{", "{}", "[[]]", '[["t", 1, null, ""]]'])
def test_a_position_that_is_none_is_told(lake: Lake, said: str) -> None:
    """Not by a trace."""
    positioned(lake, lambda _: said)
    with pytest.raises(
        DefinitionError, match=r"franca\.position of a snapshot is damaged: .*; remove the folders"
    ):
        proved(lake)


def replaced(name: str, value: object) -> Callable[[pa.Table], pa.Table]:
    """Return the change that gives all rows a value in one column."""

    def change(rows: pa.Table) -> pa.Table:
        place = rows.schema.get_field_index(name)
        kind = rows.schema.field(name)
        return rows.set_column(place, kind, pa.array([value] * rows.num_rows, kind.type))

    return change


NEARLY: list[tuple[str, object, object]] = [
    ("score", 0.0, -0.0),
    ("nicknames", [], None),
    ("nicknames", ["a, b"], ["a", "b"]),
    ("nicknames", ["NULL"], [None]),
    ("homes", [], None),
    ("address", {"street": "x", "fee": "1.25"}, {"street": "x", "fee": None}),
    ("address", None, {"street": None, "fee": None}),
    ("homes", [{"street": "y", "fee": None}], [None]),
]


@pytest.mark.parametrize(("name", "value", "other"), NEARLY)
def test_values_that_are_nearly_the_same_are_told_apart(
    tmp_path: Path, name: str, value: object, other: object
) -> None:
    """Nothing from an empty list, a value from one without parts, a zero from a negative one."""
    lake = Lake(tmp_path)
    full = record(event("a", 1, **{**FULL, name: value}), 0, 1)
    assert lake.sink.write(Batch([full], {PLACES[1]: 1}, {PLACES[1]: 0}))
    lake.fold()
    assert proved(lake).problems == []
    rewritten(lake.table("snapshot"), replaced(name, other))
    assert any("have other values than the newest event" in each for each in proved(lake).problems)


def test_events_that_are_gone_as_a_whole_are_told(lake: Lake) -> None:
    """A snapshot is made of events: where their table is no more, nothing proves it."""
    shutil.rmtree(Path(lake.url) / SHAPE.name / "events")
    (problem,) = proved(lake).problems
    assert "snapshot is a table, and the events that it was made of are none; bring them back" in problem


def spoil_column(path: Path, name: str) -> None:
    """Overwrite what a file has of a column."""
    group = pq.read_metadata(path).row_group(0)
    chunks = [group.column(number) for number in range(group.num_columns)]
    (chunk,) = [each for each in chunks if each.path_in_schema == name]
    begin = chunk.dictionary_page_offset or chunk.data_page_offset
    content = bytearray(path.read_bytes())
    content[begin : begin + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("events", "_source"),
        ("events", "homes.list.element.street"),
        ("snapshot", "name"),
        ("deleted", "_sequence"),
    ],
)
def test_a_file_that_is_damaged_in_any_column_is_told(lake: Lake, table: str, column: str) -> None:
    """Also where nothing that is compared needs it: nobody else would find it before it is asked for."""
    first, *_ = sorted(lake.table(table).glob("*.parquet"))
    spoil_column(first, column)
    (problem,) = proved(lake).problems
    assert problem.startswith(f"{table}: 1 of 1 files are damaged: {lake.table(table)}/{first.name} (")
    assert "; bring them back; or remove " in problem


@pytest.mark.parametrize("kept", [0, 3, 100])
def test_files_that_are_cut_off_are_told_as_damaged(lake: Lake, kept: int) -> None:
    """How many there are, the first of them and why it can't be read."""
    lake.write(("b", 1, 1, "x"))
    for path in lake.table("events").glob("*.parquet"):
        path.write_bytes(path.read_bytes()[:kept])
    (problem,) = proved(lake).problems
    assert problem.startswith("events: 2 of 2 files are damaged: ")
    assert "Parquet" in problem
    assert ") and 1 more; bring them back" in problem


def test_a_single_bit_that_turned_is_told_in_whichever_column(lake: Lake) -> None:
    """Pages have checksums: most that is wrong by a bit can be read all the same."""
    (path,) = lake.table("events").glob("*.parquet")
    whole, group = path.read_bytes(), pq.read_metadata(path).row_group(0)
    found = {}
    for chunk in map(group.column, range(group.num_columns)):
        content = bytearray(whole)
        end = (chunk.dictionary_page_offset or chunk.data_page_offset) + chunk.total_compressed_size
        content[end - 1] ^= 1
        path.write_bytes(content)
        found[chunk.path_in_schema] = any("are damaged" in problem for problem in proved(lake).problems)
    assert [name for name, is_told in found.items() if not is_told] == []
