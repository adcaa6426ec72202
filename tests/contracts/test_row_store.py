"""What every store of remembered rows promises: in memory and in RocksDB."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from franca.pipeline.row_memory.recent import RecentRows
from franca.pipeline.row_memory.rocks import RocksRows
from franca.pipeline.row_memory.store import DictRows, RowStore


@pytest.fixture(params=["dict", "rocks", "recent", "full"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RowStore]:
    """Give an empty store; `recent` holds all in memory, `full` hands everything on at once."""
    made: dict[str, Callable[[], RowStore]] = {
        "dict": DictRows,
        "rocks": lambda: RocksRows(tmp_path / "rows"),
        "recent": lambda: RecentRows(RocksRows(tmp_path / "rows")),
        "full": lambda: RecentRows(RocksRows(tmp_path / "rows"), 0),
    }
    rows = made[request.param]()
    yield rows
    rows.close()
    rows.close()


def test_values_come_in_the_order_of_their_keys(store: RowStore) -> None:
    """A key that is not there gives None; nothing is asked for nothing."""
    store.put({b"a": b"1", b"b": b"2", b"\x00mark": b"3"})

    assert list(store.get([b"b", b"c", b"a", b"\x00mark"])) == [b"2", None, b"1", b"3"]
    assert list(store.get([])) == []


def test_a_value_is_replaced_and_a_key_forgotten(store: RowStore) -> None:
    """In one step with other changes."""
    store.put({b"a": b"1", b"b": b"2"})
    store.put({b"a": b"9", b"b": None, b"x": None})

    assert list(store.get([b"a", b"b"])) == [b"9", None]


def test_a_prefix_is_forgotten_and_its_neighbours_stay(store: RowStore) -> None:
    """`cust/1/` is no prefix of `cust/10/`."""
    store.put({b"cust/1/a": b"1", "cust/1/\U0010ffff".encode(): b"2", b"cust/10/a": b"3", b"cusu": b"4"})
    store.forget(b"cust/1/")

    keys = [b"cust/1/a", "cust/1/\U0010ffff".encode(), b"cust/10/a", b"cusu"]
    assert list(store.get(keys)) == [None, None, b"3", b"4"]


def test_what_was_closed_is_there_again(tmp_path: Path) -> None:
    """A worker that comes back need not read its topics from the beginning."""
    first = RocksRows(tmp_path / "rows")
    first.put({b"%d" % n: b"x" * 100 for n in range(10_000)})
    first.close()
    second = RocksRows(tmp_path / "rows")

    assert list(second.get([b"0", b"9999", b"10000"])) == [b"x" * 100, b"x" * 100, None]
    second.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from franca.pipeline.row_memory.recent import RecentRows
from franca.pipeline.row_memory.rocks import RocksRows

folder, room = Path(sys.argv[1]), int(sys.argv[2])
store = RecentRows(RocksRows(folder), room)
for number in range(100):
    if number == 50:
        store.forget(b"a/")
    store.put({b"\\0mark": b"%d" % number, b"a/%d" % number: b"x" * 50, b"b/%d" % number: b"x" * 50})
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("room", [0, 5_000, 1_000_000])
def test_a_kill_leaves_an_earlier_state_whole(room: int, tmp_path: Path) -> None:
    """As of its mark: all that was put until then, nothing later, and what was forgotten is gone."""
    command = [sys.executable, "-c", KILLED, str(tmp_path / "rows"), str(room)]
    assert subprocess.run(command, check=False, timeout=60).returncode == -signal.SIGKILL
    store = RocksRows(tmp_path / "rows")

    (mark,) = store.get([b"\0mark"])
    last = int(mark or b"-1")
    assert last == {0: 98, 1_000_000: 49}.get(room, last)
    for kind, first in ((b"a/", 50 if last >= 49 else 0), (b"b/", 0)):
        rows = store.get([b"%s%d" % (kind, number) for number in range(100)])
        assert [row is not None for row in rows] == [first <= number <= last for number in range(100)]
    store.close()
