"""The control topic: what its messages amount to."""

from datetime import UTC, datetime

from franca.topics.control import (
    ControlState,
    Incarnation,
    Move,
    Pause,
    Seek,
    heed_message,
    incarnation_message,
    pause_message,
    seek_message,
)
from franca.types import Message

SINCE = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
PAUSE = Pause("a1", SINCE, "ada@desk", "the database moves")


def state(*messages: Message) -> ControlState:
    """Return what messages amount to."""
    found = ControlState()
    for _, key, value in messages:
        found.take(key, value)
    return found


def test_a_pipeline_is_paused_until_its_message_is_taken_back() -> None:
    """Each pipeline has its own key, so that compaction keeps the newest of each."""
    other = Pause("b2", SINCE, "bob@desk")
    found = state(
        pause_message("lake", PAUSE), pause_message("crm.on-ramp", other), pause_message("lake", None)
    )
    assert found.pauses == {"crm.on-ramp": other}


def test_a_pause_says_since_when_by_whom_and_why() -> None:
    """As `franca status` shows it."""
    assert str(PAUSE) == "paused since 2026-11-27 10:00:00 UTC by ada@desk: the database moves"


def test_a_worker_heeds_one_pause() -> None:
    """What it said of an earlier pause does not count for a later one."""
    found = state(heed_message("lake", "host.1/a", PAUSE), heed_message("lake", "host.2", PAUSE))
    assert found.heeds == {("lake", "host.1/a"): "a1", ("lake", "host.2"): "a1"}


def test_seeks_are_kept_in_their_order_and_void_ones_are_not() -> None:
    """The history tells what was done, and nothing else."""
    moves = (Move("individual", 0, "id", None, 5),)
    first, second = (Seek(name, "lake", SINCE, "ada@desk", moves) for name in ("s1", "s2"))
    found = state(seek_message(first), seek_message(second), seek_message(first, is_void=True))
    assert list(found.seeks["lake"].values()) == [second]


def test_the_last_incarnation_of_a_topic_counts_for_each_pipeline() -> None:
    """A topic may be read by several, each in its own time."""
    old, new = Incarnation("a", 1), Incarnation("b", 2)
    found = state(*(incarnation_message("crm.on-ramp", "raw.crm.cust", each) for each in (old, new)))
    assert found.incarnations == {("crm.on-ramp", "raw.crm.cust"): new}
    assert state(incarnation_message("lake", "cust", old)).incarnations == {("lake", "cust"): old}


def test_what_is_none_of_franca_s_is_passed_over() -> None:
    """Anybody may write to a topic."""
    junk = [(None, b"x"), (b"pause/lake", b"no json"), (b"pause/lake", b'{"id": 1}'), (b"\xff", None)]
    junk += [
        (b"other/lake", b"{}"),
        (b"heed/lake/w", None),
        (b"seek/lake/s", b"\xff"),
        (b"topic/a/b", None),
        (b"topic/a/b", b"[]"),
    ]
    found = ControlState()
    for key, value in junk:
        found.take(key, value)
    assert (found.pauses, found.heeds, found.incarnations) == ({}, {}, {})
