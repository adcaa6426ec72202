"""A log that is taken away below those who write to it, or put back as an earlier one, is noticed by them."""

import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer

import obstore
import pytest
from deltalake import DeltaTable

from franca.errors import UnavailableError
from franca.lake.fold import fold
from franca.lake.location import events_url, open_store
from franca.lake.log import TableChangedError, create_commit, info, require_told
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.types import Batch, Partition
from franca.views.lake import open_lake
from tests.conftest import Bucket
from tests.individuals import SHAPE, event, record

PLACES = [Partition("individual", number, "t") for number in range(2)]


class Writer:
    """A worker of one partition that reads again from where the lake is when a batch is refused."""

    def __init__(self, url: str, place: Partition, options: dict[str, str] | None = None) -> None:
        parking = Parking(lambda _: None, "lake", ["crm"])
        self.sink, self.place = DeltaSink(url, [SHAPE], parking, options=options), place
        self.sink.open()
        self.next = 0

    def write(self, end: int) -> None:
        """Write the topic's records up to an offset."""
        while self.next < end:
            offset = self.next
            value = event(f"{self.place.partition}-{offset % 5}", offset)
            one = record(value, offset, self.place.partition)
            if self.sink.write(Batch([one], {self.place: offset + 1}, {self.place: offset})):
                self.next += 1
            else:
                self.next = self.sink.positions([self.place]).get(self.place, 0)


def _offsets(url: str, options: dict[str, str] | None = None) -> list[tuple[int, int]]:
    with open_lake(url, [SHAPE], options or {}) as lake:
        return sorted(lake.query("SELECT _partition, _offset FROM individual_events").rows)


def _every(*ends: int) -> list[tuple[int, int]]:
    return [(partition, offset) for partition, end in enumerate(ends) for offset in range(end)]


def _removed(folder: Path) -> Callable[[], None]:
    return lambda: shutil.rmtree(folder / "individual")


def _restored(folder: Path) -> Callable[[], None]:
    shutil.copytree(folder / "individual", folder.parent / "backup")

    def restore() -> None:
        shutil.rmtree(folder / "individual")
        shutil.copytree(folder.parent / "backup", folder / "individual")

    return restore


@pytest.mark.parametrize("ahead", [2, 120], ids=["commits", "checkpoints"])
@pytest.mark.parametrize("of", [_removed, _restored])
def test_all_events_are_there_once_after_a_log_went_away_below_its_writers(
    tmp_path: Path, of: Callable[[Path], Callable[[], None]], ahead: int
) -> None:
    """Whoever commits next opens the table again, and reads the topic from where it is then."""
    lake = tmp_path / "lake"
    first, second = (Writer(str(lake), place) for place in PLACES)
    first.write(3)
    second.write(3)
    change = of(lake)
    first.write(3 + ahead)
    change()
    first.write(4 + ahead)
    second.write(5)
    first.write(5 + ahead)
    assert _offsets(str(lake)) == _every(5 + ahead, 5)


def test_a_writer_notices_that_a_log_which_was_put_back_has_gone_on(tmp_path: Path) -> None:
    """It has as many commits as before, and is another one: what lies between was never in it."""
    lake = tmp_path / "lake"
    first, second = (Writer(str(lake), place) for place in PLACES)
    first.write(3)
    restore = _restored(lake)
    second.write(3)
    first.write(6)
    restore()
    Writer(str(lake), PLACES[0]).write(6)
    second.write(4)
    assert _offsets(str(lake)) == _every(6, 4)


def test_a_writer_notices_in_a_bucket_that_the_log_went_away(bucket: Bucket) -> None:
    """The commit that followed nothing is taken back, with its rows."""
    url = f"{bucket.url}/lake"
    writer = Writer(url, PLACES[0], bucket.options)
    writer.write(3)
    files = open_store(bucket.url, bucket.options)
    obstore.delete(files, [each["path"] for some in obstore.list(files) for each in some])
    writer.write(5)
    assert _offsets(url, bucket.options) == _every(5)


def test_a_commit_stays_behind_which_somebody_has_gone_on(tmp_path: Path) -> None:
    """Without it the log would have a gap that it has not."""
    lake = str(tmp_path / "lake")
    Writer(lake, PLACES[0]).write(2)
    files, url = open_store(events_url(lake, SHAPE.name), {}), events_url(lake, SHAPE.name)
    body = b'{"commitInfo":{}}'
    assert create_commit(files, 3, body) is None
    assert create_commit(files, 4, b'{"commitInfo":{"a":1}}') is None
    with pytest.raises(TableChangedError):
        require_told(files, 2, b"another one", (body, [info("WRITE")]))
    assert DeltaTable(url).version() == 4


def test_two_that_wrote_behind_a_log_that_is_gone_take_both_back(tmp_path: Path) -> None:
    """The earlier commit waits for the later one: alone, nobody could open its table."""
    url = str(tmp_path)
    files, bodies = open_store(url, {}), {5: b'{"commitInfo":{"a":1}}', 6: b'{"commitInfo":{"b":1}}'}
    for version, body in bodies.items():
        assert create_commit(files, version, body) is None

    def take_back(version: int) -> None:
        with pytest.raises(TableChangedError):
            require_told(files, version - 1, b"{}", (bodies[version], []))

    with ThreadPoolExecutor() as pool:
        earlier = pool.submit(take_back, 5)
        time.sleep(0.05)
        take_back(6)
        earlier.result(30)
    assert [each["path"] for some in obstore.list(files) for each in some] == []


def test_a_table_is_opened_again_once_another_has_taken_back_its_commit(tmp_path: Path) -> None:
    """What is left of it for a moment is no reason to end."""
    lake = tmp_path / "lake"
    first, second = (Writer(str(lake), place) for place in PLACES)
    first.write(2)
    second.write(2)
    shutil.rmtree(lake / "individual")
    log = lake / "individual" / "events" / "_delta_log"
    log.mkdir(parents=True)
    (log / f"{9:020}.json").write_bytes(b'{"commitInfo":{}}')
    Timer(0.5, (log / f"{9:020}.json").unlink).start()
    first.write(4)
    second.write(3)
    assert _offsets(str(lake)) == _every(4, 3)


def test_a_fold_notices_that_an_earlier_snapshot_was_put_back_and_has_gone_on(tmp_path: Path) -> None:
    """Its version has the same number: behind it each key would be there twice."""
    url, lake, scratch = str(tmp_path / "lake"), tmp_path / "lake" / "individual", tmp_path / "scratch"
    writer = Writer(url, PLACES[0])
    writer.write(1)
    fold(url, SHAPE, {}, scratch)
    shutil.copytree(lake / "snapshot", tmp_path / "backup")
    writer.write(2)
    fold(url, SHAPE, {}, scratch)
    writer.write(3)

    def put_back(_done: int, _of: int) -> None:
        if (tmp_path / "backup").exists():
            shutil.rmtree(lake / "snapshot" / "_delta_log")
            shutil.move(tmp_path / "backup" / "_delta_log", lake / "snapshot")
            shutil.rmtree(tmp_path / "backup")
            assert fold(url, SHAPE, {}, tmp_path / "other").is_done

    done = fold(url, SHAPE, {}, scratch, put_back)

    assert not done.is_done
    assert DeltaTable(str(lake / "snapshot")).to_pyarrow_table(columns=["id"]).num_rows == 3


def test_a_fold_notices_that_the_snapshot_went_away(tmp_path: Path) -> None:
    """It leaves no commit that nothing comes before."""
    lake = tmp_path / "lake"
    snapshot = lake / "individual" / "snapshot"
    writer = Writer(str(lake), PLACES[0])
    writer.write(8)
    fold(str(lake), SHAPE, {}, tmp_path / "scratch")
    writer.write(12)
    with pytest.raises(UnavailableError, match="took it away meanwhile; try again"):
        fold(str(lake), SHAPE, {}, tmp_path / "scratch", lambda _done, _of: shutil.rmtree(snapshot))
    assert fold(str(lake), SHAPE, {}, tmp_path / "scratch").events == 12
