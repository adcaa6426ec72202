"""All that was read must be found again, written or in dead letters, however it came in batches."""

from collections.abc import Sequence

from msgspec.structs import replace

from franca.pipeline.onramp import OnRamp
from franca.topics.dead_letter import DeadLetter, fitted, read_dead_letter
from franca.types import Batch, Message, Partition, Record, Tally

LETTER_BYTES = 20_000
DEPTH_CODES = {"too-deep", "not-json"}


class LostError(Exception):
    """A message is not accounted for, or is not what it was."""


def require(condition: bool, what: str, *shown: object) -> None:  # as an assertion
    """Raise LostError unless the condition holds; the trace shows the objects."""
    if not condition:
        error = LostError(what)
        for each in shown:
            error.add_note(repr(each))
        raise error


def is_letter(message: Message) -> bool:
    """Return whether a message is a dead letter."""
    return message[0].endswith(".dead-letters")


class Accounted:
    """An on-ramp that is fed message by message, and maybe another one that gets the same in batches."""

    def __init__(self, single: OnRamp, batched: OnRamp | None = None) -> None:
        self._single, self._batched = single, batched
        self._records: list[Record] = []
        self._items: list[Message] = []

    def take(self, record: Record) -> Batch[Message]:
        """Return what a message gives; all of it is accounted for, and each dead letter keeps the message."""
        place = Partition(record.topic, record.partition)
        batch = self._single(Batch([record], {place: record.offset + 1}, {place: record.offset}))
        letters = sum(map(is_letter, batch.items))
        events = sum(value is not None for _, _, value in batch.items) - letters
        require(batch.tally == Tally(1, events, letters), f"the tally is {batch.tally}")
        for message in batch.items:
            if is_letter(message):
                _look_at_letter(message, record)
        self._records.append(record)
        self._items += batch.items
        return batch

    def settle(self) -> None:
        """Run what was taken since the last time at once: it must give the same, events in the same order."""
        records, items = self._records, self._items
        self._records, self._items = [], []
        if self._batched is None:
            return
        batch = self._batched(Batch(records))
        require(
            _events(batch.items) == _events(items),
            "a batch gives other events than its messages do",
            *({*_events(batch.items)} ^ {*_events(items)}),
        )
        told, before = _letters(batch.items), _letters(items)
        require(
            told == before or _without_depth(told) == _without_depth(before),
            "a batch gives other dead letters than its messages",
            *(set(told) ^ set(before)),
        )
        require(batch.tally.read == len(records), "a batch has another length")


def _events(items: Sequence[Message]) -> list[Message]:
    return [message for message in items if not is_letter(message)]


def _letters(items: Sequence[Message]) -> list[bytes]:
    return sorted(value or b"" for topic, key, value in filter(is_letter, items))


def _without_depth(letters: Sequence[bytes]) -> list[DeadLetter]:
    """Return letters, those about depth alike: which it is depends on how deep the calls already are."""
    found = map(read_dead_letter, letters)
    return [
        replace(letter, code="", reason="", path="") if letter.code in DEPTH_CODES else letter
        for letter in found
    ]


def _look_at_letter(message: Message, record: Record) -> None:
    """Make sure that a dead letter keeps its record, and can be cut to what a topic takes."""
    letter = read_dead_letter(message[2] or b"")
    require(letter.whole and letter.record == record, "a dead letter is not its record")
    cut = fitted(message, LETTER_BYTES)
    require(len(cut[2] or b"") <= LETTER_BYTES, "a dead letter does not fit")
    read_dead_letter(cut[2] or b"")
