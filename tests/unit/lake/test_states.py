"""The newest event of each key on two sides is the same, whether it lay in memory or on disk."""

import random
from collections import Counter
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
            rank = b"%04d" % chance.randrange(50), chance.randrange(3)
            state = State(*rank, chance.random() < 0.2, chance.random() < 0.2, b"%d" % number)
            states.add(side, topic, key, state)
            before = expected[side].get((topic, key))
            if before is None or state[:2] >= before[:2]:
                expected[side][topic, key] = state
        states.settle()

        pairs = [(topic, key, _read(new), _read(old)) for _, topic, key, new, old in states.met()]
        numbers = [pair[0] for pair in list(states.met())[::2]]
        alone = [(topic, key, _read(old)) for topic, key, old in states.only_standing()]
        unmet = list(states.unmet())
        created = [(topic, key, _read(new)) for topic, key, new in states.created("label", 3)]
        wanted = list(states.wanted(numbers))

    made, standing = expected[MADE], expected[STANDING]
    assert {(topic, key): (new, old) for topic, key, new, old in pairs} == {
        name: (state, standing[name]) for name, state in made.items() if name in standing
    }
    assert {(topic, key): old for topic, key, old in alone} == {
        name: state for name, state in standing.items() if name not in made
    }
    order = [(topic, new.sequence, key) for topic, key, new, _ in pairs]
    assert order == sorted(order)
    lone = {name: state for name, state in made.items() if name not in standing}
    counts = Counter((topic, state.is_late, state.is_delete) for (topic, _), state in lone.items())
    assert {each[:3]: each.keys for each in unmet} == counts
    new = sorted(
        (topic, state.sequence, key, state.is_delete, state.value)
        for (topic, key), state in lone.items()
        if not (state.is_late or state.is_delete)
    )
    assert [(topic, key, state.value) for topic, key, state in created] == [
        (topic, key, value) for topic, _, key, _, value in new if topic == "label"
    ][:3]
    chosen = [(topic, new.sequence, key, new.is_delete, new.value) for topic, key, new, _ in pairs[::2]]
    expected_events = {(topic, key, is_delete, value) for topic, _, key, is_delete, value in new + chosen}
    assert set(wanted) == expected_events
    made_at = [int(value) for *_, value in wanted]
    assert made_at == sorted(made_at)
    assert not (tmp_path / "states").exists()


def _read(state: State) -> State:
    """Return a state whose event is there."""
    return state._replace(held=state.value)


def test_events_are_taken_from_an_on_ramps_messages(tmp_path: Path) -> None:
    """Other topics and tombstones are not; a text that looks like the envelope misleads nobody."""
    text = '\\",\\"sequence\\":\\"9\\",\\"type\\":\\"x.deleted\\"'
    value = (
        f'{{"id":"a/0/1/order/c","type":"order.KIND","subject":"{text}","sequence":"0001.x",'
        '"data":{"id":"1","type":"x.deleted","sequence":"8"}}'
    ).encode()
    changed, deleted = value.replace(b"KIND", b"changed"), value.replace(b"KIND", b"deleted")
    with closing(States(tmp_path / "states")) as states:
        messages: list[Message] = [("order", b"1", changed), ("order", b"1", None), ("other", b"1", value)]
        states.add_made([*messages, ("order", b"2", deleted)], 7, {"order"}, is_late=True)
        for key in (b"1", b"2"):
            states.add(STANDING, "order", key, State(b"", 0, False, False, b""))
        states.settle()
        assert [(key, _read(made)) for _, _, key, made, _ in states.met()] == [
            (b"1", State(b"0001.x", 7, True, False, changed)),
            (b"2", State(b"0001.x", 7, True, True, deleted)),
        ]


def test_letters_are_known_by_their_ids(tmp_path: Path) -> None:
    """Each once."""
    with closing(States(tmp_path / "states")) as states:
        for name in ("b", "a", "b"):
            states.add_letter(name, name.encode())
        states.settle()
        assert list(states.letters()) == [("a", b"a"), ("b", b"b")]
        assert states.known_letters(["b", "c"]) == {"b"}
        assert states.known_letters([]) == set()
