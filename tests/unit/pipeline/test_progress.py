"""What a worker tells about itself."""

import time

import msgspec

from franca.pipeline.progress import Meter, Progress
from franca.types import Partition, Record, Tally

PLACE = Partition("raw.crm.cust", 3, "id")


def records(number: int, age_seconds: float) -> list[Record]:
    """Return records of this age."""
    timestamp = int((time.time() - age_seconds) * 1000)
    return [Record("raw.crm.cust", 3, offset, timestamp, None, None) for offset in range(number)]


def test_a_picture_adds_up_the_batches() -> None:
    """Counts are of the run, positions and lag of the partitions at hand."""
    meter = Meter("lake", "one")
    meter.stored(records(10, 1), {PLACE: 10}, Tally(10, 9, 1))
    meter.stored(records(5, 1), {PLACE: 15}, Tally(5, 5, 0))
    picture = meter.progress({PLACE: 7})
    assert (picture.read, picture.written, picture.dead) == (15, 14, 1)
    assert picture.positions == {"raw.crm.cust/3": 15}
    assert picture.lag == {"raw.crm.cust/3": 7}
    assert picture.read_per_second > 0


def test_latency_is_from_the_timestamp_to_the_storing() -> None:
    """Most records are 1 s old, the oldest 60 s; a record without a timestamp counts for nothing."""
    meter = Meter("lake")
    for _ in range(60):
        meter.stored(records(1, 1), {}, Tally(1, 1, 0))
    meter.stored(records(1, 60), {}, Tally(1, 1, 0))
    meter.stored([Record("raw.crm.cust", 3, 0, -1, None, None)], {}, Tally(1, 1, 0))
    picture = meter.progress({})
    assert 1_000 <= picture.p50_milliseconds < 11_000
    assert 60_000 <= picture.p99_milliseconds < 80_000


def test_a_picture_travels_as_json() -> None:
    """Workers are processes; whoever collects reads what they wrote."""
    picture = Meter("lake", "one").progress({PLACE: 1})
    assert msgspec.json.decode(msgspec.json.encode(picture), type=Progress) == picture
