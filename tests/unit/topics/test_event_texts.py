"""Events are decoded fast once their repeating texts were seen, and to the same objects."""

import msgspec
import pytest

from franca.topics.event_texts import KNOWN_TEXTS, EventTexts
from tests.individuals import SHAPE, event


def test_what_was_learned_is_recognized() -> None:
    """The usual decoder takes events with known texts alone, and gives what the other gives."""
    texts = EventTexts(SHAPE)
    with pytest.raises(msgspec.ValidationError):
        texts.usual(event("A"))
    texts.learn([texts.decode(event("A"))])
    assert texts.usual(event("B")) == texts.usual(event("B"))
    assert msgspec.to_builtins(texts.usual(event("B"))) == msgspec.to_builtins(texts.decode(event("B")))
    with pytest.raises(msgspec.ValidationError):
        texts.usual(event("B", mapping="2-b"))
    texts.learn([texts.decode(event("B", mapping="2-b"))])
    assert [texts.usual(event("B", mapping=each)).mapping for each in ("1-a", "2-b")] == ["1-a", "2-b"]


def test_texts_without_end_are_taken_as_they_come() -> None:
    """Where each event has another text, nothing is learned of it."""
    texts = EventTexts(SHAPE)
    texts.learn([texts.decode(event("A", mapping=f"{n}-a")) for n in range(KNOWN_TEXTS + 1)])
    assert texts.usual(event("A", mapping="9999-a")).mapping == "9999-a"


def test_what_is_known_already_changes_nothing() -> None:
    """A bad message among usual ones costs no new decoder each time."""
    texts = EventTexts(SHAPE)
    for _ in range(2):
        texts.learn([texts.decode(event("A"))])
    usual = texts.usual
    texts.learn([texts.decode(event("B"))])
    assert texts.usual is usual


def test_an_envelope_without_an_origin_is_learned_too() -> None:
    """What may be absent is absent as often."""
    texts, bare = EventTexts(SHAPE), event("A").replace(b'"origin":"crm",', b"")
    texts.learn([texts.decode(bare)])
    assert texts.usual(bare).origin is None
