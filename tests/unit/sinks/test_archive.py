"""Raw records are archived as they came, and found by topic, partition and offset alone."""

from pathlib import Path

import duckdb
import pytest

from franca.errors import DefinitionError, UnavailableError
from franca.lake.archive import BUCKET, Shelf
from franca.lake.location import open_store
from franca.sinks.archive import ArchiveSink
from franca.types import Batch, Partition, Record, Tally

OLD = Partition("raw.crm.cust", 2, "Aold-_0")
NEW = OLD._replace(topic_id="Bnew")


def sink(folder: Path) -> ArchiveSink:
    """Return an open archive."""
    found = ArchiveSink(str(folder), {"raw.crm.*": "crm/cust"})
    found.open()
    return found


def shelf(folder: Path) -> Shelf:
    """Return the table's place in the archive."""
    return Shelf(open_store(str(folder), {}), "crm", "cust")


def records(first: int, last: int, text: str = "x") -> list[Record]:
    """Return records of consecutive offsets."""
    return [
        Record(OLD.topic, OLD.partition, offset, 1_700_000_000_000, b"\xff", f"{text}{offset}".encode())
        for offset in range(first, last)
    ]


def test_a_record_comes_back_byte_for_byte(tmp_path: Path) -> None:
    """Key, value, headers, time and place are kept, tombstones too."""
    headers = (("h", b"\xfe"), ("h", None))
    original = [
        Record(OLD.topic, 2, 0, 1_700_000_000_000, b"\xff\x00", b'{"a":"\\u0000"}', headers),
        Record(OLD.topic, 2, 1, -1, None, None),
    ]
    assert sink(tmp_path).write(Batch(original, {OLD: 2}, {OLD: 0}))
    assert [shelf(tmp_path).find(OLD, offset) for offset in (0, 1, 2)] == [*original, None]


def test_an_object_is_named_by_its_place(tmp_path: Path) -> None:
    """Application, table, topic, partition, bucket, first offset; the topic's id behind it."""
    sink(tmp_path).write(Batch(records(7, 9), {OLD: 9}, {OLD: 7}))
    (path,) = (path for path in tmp_path.rglob("*") if path.is_file())
    expected = f"crm/cust/raw.crm.cust/2/0/{7:020d}.Aold-_0.jsonl.zst"
    assert str(path.relative_to(tmp_path)) == expected


def test_no_object_spans_a_bucket(tmp_path: Path) -> None:
    """So one listing of one bucket finds a record."""
    first, last = BUCKET - 2, BUCKET + 2
    assert sink(tmp_path).write(Batch(records(first, last), {OLD: last}, {OLD: first}))
    buckets = sorted(path.parent.name for path in tmp_path.rglob("*.zst"))
    assert buckets == ["0", "1"]
    assert [r.offset for r in shelf(tmp_path).records(OLD, first + 1, last - 1)] == [BUCKET - 1, BUCKET]


def test_a_topic_made_anew_is_a_chain_of_its_own(tmp_path: Path) -> None:
    """Its offsets are those of its predecessor, whose records stay."""
    archive = sink(tmp_path)
    assert archive.write(Batch(records(0, 3, "old"), {OLD: 3}, {OLD: 0}))
    assert archive.positions([NEW]) == {}
    assert archive.write(Batch(records(0, 2, "new"), {NEW: 2}, {NEW: 0}))
    assert sink(tmp_path).positions([OLD, NEW]) == {OLD: 3, NEW: 2}
    found = [shelf(tmp_path).find(place, 1) for place in (OLD, NEW)]
    assert [record and record.value for record in found] == [b"old1", b"new1"]


def test_without_an_id_the_topic_archived_last_is_meant(tmp_path: Path) -> None:
    """A dead letter knows its topic's name only."""
    archive = sink(tmp_path)
    archive.write(Batch(records(0, 3, "old"), {OLD: 3}, {OLD: 0}))
    archive.write(Batch(records(0, 2, "new"), {NEW: 2}, {NEW: 0}))
    found = shelf(tmp_path).find(OLD._replace(topic_id=""), 1)
    assert found is not None
    assert found.value == b"new1"


def test_the_tally_is_that_of_all_workers(tmp_path: Path) -> None:
    """It is kept with the chain."""
    assert sink(tmp_path).write(Batch(records(0, 3), {OLD: 5}, {OLD: 0}))
    assert sink(tmp_path).write(Batch(records(5, 6), {OLD: 6}, {OLD: 5}))
    assert sink(tmp_path).tally([OLD, NEW]) == Tally(4, 4, 0)


def test_duckdb_reads_the_objects(tmp_path: Path) -> None:
    """They are compressed JSON lines, nothing else; empty ones too."""
    archive = sink(tmp_path)
    archive.write(Batch(records(0, 3), {OLD: 3}, {OLD: 0}))
    archive.write(Batch([], {OLD: 4}, {OLD: 3}))
    query = "SELECT count(*), min(value) FROM read_json(?, format = 'newline_delimited')"
    with duckdb.connect() as connection:
        assert connection.execute(query, [f"{tmp_path}/**/*.jsonl.zst"]).fetchone() == (3, "x0")


def test_a_store_that_is_away_says_so(tmp_path: Path) -> None:
    """The runner then waits and tries again."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match="archive is unavailable"):
        sink(tmp_path / "file" / "archive").write(Batch(records(0, 1), {OLD: 1}, {OLD: 0}))


@pytest.mark.parametrize(("kept", "said"), [(40, "does not say where it ends"), (-24, "can't be read")])
def test_a_damaged_object_is_named_with_its_remedy(tmp_path: Path, kept: int, said: str) -> None:
    """Whoever owns the archive decides what becomes of it; it is no bug."""
    sink(tmp_path).write(Batch(records(0, 9), {OLD: 9}, {OLD: 0}))
    (path,) = (path for path in tmp_path.rglob("*") if path.is_file())
    whole = path.read_bytes()
    path.write_bytes(whole[:kept] if kept > 0 else b"?" * len(whole[:kept]) + whole[kept:])

    with pytest.raises(DefinitionError, match=f"damaged.*{said}.*move it away"):
        sink(tmp_path).positions([OLD]) if kept > 0 else shelf(tmp_path).find(OLD, 3)
