"""The archive as a source: in order, from where the sink is, past what is damaged or missing."""

from pathlib import Path

from franca.lake.archive import BUCKET, Shelf
from franca.lake.location import open_store
from franca.sinks.archive import ArchiveSink
from franca.sources.archive import ArchiveSource, Course, Damage
from franca.topics.cluster import Cluster
from franca.types import Batch, Partition, Record

PLACE = Partition("raw.crm.cust", 3, "A+b/c_d-0")
WRITTEN = PLACE._replace(topic_id="A-b_c_d-0")


def records(first: int, last: int) -> list[Record]:
    """Return records of consecutive offsets, each third missing, as behind transactions."""
    return [
        Record(PLACE.topic, 3, n, 1_700_000_000_000, None, b"%d" % n) for n in range(first, last) if n % 3
    ]


def filled(folder: Path, *ends: int) -> Course:
    """Archive objects that end at some offsets, and return what a source reads of them."""
    sink = ArchiveSink(str(folder), {"raw.crm.*": "crm/cust"})
    sink.open()
    start = 0
    for end in ends:
        assert sink.write(Batch(records(start, end), {PLACE: end}, {PLACE: start}))
        start = end
    shelf = Shelf(open_store(str(folder), {}), "crm", "cust")
    assert shelf.topics() == [PLACE.topic]
    return Course(PLACE, shelf, shelf.chains(PLACE.topic)[WRITTEN], start, None)


def read(source: ArchiveSource, at: int = 0) -> list[Batch[Record]]:
    """Return all batches from an offset on."""
    source.open(lambda partitions: dict.fromkeys(partitions, at) if at else {})
    batches: list[Batch[Record]] = []
    while (batch := source.read()).positions:
        batches.append(batch)
    return batches


def offsets(batches: list[Batch[Record]]) -> list[int]:
    """Return the offsets of all records."""
    return [record.offset for batch in batches for record in batch.items]


def source(*courses: Course, batch_records: int = 4) -> ArchiveSource:
    """Return a source of no cluster."""
    return ArchiveSource(Cluster("nowhere:1"), courses, batch_records)


def test_what_was_archived_comes_in_order_and_batches_follow_each_other(tmp_path: Path) -> None:
    """No batch is larger than it may be, and each begins where the last one ended, over buckets too."""
    end = BUCKET + 10
    found = source(filled(tmp_path, 10, BUCKET - 2, end), batch_records=5_000)

    batches = read(found)

    assert offsets(batches) == [n for n in range(end) if n % 3]
    assert max(len(batch.items) for batch in batches) == 5_000
    starts = [batch.starts[PLACE] for batch in batches]
    assert starts == [0, *(batch.positions[PLACE] for batch in batches[:-1])]
    assert batches[-1].positions == {PLACE: end}
    assert (found.lag(), found.damages) == ({PLACE: 0}, [])


def test_it_goes_on_where_the_sink_is(tmp_path: Path) -> None:
    """In the midst of an object, at its end, and after a batch was refused."""
    course = filled(tmp_path, 10, 20, 30)

    assert offsets(read(source(course), 14)) == [n for n in range(14, 30) if n % 3]
    assert offsets(read(source(course), 20)) == [n for n in range(20, 30) if n % 3]
    assert read(source(course), 30) == []
    again = source(course)
    again.open(lambda partitions: dict.fromkeys(partitions, 25))
    first = again.read()
    again.rewind()
    assert again.read().items == first.items
    assert again.lag() == {PLACE: 30 - first.positions[PLACE]}


def test_it_ends_where_it_is_told(tmp_path: Path) -> None:
    """What the on-ramp has not read yet is its own."""
    course = filled(tmp_path, 10, 20)._replace(last=13)
    assert offsets(read(source(course))) == [n for n in range(13) if n % 3]


def test_what_is_damaged_or_missing_is_named_and_passed_over(tmp_path: Path) -> None:
    """The offsets are told, and that nobody has them; positions go on behind them."""
    course = filled(tmp_path, 10, 20, 30, 40, 50)
    paths = sorted(tmp_path.rglob("*.zst"))
    paths[1].write_bytes(b"no zstd")
    paths[3].unlink()
    shelf = course.shelf
    found = source(course._replace(links=shelf.chains(PLACE.topic)[WRITTEN]))

    batches = read(found)

    assert offsets(batches) == [n for n in (*range(10), *range(20, 30), *range(40, 50)) if n % 3]
    assert batches[-1].positions == {PLACE: 50}
    assert [(d.first, d.last, d.is_lost) for d in found.damages] == [(10, 20, True), (30, 40, True)]
    assert paths[1].name in found.damages[0].reason
    assert found.damages[1] == Damage(PLACE, 30, 40, "an object is missing", is_lost=True)


def test_a_damaged_last_object_is_named_too(tmp_path: Path) -> None:
    """Its end is unknown, so all up to the end is lost."""
    course = filled(tmp_path, 10, 20)
    sorted(tmp_path.rglob("*.zst"))[1].write_bytes(b"")
    found = source(course)

    assert offsets(read(found)) == [n for n in range(10) if n % 3]
    assert [(d.first, d.last) for d in found.damages] == [(10, 20)]


def test_an_interrupted_source_gives_nothing_more(tmp_path: Path) -> None:
    """Whoever stops is not kept waiting."""
    found = source(filled(tmp_path, 10))
    found.open(lambda _: {})
    found.interrupt()
    assert found.read() == Batch([])
