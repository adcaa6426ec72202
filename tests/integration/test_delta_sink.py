"""The lake sink survives what a day brings: a full disk, a killed writer."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from deltalake import DeltaTable

from franca.lake.columns import repeating_columns
from franca.lake.events_table import written
from franca.lake.location import events_url, open_store
from franca.lake.parser import EventParser
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.types import Batch, Message, Partition, Tally
from tests.individuals import SHAPE, event, record

PLACE = Partition("individual", 0, "t")
DEADLINE_SECONDS = 60.0


def sink(folder: Path, dead: list[Message] | None = None) -> DeltaSink:
    """Return an open sink."""
    letters = [] if dead is None else dead
    found = DeltaSink(str(folder), [SHAPE], Parking(letters.extend, "lake", ["crm"]))
    found.open()
    return found


def test_bad_records_are_parked_and_counted(tmp_path: Path) -> None:
    """The tally is kept with the positions; a tombstone counts nowhere."""
    dead: list[Message] = []
    lake = sink(tmp_path, dead)
    values = [event("A"), b"{", None, event("B", balance="1.001")]
    records = [record(value, offset) for offset, value in enumerate(values)]
    written = Batch(records, {PLACE: 4}, {PLACE: 0})
    assert lake.write(written)
    assert sorted(repr(key) for _, key, _ in dead) == [
        repr(b"individual/0/%d/write/lake" % n) for n in (1, 3)
    ]
    assert written.tally == lake.tally([PLACE]) == sink(tmp_path).tally([PLACE]) == Tally(3, 1, 2)


def test_a_glance_tells_positions_and_tally_and_makes_nothing(tmp_path: Path) -> None:
    """Whoever looks may have no right to write, nor any wish for a lake."""
    dead: list[Message] = []
    unopened = DeltaSink(str(tmp_path / "lake"), [SHAPE], Parking(dead.extend, "lake", ["crm"]))
    assert unopened.glance([PLACE]) == ({}, Tally())
    assert not (tmp_path / "lake").exists()
    lake = sink(tmp_path / "lake")
    assert unopened.glance([PLACE]) == ({}, Tally())
    assert lake.write(Batch([record(event("A"), 0), record(b"{", 1)], {PLACE: 2}, {PLACE: 0}))
    assert unopened.glance([PLACE]) == ({PLACE: 2}, Tally(2, 1, 1))


@pytest.mark.skipif(os.name != "posix", reason="limits the size of files, as a full disk would")
def test_a_write_that_fails_is_unavailable_and_loses_nothing(tmp_path: Path) -> None:
    """Where the folder takes no more bytes, the same batch is stored once there is room."""
    program = """
import resource, signal, sys
from pathlib import Path
from franca.errors import UnavailableError
from tests.integration.test_delta_sink import PLACE, Batch, event, record, sink
lake = sink(Path(sys.argv[1]))
batch = Batch([record(event(str(n)), n) for n in range(500)], {PLACE: 500}, {PLACE: 0})
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
try:
    lake.write(batch)
except UnavailableError as error:
    assert error.service == "lake", error
else:
    raise SystemExit("written")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert lake.write(batch)
"""
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, timeout=DEADLINE_SECONDS)
    assert DeltaTable(tmp_path / "individual" / "events").count() == 500


LONG = """
import sys, time, psutil
from pathlib import Path
from franca.lake.compaction import compact
from tests.individuals import SHAPE
from tests.integration.test_delta_sink import PLACE, Batch, event, record, sink
lake, costs, sizes = sink(Path(sys.argv[1])), [], []
for start in range(0, 20_000, 10):
    records = [record(event(f"K{n * 7919 % 5000}"), n) for n in range(start, start + 10)]
    begin = time.process_time()
    assert lake.write(Batch(records, {PLACE: start + 10}, {PLACE: start}))
    costs.append(time.process_time() - begin)
    if start % 1_000 == 0:
        sizes.append(psutil.Process().memory_info().rss / 1e6)
        compact(sys.argv[1], SHAPE, {}, Path(sys.argv[1]) / "scratch")
print(sum(costs[:100]), sum(costs[-100:]), sizes[10], sizes[-1])
"""


@pytest.mark.slow
@pytest.mark.soak
def test_commits_stay_as_cheap_as_they_were(tmp_path: Path) -> None:
    """The last hundred of two thousand cost no more CPU than the first, and memory does not grow."""
    program = [sys.executable, "-c", LONG, str(tmp_path)]
    done = subprocess.run(program, check=True, capture_output=True, text=True, timeout=300)
    first, last, early, late = map(float, done.stdout.split())
    assert last <= 1.5 * first, done.stdout  # what else the machine does is felt
    assert late <= min(early + 50, 450), done.stdout


def test_files_written_elsewhere_are_adopted_once(tmp_path: Path) -> None:
    """Files and positions are one commit; a second time nothing happens, and not where the start differs."""
    lake = sink(tmp_path)
    rows = EventParser(SHAPE).parse([record(event("A"), 0), record(event("B"), 1)], "t").table
    add = written(open_store(events_url(str(tmp_path), "individual"), {}), rows, repeating_columns(SHAPE))
    batch, counts = Batch([add], {PLACE: 3}, {PLACE: 0}), {PLACE: Tally(3, 2, 1)}
    assert lake.adopt(batch, counts)
    assert lake.adopt(batch, counts)
    assert not lake.adopt(Batch([add], {PLACE: 5}, {PLACE: 2}), counts)
    assert DeltaTable(tmp_path / "individual" / "events").count() == 2
    assert sink(tmp_path).positions([PLACE]) == {PLACE: 3}
    assert lake.tally([PLACE]) == Tally(3, 2, 1)


WRITER = """
import sys
from pathlib import Path
from tests.integration.test_delta_sink import PLACE, Batch, event, record, sink
lake = sink(Path(sys.argv[1]))
start = lake.positions([PLACE]).get(PLACE, 0)
while start < 3000:
    records = [record(event(str(n)), n) for n in range(start, start + 10)]
    assert lake.write(Batch(records, {PLACE: start + 10}, {PLACE: start}))
    start += 10
"""


@pytest.mark.slow
def test_a_killed_writer_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """SIGKILL at any point; the next writer goes on at the stored position."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    events = tmp_path / "individual" / "events"
    for kill_at in range(20, 200, 45):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)])
        log = events / "_delta_log" / f"{kill_at:020d}.json"
        while not log.exists() and writer.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    subprocess.run([sys.executable, "-c", WRITER, str(tmp_path)], check=True, timeout=DEADLINE_SECONDS)
    offsets = DeltaTable(events).to_pyarrow_table()["_offset"].to_pylist()
    assert sorted(offsets) == list(range(3000))
    assert sink(tmp_path).tally([PLACE]) == Tally(3000, 3000, 0)
