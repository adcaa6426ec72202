"""Of each refused event a letter of its own is made, with the raw record that gave it."""

import json

import pytest

from franca.errors import DefinitionError, WriteError
from franca.pipeline.onramp import OnRamp
from franca.pipeline.refused_events import RefusedEvents
from franca.sinks.kafka import Refusal
from franca.topics.dead_letter import DeadLetter, read_dead_letter
from franca.types import Batch, Message, Record
from tests.unit.pipeline.test_onramp import ROW, change, crm

ERROR = WriteError("", "it is too large", "too-large")


def parked(*records: Record) -> list[DeadLetter]:
    """Return the letters of all events of some records, each refused."""
    step = OnRamp(crm, number=3)
    park = RefusedEvents("crm", step)
    batch = step(Batch(list(records)))
    letters = [park(Refusal(message, ERROR, 1_000, batch.records)) for message in batch.items]
    return [read_dead_letter(letter[2] or b"") for letter in letters if letter is not None]


def test_each_refused_event_has_a_letter_of_its_own_about_its_raw_record() -> None:
    """Two changes of one row, and two events of one list, do not overwrite each other."""
    first, second = change("c", ROW, offset=5), change("u", ROW, offset=6)

    letters = parked(first, second)

    assert [letter.id for letter in letters] == [
        f"raw.crm.cust/0/{offset}/write/{trail}"
        for offset in (5, 6)
        for trail in ("person/c", "client/c", "phones/0/c", "phones/1/c")
    ]
    assert [letter.record for letter in letters] == [first] * 4 + [second] * 4
    assert {(letter.stage, letter.code, letter.mapping) for letter in letters} == {
        ("write", "too-large", f"3-{crm.hash}")
    }


def test_a_forwarded_record_is_named_by_its_own_position() -> None:
    """Its events bear the position inside; the letter, the archive and the replay need the one outside."""
    inside = change("c", ROW, offset=77)
    value = {
        "topic": "crm.public.cust",
        "partition": 3,
        "offset": 77,
        "value": json.loads(inside.value or b""),
    }
    outside = Record("raw.crm.cust", 0, 9, 1, None, json.dumps(value).encode())

    letters = parked(outside)

    assert letters[0].id == "raw.crm.cust/0/9/write/person/c"
    assert letters[0].record == outside


def test_a_tombstone_is_left_out() -> None:
    """The delete before it says the same, and has a letter."""
    assert [letter.refused_by for letter in parked(change("d", None, ROW))] == [
        "person/d", "client/d", "phones/0/d", "phones/1/d",
    ]  # fmt: skip


def test_a_dead_letter_is_cut_and_never_parked() -> None:
    """There would be a letter about the letter, and one about that."""
    step = OnRamp(crm, number=3)
    batch = step(Batch([change("c", ROW | {"sex": "X" * 5_000})]))
    letter: Message = batch.items[-1]

    cut = RefusedEvents("crm", step)(Refusal(letter, ERROR, 2_000, batch.records))

    assert cut is not None
    assert cut[:2] == letter[:2]
    assert not read_dead_letter(cut[2] or b"").whole
    with pytest.raises(DefinitionError, match="refuses a dead letter: it is too large"):
        RefusedEvents("crm", step)(Refusal(cut, ERROR, 2_000, batch.records))
