"""A lake in S3 behind plain HTTP is folded, put together, cleaned and proved like one in a folder."""

import threading
from pathlib import Path

import duckdb
import obstore
import pytest
from deltalake import DeltaTable

from franca.errors import DefinitionError, UnavailableError
from franca.lake.columns import events_schema
from franca.lake.compaction import Compacted, compact
from franca.lake.condition import condition
from franca.lake.fold import Folded, fold
from franca.lake.location import events_url, open_store, table_url
from franca.lake.log import CHECKPOINT_COMMITS
from franca.lake.marks import commit_name, read_commit
from franca.lake.relation import relation
from franca.lake.vacuum import vacuum
from franca.lake.verification import verify
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.types import Batch, Partition
from franca.views.lake import open_lake
from tests.conftest import Bucket
from tests.individuals import SHAPE, event, record

PLACE = Partition("individual", 0, "t")


class S3Lake:
    """A lake in a bucket, written event by event."""

    def __init__(self, bucket: Bucket, folder: Path) -> None:
        self.url, self.options, self.folder = f"{bucket.url}/lake", bucket.options, folder
        self.writer, self.next = self.sink(), 0

    def sink(self) -> DeltaSink:
        """Return a writer."""
        sink = DeltaSink(self.url, [SHAPE], Parking(lambda _: None, "lake", ["crm"]), options=self.options)
        sink.open()
        return sink

    def write(self, key: str, sequence: int, name: str | None) -> None:
        """Write a state, or a delete."""
        value = event(key, sequence, name=name or "", deleted=name is None)
        batch = Batch([record(value, self.next)], {PLACE: self.next + 1}, {PLACE: self.next})
        assert self.writer.write(batch)
        self.next += 1

    def fold(self) -> Folded:
        """Fold what is there."""
        return fold(self.url, SHAPE, self.options, self.folder)

    def compact(self) -> Compacted:
        """Put files together."""
        return compact(self.url, SHAPE, self.options, self.folder, 2)

    @property
    def current(self) -> list[tuple[str, str]]:
        """What the view has."""
        with open_lake(self.url, [SHAPE], self.options) as lake:
            return sorted(lake.query("SELECT id, name FROM individual").rows)


@pytest.fixture
def lake(bucket: Bucket, tmp_path: Path) -> S3Lake:
    """Give a lake with four events, folded."""
    lake = S3Lake(bucket, tmp_path / "scratch")
    for key in "abcd":
        lake.write(key, 1, "old")
    assert lake.fold().rows == 4
    return lake


def test_the_upkeep_of_a_lake_in_s3(lake: S3Lake) -> None:
    """What was written before, meanwhile and afterwards is there once, and what was replaced goes."""
    lake.write("a", 2, "new")
    lake.write("b", 2, None)
    assert lake.current == [("a", "new"), ("c", "old"), ("d", "old")]
    assert lake.compact()[1:] == (6, 2, 6, True), "what is folded has a file of its own"
    lake.write("b", 3, "back")
    lake.write("c", 2, None)
    assert lake.fold().events == 4
    assert lake.current == [("a", "new"), ("b", "back"), ("d", "old")]
    found = condition(lake.url, SHAPE, lake.options)
    assert found.events is not None
    assert (found.events.rows, found.events.files, found.unfolded) == (8, 4, 0)
    assert verify(lake.url, SHAPE, lake.options, lake.folder).problems == []
    assert vacuum(lake.url, SHAPE, lake.options, 1) == []
    assert len(vacuum(lake.url, SHAPE, lake.options, 0)) == 7
    assert vacuum(lake.url, SHAPE, lake.options, 0) == []
    assert lake.current == [("a", "new"), ("b", "back"), ("d", "old")]


def test_only_the_files_that_count_are_read(lake: S3Lake) -> None:
    """A compaction of some files reads these, and a fold what is not folded."""
    table = DeltaTable(events_url(lake.url, "individual"), storage_options=lake.options)
    with duckdb.connect() as connection:
        rows = relation(connection, "some", events_schema(SHAPE), table, table.file_uris()[:2])
        assert connection.sql(f"SELECT count(*) FROM ({rows})").fetchall() == [(2,)]


def test_of_two_at_once_one_counts(lake: S3Lake) -> None:
    """Commits are created only where there is none: two writers, folds and compactions in turn."""
    lake.write("a", 2, "new")
    lake.write("e", 1, "new")
    other, start = lake.sink(), lake.next
    batch = Batch([record(event("f"), start)], {PLACE: start + 1}, {PLACE: start})
    assert lake.writer.write(batch)
    assert not other.write(Batch(batch.items, batch.positions, batch.starts))
    results: list[Folded | Compacted] = []
    work = [lambda: results.append(lake.fold()), lambda: results.append(lake.compact())] * 2
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(results) == 4
    assert sum(each.rows for each in results if isinstance(each, Compacted) and each.is_done) == 7
    assert {each.events for each in results if isinstance(each, Folded) and each.is_done} <= {0, 3}
    assert DeltaTable(table_url(lake.url, "individual", "events"), storage_options=lake.options).count() == 7
    assert [name for _, name in lake.current] == ["new", "old", "old", "old", "new", "Ada"]
    assert verify(lake.url, SHAPE, lake.options, lake.folder).problems == []


def test_a_writer_opens_a_shortened_log_that_does_not_tell_its_checkpoint(lake: S3Lake) -> None:
    """What a copy of the bucket left out: the checkpoint is found among the files."""
    for number in range(CHECKPOINT_COMMITS):
        lake.write("k", number, "x")
    files = open_store(events_url(lake.url, "individual"), lake.options)
    assert obstore.head(files, f"_delta_log/{CHECKPOINT_COMMITS:020d}.checkpoint.parquet")
    obstore.delete(files, ["_delta_log/_last_checkpoint", commit_name(1)])
    assert lake.sink().positions([PLACE]) == {PLACE: lake.next}


@pytest.mark.parametrize("content", [None, b""])
def test_files_that_are_gone_from_a_bucket_are_told(lake: S3Lake, content: bytes | None) -> None:
    """As those of a folder, with the table's own remedy."""
    lake.write("a", 1, "x")
    files = open_store(events_url(lake.url, SHAPE.name), lake.options)
    commits = sorted(each["path"] for some in obstore.list(files, "_delta_log") for each in some)
    path = read_commit(files, len(commits) - 1)[1]["add"]["path"]
    if content is None:
        obstore.delete(files, path)
    else:
        obstore.put(files, path, content)
    for needing in (lambda: lake.current, lake.fold):
        with pytest.raises(
            UnavailableError, match="`franca lake verify` lists them: bring them back"
        ) as caught:
            needing()
        assert path in str(caught.value)


def test_an_emptied_commit_in_a_bucket_is_told(lake: S3Lake) -> None:
    """As one in a folder: nobody reads past it, or commits behind it."""
    lake.write("a", 1, "x")
    files = open_store(events_url(lake.url, SHAPE.name), lake.options)
    obstore.put(files, max(each["path"] for some in obstore.list(files, "_delta_log") for each in some), b"")
    for needing in (lambda: lake.current, lake.fold, lake.compact):
        with pytest.raises(DefinitionError, match="it is empty; the last one can be removed"):
            needing()
