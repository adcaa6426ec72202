"""A lake whose upkeep is killed again and again, while somebody writes and somebody reads it.

As a program, `python -m tests.integration.lake_killing FOLDER KILLS SEED`: it exits with 0 where no reader
failed or saw anything wrong. What each event says follows from its offset, so that anybody can tell.
"""

import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import psutil

from franca.errors import UnavailableError
from franca.lake.compaction import compact
from franca.lake.fold import fold
from franca.lake.upkeep import Policy, tend
from franca.lake.vacuum import vacuum
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.types import Batch, Partition
from franca.views.lake import open_lake
from tests.individuals import SHAPE, event, record

PLACES = [Partition("individual", number, "t") for number in range(2)]
KEYS, BATCH = 300, 40
LONGEST_SECONDS = 0.8
PACE_SECONDS = 0.05
"""So long the writer rests, that the others get somewhere."""

DEADLINE_SECONDS = 60.0


def change(partition: int, offset: int) -> tuple[str, int, str | None]:
    """Return key, sequence and name of an event, None for a delete; some come late, some twice."""
    key = f"K{partition}{offset * 7919 % KEYS:04d}"
    late = offset - 5 * KEYS if offset % 17 == 0 else offset
    return key, max(late, 0), None if offset % 13 == 0 else f"n{late}"


def newest(counts: list[int]) -> dict[str, str]:
    """Return the name of each key after so many events of each partition."""
    found: dict[str, tuple[int, str | None]] = {}
    for partition, count in enumerate(counts):
        for offset in range(count):
            key, sequence, name = change(partition, offset)
            if key not in found or sequence > found[key][0]:
                found[key] = (sequence, name)
    return {key: name for key, (_, name) in found.items() if name is not None}


def write(folder: Path) -> None:
    """Append events until there is a file `stop`, from where the lake is."""
    sink = DeltaSink(str(folder / "lake"), [SHAPE], Parking(lambda _: None, "lake", ["crm"]))
    sink.open()
    stored = dict(sink.positions(PLACES))
    while not (folder / "stop").exists():
        starts = {place: stored.get(place, 0) for place in PLACES}
        records = []
        for place, start in starts.items():
            for offset in range(start, start + BATCH):
                key, sequence, name = change(place.partition, offset)
                value = event(key, sequence, name=name or "", deleted=name is None)
                records.append(record(value, offset, place.partition))
        stored = {place: start + BATCH for place, start in starts.items()}
        assert sink.write(Batch(records, dict(stored), starts))
        time.sleep(PACE_SECONDS)
    sink.close()


def look(folder: Path) -> int:
    """Read the lake once, and compare each view with what its own events say; return how many there are."""
    with open_lake(str(folder / "lake"), [SHAPE]) as lake:
        events = 'SELECT "_partition", "_offset" FROM individual_events ORDER BY ALL'
        offsets: list[list[int]] = [[], []]
        for partition, offset in lake.query(events).rows:
            offsets[partition].append(offset)
        counts = [len(some) for some in offsets]
        assert offsets == [list(range(count)) for count in counts], "events lack or stand twice"
        current = list(lake.query("SELECT id, name FROM individual").rows)
        assert len(dict(current)) == len(current), "a key has two rows"
        assert dict(current) == newest(counts), "the current state is wrong"
    return sum(counts)


def read(folder: Path) -> None:
    """Read until there is a file `stop`."""
    while not (folder / "stop").exists():
        look(folder)
        time.sleep(PACE_SECONDS)


def keep(folder: Path, seed: int) -> None:
    """Look after the lake in any order until killed, or the deadline."""
    chance = random.Random(seed)
    url, scratch, deadline = str(folder / "lake"), folder / "scratch", time.monotonic() + DEADLINE_SECONDS
    work: list[Callable[[], object]] = [
        lambda: fold(url, SHAPE, {}, scratch, None, 60),
        lambda: compact(url, SHAPE, {}, scratch, 2, 500),
        lambda: vacuum(url, SHAPE, {}, 1),
        lambda: tend(url, SHAPE, {}, scratch, Policy()),
    ]
    while time.monotonic() < deadline:
        chance.choice(work)()


def forked(work: Callable[..., None], *arguments: object) -> int:
    """Run something in a process of its own, which begins at once: all is loaded already."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        work(*arguments)
        code = 0
    except UnavailableError as error:
        print(f"{work.__name__}: {error}", file=sys.stderr)
    except BaseException:  # noqa: BLE001 - it is told, and the process ends
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def ended(process: int) -> bool:
    """Return whether a process has ended by itself."""
    return os.waitpid(process, os.WNOHANG)[0] == process


def worked(process: int) -> float:
    """Return how many seconds a process has worked, so that it is killed amid it on a busy machine too."""
    times = psutil.Process(process).cpu_times()
    return times.user + times.system


def killed(process: int) -> None:
    """Kill a process and wait for its end."""
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def main(folder: Path, kills: int, seed: int) -> int:
    """Kill the upkeep so many times, every fourth time the writer as well."""
    chance = random.Random(seed)
    writer = forked(write, folder)
    while not (folder / "lake/individual/events/_delta_log").exists():
        if ended(writer):
            return 1
    reader = forked(read, folder)
    for number in range(kills):
        upkeep = [forked(keep, folder, seed + number + more) for more in (0, 1_000)[: 1 + number % 2]]
        moment = chance.random() * LONGEST_SECONDS
        while worked(upkeep[0]) < moment:
            if any(ended(process) for process in (writer, reader, *upkeep)):
                return 1
            time.sleep(0.002)
        for process in upkeep:
            killed(process)
        if number % 4 == 3:
            killed(writer)
            writer = forked(write, folder)
    (folder / "stop").touch()
    return max(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in (writer, reader))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
