"""The newest event of each key on two sides is the same, whether it lay in memory or on disk."""

import random
from contextlib import closing
from pathlib import Path

import pytest

from franca.lake.states import MADE, STANDING, State, States
from franca.types import Message

Kept = dict[tuple[str, bytes], State]


@pytest.mark.parametrize("room", [64 * 1024 * 1024, 20_000], ids=["in memory", "in pieces"])
def test_the_newest_of_each_key_is_kept_on_each_side(tmp_path: Path, room: int) -> None:
    """By sequence, then by number; of equals the later one. Pairs come by topic and sequence."""
    chance = random.Random(7)
    expected: dict[str, Kept] = {MADE: {}, STANDING: {}}
    with closing(States(tmp_path / "states", room)) as states:
        for number in range(5_000):
            side, topic = chance.choice([MADE, STANDING]), chance.choice(["order", "label"])
            key = b"%d\xff" % chance.randrange(700)
            state = State(b"%04d" % chance.randrange(50), chance.randrange(3), False, b"%d" % number)
            states.add(side, topic, key, state)
            before = expected[side].get((topic, key))
            if before is None or state[:2] >= before[:2]:
                expected[side][topic, key] = state
        states.settle()

        pairs = list(states.pairs())
        alone = list(states.only_standing())

    made, standing = expected[MADE], expected[STANDING]
    assert {(topic, key): (new, old) for topic, key, new, old in pairs} == {
        name: (state, standing.get(name)) for name, state in made.items()
    }
    assert {(topic, key): old for topic, key, _, old in alone} == {
        name: state for name, state in standing.items() if name not in made
    }
    order = [(topic, new.sequence, key) for topic, key, new, _ in pairs if new is not None]
    assert order == sorted(order)
    assert not (tmp_path / "states").exists()


def test_events_are_taken_from_an_on_ramps_messages(tmp_path: Path) -> None:
    """Other topics and tombstones are not; a text that looks like the envelope misleads nobody."""
    value = b'{"id":"a/0/1/order/c","subject":"\\",\\"sequence\\":\\"9","sequence":"0001.x","data":{}}'
    with closing(States(tmp_path / "states")) as states:
        messages: list[Message] = [("order", b"1", value), ("order", b"1", None), ("other", b"1", value)]
        states.add_made(messages, 7, {"order"}, is_late=True)
        states.settle()
        assert list(states.pairs()) == [("order", b"1", State(b"0001.x", 7, True, value), None)]


def test_letters_are_known_by_their_ids(tmp_path: Path) -> None:
    """Each once."""
    with closing(States(tmp_path / "states")) as states:
        for name in ("b", "a", "b"):
            states.add_letter(name, name.encode())
        states.settle()
        assert list(states.letters()) == [("a", b"a"), ("b", b"b")]
        assert states.known_letters(["b", "c"]) == {"b"}
        assert states.known_letters([]) == set()
