"""Recent rows are kept before a store, which gets them together."""

import pytest

from franca.pipeline.row_memory.recent import ROW_BYTES, RecentRows
from franca.pipeline.row_memory.store import DictRows

KEYS = [b"%04d" % number for number in range(100)]
ROW = b"x" * (100 - 4)
ROOM = 20 * (100 + ROW_BYTES)


@pytest.fixture
def behind() -> DictRows:
    """Give the store behind."""
    return DictRows()


def known(store: DictRows) -> int:
    """Return how many of the keys the store behind has."""
    return sum(value is not None for value in store.get(KEYS))


def test_all_is_handed_on_together_when_the_room_is_full(behind: DictRows) -> None:
    """Nothing before, and then nothing of the values that found no room."""
    store = RecentRows(behind, ROOM)
    for place in range(0, 20, 5):
        store.put(dict.fromkeys(KEYS[place : place + 5], ROW))
    assert known(behind) == 0

    store.put({KEYS[20]: ROW})

    assert known(behind) == 20
    assert list(store.get(KEYS[:22])) == [ROW] * 21 + [None]


def test_a_row_that_changes_often_takes_room_once(behind: DictRows) -> None:
    """Replaced values are not counted where the room seems full."""
    store = RecentRows(behind, ROOM)
    for _ in range(100):
        store.put(dict.fromkeys(KEYS[:5], ROW))

    assert known(behind) == 0


def test_what_is_forgotten_in_memory_is_not_asked_for_behind(behind: DictRows) -> None:
    """A row's end hides what the store behind still has, and ends that when it is handed on."""
    behind.put({KEYS[0]: ROW})
    store = RecentRows(behind, ROOM)
    store.put({KEYS[0]: None})

    assert list(store.get(KEYS[:1])) == [None]
    store.close()
    assert known(behind) == 0
