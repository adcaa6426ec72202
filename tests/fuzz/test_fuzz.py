"""The short form of `make fuzz`, and the proof that it would find what it looks for."""

import itertools
import random
import time
from collections import Counter

import pytest

from franca.pipeline.onramp import OnRamp
from franca.pipeline.row_memory.memory import RowMemory
from franca.pipeline.row_memory.store import DictRows
from franca.topics.raw_record import encode_line
from franca.types import Batch, Record
from tests.cases.tables import Thing
from tests.fuzz.accounts import Accounted, LostError, is_letter
from tests.fuzz.behind_registry import serialised
from tests.fuzz.keep import KEEP_OF
from tests.fuzz.messages import EVENT, OF_LAYOUTS, TOPICS, Case, Messages
from tests.fuzz.paths import NAMES, Paths
from tests.fuzz.rows import ROOM, TableRows
from tests.fuzz.run import HangError, attempt, limited, minimised, run_chunk
from tests.fuzz.seeds import REGISTERED, Seed, seeds
from tests.fuzz.tree import Object, Tree, write


@pytest.mark.slow
@pytest.mark.parametrize("number", range(3))
def test_some_thousand_mutated_messages_are_survived(number: int) -> None:
    """No crash, no hang, and every message gives its events and dead letters, and those their rows."""
    done = run_chunk(2_026, number, 1_000)

    assert [failure.trace for failure in done.failures] == []
    assert done.events > 0
    assert done.letters > 0
    assert {
        "deletes of remembered rows",
        "partial rows that were filled",
        "rows looked at",
    } <= done.reached.keys()


def test_the_same_seed_makes_the_same_messages() -> None:
    """A failure can be repeated."""
    once, again = (Messages(random.Random("7/1"), seeds(), NAMES) for _ in range(2))
    messages = [once.message(offset) for offset in range(100)]

    assert [again.message(offset) for offset in range(100)] == messages
    assert len({message.record.value for message in messages}) > 65
    for message in messages:
        encode_line(message.record)


def test_every_format_has_seeds_that_give_events_unmutated() -> None:
    """Else nothing behind the decoders would be tried."""
    paths = Paths()
    given: dict[str, int] = {}
    tried = [seed for name in NAMES for seed in [s for s in seeds() if s.format == name][:40]]
    for seed in tried:
        for topic in OF_LAYOUTS.get(seed.format, TOPICS):
            record = Record(topic, 0, 1, 1_700_000_000_000, seed.key, _sent(seed))
            made = paths.take(Case(record, seed.format))
            given[seed.format] = given.get(seed.format, 0) + sum(not is_letter(each) for each in made)
            paths.store(made)
    assert set(NAMES) - {"auto"} <= given.keys()
    assert [name for name in NAMES if name != "auto" and not given[name]] == []


def _sent(seed: Seed) -> bytes:
    return serialised(seed.value) if seed.format == REGISTERED else seed.value


def test_rows_that_are_remembered_otherwise_than_told_are_noticed() -> None:
    """By what is placed, by what is kept, and by what stands of the row."""
    keep = KEEP_OF["raw.auto.thing"]
    store, reached = DictRows(), Counter[str]()
    memory = RowMemory(store)
    rows = TableRows(keep, Thing, store, reached)
    ramp = OnRamp(keep.application, number=1, tables=keep.tables, memory=memory, room=ROOM)
    one, other = (
        Record(
            "raw.auto.thing",
            0,
            at,
            5,
            None,
            b'{"id":7,"name":"%s","flag":true,"price":null,"born":null}' % name,
        )
        for at, name in ((1, b"x"), (2, b"y"))
    )
    batch = ramp(Batch([one]))

    with pytest.raises(LostError, match="other rows are placed"):
        rows.expected(one, Batch(batch.items))
    expected = rows.expected(one, batch)
    with pytest.raises(LostError, match="or the other way around"):
        rows.look(one, expected, [])
    memory.keep()
    with pytest.raises(LostError, match="an entity does not stand"):
        rows.look(one, expected, [])
    rows.look(one, expected, batch.items)
    with pytest.raises(LostError, match="another sequence"):
        rows.look(other, rows.expected(other, ramp(Batch([other]))), [])
    assert reached["rows looked at"] > 0


def test_a_batch_that_gives_something_else_is_noticed() -> None:
    """What messages give one by one, they give at once."""
    keep = KEEP_OF["raw.auto.thing"]
    ramps = [OnRamp(keep.application, number=number, tables=keep.tables) for number in (1, 2)]
    accounted = Accounted(*ramps)

    accounted.take(Record("raw.auto.thing", 0, 1, 5, None, b'{"id":7,"name":"x"}'))
    with pytest.raises(LostError, match="other events"):
        accounted.settle()


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
