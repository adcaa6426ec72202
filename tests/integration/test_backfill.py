"""What is backfilled from a file is what the same rows give when they are streamed, and each once."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from pyarrow import parquet

from franca.config.telling import untold
from franca.errors import UnavailableError, UsageError
from franca.local.kafka import LocalKafka
from franca.operations.backfill.loading import Loaded, Loading
from franca.operations.backfill.piece import Piece, piece_of
from franca.operations.backfill.snapshot import Taken, snapshot_of_file
from franca.operations.letters.filter import Filter
from franca.sinks.publisher import Publisher
from franca.sources.extract import extract
from franca.topics.names import CONTROL_TOPIC
from tests.conftest import Database
from tests.integration.depot import Depot, refusals

pytestmark = pytest.mark.services

HEADER = "no;colour;name;count;price;weight;sold;made;opens;seen;label;unit;shelf1;SHELF-2"
GOOD = [
    "1;r;Äpfel;3;12.50;0.25;true;2024-02-29;08:30:00;2024-03-31T01:30:00Z;2ed6657d-e927-568b-95e1-2665a8aea6a2;k;A;B",
    "2;;plum;0;;;;;;;;;;",
    '3;b;"a;b ""c""";7;0.1;1e3;f;1999-12-31;23:59:59.5;2024-03-31 01:30:00.123456;;p;;C',
    "4;r;line\\break\tand 𝄞;9;-99999999.99;-0.5;t;0001-01-01;00:00:00;1970-01-01T00:00:00+01:00;;k;D;",
]
BAD = [
    "5;x;unknown colour;1;1;1;;;;;;;E;",
    "6;r;no number;many;1;1;;;;;;;F;",
    "7;r;too dear;1;123456789012.5;1;;;;;;;G;",
    "8;r;no day;1;1;1;;2023-02-29;;;;;H;",
    "9;b;unknown unit;1;1;1;;;;;;z;I;J",
    ";b;no key;1;1;1;;;;;;;;K",
    "11;b;one item twice;1;1;1;;;;;;k;L;",
]


@pytest.fixture
def depot(kafka: LocalKafka, postgres: Database, tmp_path: Path) -> Depot:
    """Give a project on the session's services."""
    return Depot(tmp_path, kafka.bootstrap, postgres.dsn)


def csv_file(folder: Path) -> Path:
    """Write the rows as CSV, packed."""
    path = folder / "stock.csv.gz"
    path.write_bytes(gzip.compress("\n".join([HEADER, *GOOD, *BAD, ""]).encode()))
    return path


def json_file(folder: Path) -> Path:
    """Write rows as JSON lines, with what is no row between them."""
    row = dict.fromkeys(HEADER.split(";")) | {
        "no": "21",
        "name": "pear",
        "count": 2,
        "shelf1": "M",
        "price": 1.5,
    }
    other = row | {"no": "22", "sold": False, "weight": 2, "seen": "2024-03-31T01:30:00+02:00", "more": [1]}
    bad = row | {"no": "23", "count": 2.5}
    lines = [msgspec.json.encode(each) for each in (row, other, bad, row | {"no": "24", "count": 2**40})]
    lines[1:1] = [b"", b"{", b'{"no":"12"}', b'{"no":"13","name":"\\ud800","count":1}', b"[1]"]
    path = folder / "stock.jsonl"
    path.write_bytes(b"\n".join(lines))
    return path


def parquet_file(folder: Path) -> Path:
    """Write rows in types of Parquet that are not always those of the table."""
    columns = {
        "no": pa.array(["1", "2", "3", "4"]),
        "colour": pa.array(["r", None, "b", "x"]).dictionary_encode(),
        "name": pa.array(["Äpfel", "plum", "a\tb\\c\n", "unknown colour"]),
        "count": pa.array([3, 0, 2**31 - 1, 1], pa.int32()),
        "price": pa.array([1250, None, 10, -5], pa.int64()).cast(pa.decimal128(19, 0)),
        "weight": pa.array([0.25, None, 1.5, -3.0], pa.float32()),
        "sold": pa.array([True, None, False, True]),
        "made": pa.array([19_000, None, -700_000, 0], pa.date32()),
        "opens": pa.array([1, None, 86_399_000, 0], pa.time32("ms")),
        "seen": pa.array(
            [1_700_000_000_123_456_000, None, 0, 1_700_000_000_123_456_789], pa.timestamp("ns", "UTC")
        ),
        "label": pa.array(["2ed6657d-e927-568b-95e1-2665a8aea6a2", None, None, "no uuid"]),
        "unit": pa.array(["k", None, "p", "k"], pa.large_string()),
        "shelf1": pa.array(["A", None, "B", "C"]),
        "SHELF-2": pa.array([None, None, "B", "D"]),
    }
    path = folder / "stock.parquet"
    parquet.write_table(pa.table(columns), path)
    return path


def change(op: str, number: str, name: str, lsn: int) -> bytes:
    """Return a change of one row as Debezium tells it, at a position of the log."""
    source = {"connector": "postgresql", "ts_ms": 1_700_000_000_000 + lsn, "lsn": lsn, "table": "stock"}
    row = dict.fromkeys(HEADER.split(";")) | {
        "no": number,
        "name": name,
        "count": 1,
        "shelf1": number,
    }
    images = (row, None) if op == "d" else (None, row)
    return msgspec.json.encode({"before": images[0], "after": images[1], "source": source, "op": op})


def test_backfilled_files_give_what_the_stream_gives(depot: Depot, tmp_path: Path) -> None:
    """Row by row: lake, store and dead letters are equal but for what names a place; nothing is lost."""
    files = [csv_file(tmp_path), json_file(tmp_path), parquet_file(tmp_path)]
    depot.stream(*files)
    streamed = [(depot.events(name), depot.stored(name)) for name in depot.entities]
    letters = depot.letters()
    depot.forget_store()

    done = [depot.backfill(file, "other", Taken(time)) for time, file in enumerate(files, 1)]

    assert [(depot.events(name, "other"), depot.stored(name)) for name in depot.entities] == streamed
    made = [letter for letter in depot.letters() if letter.record.topic.startswith("backfill.")]
    assert refusals(made) == refusals(letters)
    assert all(len(events) > 5 for events, _ in streamed)
    assert all(each.is_whole for each in done)
    refused = [len({e.record.offset for e in made if e.record.topic == each.snapshot}) for each in done]
    assert [each.refused for each in done] == refused
    assert [each.rows for each in done] == [11, 8, 4]


def test_a_file_that_is_loaded_already_adds_nothing(depot: Depot, tmp_path: Path) -> None:
    """Nor does a copy of it under another name: its content names a snapshot."""
    file = csv_file(tmp_path)
    depot.backfill(file)
    before = [(depot.events(name), depot.stored(name)) for name in depot.entities]
    letters = depot.letters()

    again = depot.backfill(file.rename(tmp_path / "copy.csv.gz"))

    assert (again.rows, again.before, again.events) == (11, 11, {})
    assert [(depot.events(name), depot.stored(name)) for name in depot.entities] == before
    assert depot.letters() == letters


def test_a_backfill_that_was_cut_off_goes_on_where_each_place_was(depot: Depot, tmp_path: Path) -> None:
    """The lake had one piece more than the store, or other pieces are made: each row is there once."""
    file = csv_file(tmp_path)
    whole = depot.backfill(file, "other")
    expected = [(depot.events(name, "other"), depot.stored(name)) for name in depot.entities]
    depot.forget_store()
    loading = Loading(depot.project(), depot.table)
    (piece,) = depot.pieces(loading, file)
    rows = piece.given(None)

    depot.load(loading, file, Taken(), [piece_of(rows[:4]), piece_of(rows[4:6])])
    depot.forget_store()
    again = depot.load(loading, file, Taken(), [piece_of(rows[:3]), piece_of(rows[3:5]), piece_of(rows[5:])])

    assert [(depot.events(name), depot.stored(name)) for name in depot.entities] == expected
    assert again.is_whole
    assert again.stored["lake"].before > 0
    assert again.stored["store"].written == whole.stored["store"].written
    assert again.stored["lake"].written + again.stored["lake"].before == whole.stored["lake"].written


def test_corrected_mappings_load_a_file_anew_and_end_its_letters(depot: Depot, tmp_path: Path) -> None:
    """Each event is there once more, with the newer version; in the store the newer one alone."""
    file = csv_file(tmp_path)
    before = depot.backfill(file)
    letters = {letter.id for letter in depot.letters()}

    depot.correct('{"k": "kilo"', '{"z": "zentner", "k": "kilo"')
    after = depot.backfill(file)

    assert (before.ended, after.ended, after.before) == (0, 1, 0)
    assert len(letters) - 1 == len(letters & {letter.id for letter in depot.letters()})
    stored = depot.stored(depot.entities[0])
    assert [row["_mapping"] for row in stored] == [2] * len(stored)
    assert ("9", "zentner") in [(row["number"], row["unit"]) for row in stored]
    versions = [row["_mapping"] for row in depot.events(depot.entities[0])]
    assert (versions.count(1) + 1, versions.count(2)) == (len(stored), len(stored))


def test_a_file_that_is_loaded_is_not_read_otherwise(depot: Depot, tmp_path: Path) -> None:
    """Its rows would be as new as those that are there, and lake and store keep different ones."""
    file = csv_file(tmp_path)
    loading = Loading(depot.project(), depot.table)

    def load(reading: str, time: int) -> Loaded:
        snapshot = snapshot_of_file(file, depot.table, 1, Taken(time), reading)
        return depot.load_as(loading, snapshot, depot.pieces(loading, file))

    for time, reading, other in ((1, "", "cp850"), (2, "cp850", "iso8859-1"), (3, "cp850", "")):
        assert load(reading, time).before == 0
        assert load(reading, time).before == 11
        with pytest.raises(UsageError, match=r"has rows of it that were read otherwise.*say a later --time"):
            load(other, time)


@pytest.mark.parametrize(("first", "reading"), [("lake", ""), ("store", "cp850"), ("topics", "cp850")])
def test_a_file_is_read_in_one_way_wherever_it_goes(
    depot: Depot, tmp_path: Path, first: str, reading: str
) -> None:
    """Else lake, store and topics would keep different rows of one rank for good."""
    file = csv_file(tmp_path)

    def load(place: str, reading: str) -> Loaded:
        loading = Loading(depot.project(), depot.table)
        snapshot = snapshot_of_file(file, depot.table, 1, Taken(1), reading)
        snapshot = replace(snapshot, has_readings=True)
        some = depot.pieces(loading, file)
        if place == "topics":
            return loading.publish(snapshot, some, depot.places(), untold)
        return loading.load(snapshot, some, depot.places(), [place], untold)

    load(first, reading)
    for place in {"lake", "store", "topics"} - {first}:
        with pytest.raises(UsageError, match=r"were read otherwise.*say a later --time"):
            load(place, "iso8859-1")
        assert load(place, reading).is_whole


def test_what_a_destination_alone_knows_of_a_reading_counts(depot: Depot, tmp_path: Path) -> None:
    """What was loaded before the control topic told, or is taken from it: who is wrong claims nothing."""
    file = csv_file(tmp_path)

    def load(reading: str) -> Loaded:
        loading = Loading(depot.project(), depot.table)
        snapshot = snapshot_of_file(file, depot.table, 1, Taken(1), reading)
        snapshot = replace(snapshot, has_readings=True)
        return loading.load(snapshot, depot.pieces(loading, file), depot.places(), ["lake"], untold)

    load("cp850")
    keys = {record.key for record in extract(depot.cluster, [CONTROL_TOPIC])}
    (key,) = [key for key in keys if key is not None and f"backfill.{depot.table}.".encode() in key]
    Publisher(depot.cluster).publish([(CONTROL_TOPIC, key, None)])
    for other in ("", "iso8859-1"):
        with pytest.raises(UsageError, match="the lake has rows of it that were read otherwise"):
            load(other)
    assert load("cp850").before == 11


def test_letters_end_wherever_a_backfill_was_cut_off(depot: Depot, tmp_path: Path) -> None:
    """Of rows that the run before had stored too, in its last piece or in an earlier one."""
    file = csv_file(tmp_path)
    depot.backfill(file)
    letters = {letter.id for letter in depot.letters()}
    depot.correct('{"k": "kilo"', '{"z": "zentner", "k": "kilo"')
    loading = Loading(depot.project(), depot.table)
    (piece,) = depot.pieces(loading, file)

    def cut_off(count: int) -> Iterator[Piece]:
        yield piece_of(piece.given(None)[:count])
        raise UnavailableError("store", "is away", "start it")

    for count in (10, 11):
        with pytest.raises(UnavailableError):
            depot.load(loading, file, Taken(), cut_off(count))
    assert {letter.id for letter in depot.letters()} == letters

    assert depot.backfill(file).ended == 1
    assert len(letters - {letter.id for letter in depot.letters()}) == 1


def test_rows_that_were_left_over_end_no_letters_of_others(depot: Depot, tmp_path: Path) -> None:
    """A file has only some of its snapshot's rows; whoever has the others ends theirs."""
    file = csv_file(tmp_path)
    depot.backfill(file)
    depot.correct('{"k": "kilo"', '{"z": "zentner", "k": "kilo"')
    loading = Loading(depot.project(), depot.table)
    (piece,) = depot.pieces(loading, file)
    rows = piece.given(None)
    snapshot = snapshot_of_file(file, depot.table, loading.application.epoch, Taken())

    for some, ended in ((rows[-1:], 0), (rows, 1)):
        numbers = [row.line for row in some]
        left = replace(snapshot, kept=f"left{len(some)}", numbers=numbers)
        assert depot.load_as(loading, left, [piece_of(some)]).ended == ended


def test_letters_of_a_file_are_replayed_as_of_its_snapshot(depot: Depot, tmp_path: Path) -> None:
    """A row that is good by now comes by its topic, where in the file and in time it was; others stay."""
    file = csv_file(tmp_path)
    depot.backfill(file, taken=Taken(at="lsn:100"))
    before = {letter.id: letter for letter in depot.letters()}

    depot.correct('{"k": "kilo"', '{"z": "zentner", "k": "kilo"')
    done = depot.replay(Filter(application=depot.name, table="stock"))
    depot.run()

    after = {letter.id: letter for letter in depot.letters()}
    (mended,) = before.keys() - after.keys()
    assert (done.replayed, done.messages, len(done.failed)) == (1, 1, len(after))
    assert {letter.tried for letter in after.values()} == {2}
    item = depot.entities[0]
    ((subject, sequence),) = depot.topic(item)
    written, number = int(file.stat().st_mtime * 1000) * 1000, before[mended].record.offset
    place = rf"0001\.lsn\.{100:020d}-{written:020d}-[0-9a-f]{{8}}-{number:020d}\.000"
    assert (subject, bool(re.fullmatch(place, sequence))) == ("9", True)
    (row,) = [row for row in depot.stored(item) if row["number"] == "9"]
    assert (row["unit"], row["_mapping"]) == ("zentner", 2)
    assert ("9", "UNKNOWN UNIT") in depot.current(item)


def test_changes_overtake_a_snapshot_taken_before_them(depot: Depot, tmp_path: Path) -> None:
    """Capture starts first: what it saw before the snapshot's position is older than the snapshot's row."""
    changes = [
        change("u", "1", "stale", 90),
        change("d", "2", "gone", 110),
        change("u", "3", "newer", 110),
        change("u", "4", "as late as the snapshot", 100),
        change("c", "5", "found", 120),
    ]
    captured, snapshot = tmp_path / "captured.jsonl", tmp_path / "snapshot.jsonl"
    captured.write_bytes(b"\n".join(changes[:3]))
    rows = [change("c", number, "of the snapshot", 0) for number in "1234"]
    plain = [msgspec.json.encode(msgspec.json.decode(row)["after"]) for row in rows]
    snapshot.write_bytes(b"\n".join(plain))
    depot.stream(captured)

    depot.backfill(snapshot, taken=Taken(at="lsn:100"))
    depot.fold()
    later = tmp_path / "later.jsonl"
    later.write_bytes(b"\n".join(changes[3:]))
    depot.stream(later)

    expected = [
        ("1", "OF THE SNAPSHOT"),
        ("3", "NEWER"),
        ("4", "AS LATE AS THE SNAPSHOT"),
        ("5", "FOUND"),
    ]
    assert [(row["number"], row["name"]) for row in depot.stored(depot.entities[0])] == expected
    assert depot.current(depot.entities[0]) == expected
    depot.fold()
    assert depot.current(depot.entities[0]) == expected


def test_a_snapshot_comes_onto_the_topics_where_nothing_newer_stands(depot: Depot, tmp_path: Path) -> None:
    """Subscribers see each row once, the last event of each key is its newest, lake and store follow.

    What stands already is said again, of the snapshot's position: a late change from before that loses.
    """
    captured, snapshot = tmp_path / "captured.jsonl", tmp_path / "snapshot.jsonl"
    changes = [change("u", "1", "stale", 90), change("u", "2", "snapped", 90), change("u", "3", "newer", 110)]
    captured.write_bytes(b"\n".join(changes))
    rows = [msgspec.json.decode(change("c", number, "snapped", 0))["after"] for number in "1234"]
    snapshot.write_bytes(
        b"\n".join(map(msgspec.json.encode, [*rows, rows[0] | {"no": "5", "colour": "x", "shelf1": "5"}]))
    )
    depot.stream(captured)

    done = [depot.publish(snapshot, Taken(at="lsn:100")) for _ in range(2)]

    item, shelf = depot.entities
    assert [each.stored["topics"].written for each in done] == [3 + 5, 0]
    assert [(each.is_whole, each.refused, sum(each.events.values())) for each in done] == [(True, 1, 9)] * 2
    newest = dict(depot.topic(item))
    assert all(newest[subject] >= sequence for subject, sequence in depot.topic(item))
    late = tmp_path / "late.jsonl"
    late.write_bytes(change("u", "2", "late", 95))
    depot.stream(late)
    names = [("1", "SNAPPED"), ("2", "SNAPPED"), ("3", "NEWER"), ("4", "SNAPPED")]
    assert [(row["number"], row["name"]) for row in depot.stored(item)] == names
    assert depot.current(item) == names
    assert [row["code"] for row in depot.stored(shelf)] == ["1/1", "2/1", "3/1", "4/1", "5/1"]
