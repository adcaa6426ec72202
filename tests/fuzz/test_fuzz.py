"""The short form of `make fuzz`, and the proof that it would find what it looks for."""

import itertools
import random
import time

import pytest

from franca.topics.raw_record import encode_line
from franca.types import Record
from tests.fuzz.mutation import EVENT, OF_LAYOUTS, TOPICS, Case, Mutations
from tests.fuzz.paths import LETTERS, NAMES, LostError, Paths
from tests.fuzz.run import HangError, attempt, limited, minimised, run_chunk
from tests.fuzz.seeds import seeds
from tests.fuzz.tree import Object, Tree, write


@pytest.mark.slow
@pytest.mark.parametrize("number", range(4))
def test_some_thousand_mutated_messages_are_survived(number: int) -> None:
    """No crash, no hang, and every message gives its events and dead letters, and those their rows."""
    done = run_chunk(2_026, number)

    assert [failure.trace for failure in done.failures] == []
    assert done.events > 0
    assert done.letters > 0


def test_the_same_seed_makes_the_same_messages() -> None:
    """A failure can be repeated."""
    once, again = (Mutations(random.Random("7/1"), seeds(), NAMES) for _ in range(2))
    messages = [once.message(offset) for offset in range(300)]

    assert [again.message(offset) for offset in range(300)] == messages
    assert len({message.record.value for message in messages}) > 200
    for message in messages:
        encode_line(message.record)


def test_every_format_has_seeds_that_give_events_unmutated() -> None:
    """Else nothing behind the decoders would be tried."""
    paths = Paths()
    given: dict[str, int] = {}
    tried = [seed for name in NAMES for seed in [s for s in seeds() if s.format == name][:40]]
    for seed in tried:
        for topic in OF_LAYOUTS.get(seed.format, TOPICS):
            record = Record(topic, 0, 1, 1_700_000_000_000, seed.key, seed.value)
            made = paths.take(Case(record, seed.format))
            given[seed.format] = given.get(seed.format, 0) + sum(topic != LETTERS for topic, _, _ in made)
            paths.store(made)
    paths.close()
    assert set(NAMES) - {"auto"} <= given.keys()
    assert [name for name in NAMES if name != "auto" and not given[name]] == []


def test_a_failure_is_found_and_cut_down() -> None:
    """To the message that matters, and in it to the bytes that matter."""
    good = Case(Record("raw.shop.thing", 0, 1, 5, None, b'{"id":7,"name":"x"}'), "plain")
    lost = Case(Record("raw.shop.thing", 0, 2, 5, None, b'{"id":7,"name":"xxxxxxxxxxxxxxxx"}'), "no format")

    (failure,) = attempt([good, good, lost])
    least = minimised(failure, until=time.monotonic() + 200)

    assert len(failure.cases) == 3
    assert len(least.cases) == 1
    assert len(least.cases[0].record.value or b"") <= 1


def test_an_event_that_no_row_holds_is_noticed() -> None:
    """Foreign messages on an entity's topic are refused, each of them."""
    assert attempt([Case(Record("item", 0, 1, 1, None, b"{}"), EVENT)]) == []


def test_what_takes_too_long_is_stopped() -> None:
    """By CPU time, since other programs may hold up the machine."""
    with pytest.raises(HangError), limited(0.05):
        for _ in itertools.count():  # a loop within the interpreter: one in C would not hear the signal
            pass


def test_the_tree_keeps_what_it_does_not_change() -> None:
    """Doubled names, their order, and every digit."""
    text = b'{"a":1.10,"a":[1e400,-0,"\xc3\xa9",null,{}],"":{"b":true}}'
    tree = Tree(text)
    assert bytes(tree) == text
    assert len(tree.places()) == 10
    assert write(Object([(b'"x"', b"nul")])) == b'{"x":nul}'
    assert issubclass(LostError, Exception)
