"""Answers of the object store that get lost on their way: no event is, none comes twice, nobody is misled."""

import random
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import obstore
import pyarrow as pa
import pytest

from franca.errors import UnavailableError
from franca.lake.fold import fold
from franca.lake.location import open_store
from franca.lake.rows_file import WHOLE_BYTES, added
from franca.lake.translation import translated
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.types import Batch, Partition
from franca.views.lake import open_lake
from tests.conftest import Bucket
from tests.individuals import SHAPE, event, record
from tests.integration.losing import Way, losing_way

PLACE = Partition("individual", 0, "t")


@pytest.fixture
def way(bucket: Bucket) -> Iterator[Way]:
    """Give a way to the session's S3."""
    with losing_way(bucket) as way:
        yield way


def _rows(size: int) -> pa.Table:
    """Return rows that take at least so many bytes in a file: nothing in them comes again."""
    noise = random.Random(1)
    return pa.table({"noise": [noise.randbytes(1_000_000) for _ in range(size // 1_000_000 + 1)]})


def _completes(method: str, path: str) -> bool:
    return method == "POST" and "?uploadId=" in path


def test_a_small_file_is_put_at_once(bucket: Bucket, way: Way) -> None:
    """One request instead of three; that one can be made again where its answer is lost."""
    files = open_store(f"{bucket.url}/some", way.options)
    answers = iter([True])
    way.losing = lambda method, _path: next(answers, False)
    path = added(files, _rows(1), [], [])["path"]
    assert [method for method, _ in way.asked] == ["PUT", "PUT"]
    assert len(way.lost) == 1
    assert obstore.head(files, path)["size"] > 0


def test_a_large_file_whose_last_answer_is_lost_is_found(bucket: Bucket, way: Way) -> None:
    """Asked again, the store knows of no such upload: it is done, and the file is there as it should be."""
    files = open_store(f"{bucket.url}/some", way.options)
    answers = iter([True])
    way.losing = lambda method, path: _completes(method, path) and next(answers, False)
    add = added(files, _rows(WHOLE_BYTES), [], [])
    assert [method for method, path in way.asked if "?uploadId=" in path][:2] == ["POST", "POST"]
    assert obstore.head(files, add["path"])["size"] == add["size"] > WHOLE_BYTES


def _give_up(way: Way, path: str) -> None:
    """Have the store forget an upload."""
    asking = HTTPConnection(urlsplit(way.target).netloc)
    asking.request("DELETE", path)
    asking.getresponse().read()
    asking.close()


def test_an_upload_that_the_store_has_forgotten_is_no_lost_file(bucket: Bucket, way: Way) -> None:
    """Nothing of the table is missing, and no folder has to go: trying again is all."""
    files = open_store(f"{bucket.url}/lake/individual/events", way.options)
    way.before = lambda method, path: _give_up(way, path) if _completes(method, path) else None
    with pytest.raises(UnavailableError) as caught, translated("lake", "s3://lake/individual/events"):
        added(files, _rows(WHOLE_BYTES), [], [])
    assert "a new file was not stored, no file of the table is missing: " in str(caught.value)
    assert "NoSuchUpload" in str(caught.value)
    assert caught.value.remedy.startswith("try again")
    way.before = lambda _method, _path: None
    assert obstore.head(files, added(files, _rows(WHOLE_BYTES), [], [])["path"])


def test_a_file_for_which_there_is_no_bucket_is_no_lost_file(bucket: Bucket) -> None:
    """Somebody has removed the bucket: its name is to be looked at, no file of a table."""
    files = open_store("s3://no-such-bucket/individual/events", bucket.options)
    with pytest.raises(UnavailableError, match="NoSuchBucket") as caught, translated("lake"):
        added(files, _rows(1), [], [])
    assert caught.value.remedy == "try again; check the folder or bucket, its free space and its rights"


def test_a_lake_that_is_written_while_answers_get_lost_has_each_event_once(
    bucket: Bucket, way: Way, tmp_path: Path
) -> None:
    """The worker tries a batch again from where the lake is; so does who folds."""
    url = f"{bucket.url}/lake"
    sink = DeltaSink(url, [SHAPE], Parking(lambda _: None, "lake", ["crm"]), options=way.options)
    sink.open()
    chance = random.Random(7)
    way.losing = lambda method, _path: method in ("PUT", "POST") and chance.random() < 0.25
    done = 0
    while done < 10:
        batch = Batch([record(event(f"k{done % 5}", done), done)], {PLACE: done + 1}, {PLACE: done})
        done = done + 1 if sink.write(batch) else sink.positions([PLACE]).get(PLACE, 0)
    while not fold(url, SHAPE, way.options, tmp_path).is_done:
        pass
    assert way.lost
    with open_lake(url, [SHAPE], bucket.options) as lake:
        offsets = sorted(lake.query("SELECT _offset FROM individual_events").rows)
        assert offsets == [(number,) for number in range(10)]
        assert len(list(lake.query("SELECT id FROM individual").rows)) == 5
