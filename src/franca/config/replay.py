"""Replays dead letters: what their records give now is published, each letter's end in the same transaction.

An event never comes behind a newer one of its key: it is left out, and its letter ends all the same.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from franca.config.again import Again, Gives
from franca.errors import RecordError, UnavailableError, WriteError
from franca.pipeline.runner import pauses
from franca.sinks.kafka import ENVELOPE_BYTES
from franca.sinks.sink import Sink
from franca.sources.newest import Key, Newest, Rank, marks
from franca.topics.admin import message_limits
from franca.topics.cluster import Cluster
from franca.topics.dead_letter import DeadLetter, fitted, message_of, refused_again
from franca.topics.names import dead_letter_topic
from franca.types import Batch, Message

CHUNK = 1_000
CHUNK_BYTES = 8_388_608
TRIES = 6
"""How often in a row nothing could be written, before it is told."""

FIRST_PAUSES = 2
"""So many of the usual pauses are left out: another replay needs a moment to be done."""


@dataclass(slots=True)
class Replayed:
    """What became of the letters: how many left the list, the messages they gave, and who failed why.

    `overtaken` events were left out, because a newer one of their key stands on the topic.
    """

    replayed: int = 0
    messages: int = 0
    overtaken: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


class Turn(NamedTuple):
    """One letter's turn: what is published for it in one transaction, and why it fails where it does."""

    letter: DeadLetter
    messages: Sequence[Message]
    overtaken: int = 0
    failure: str = ""


class Replay:
    """One replay of the letters that `read` gives."""

    def __init__(self, cluster: Cluster, again: Again, read: Callable[[], Sequence[DeadLetter]]) -> None:
        self._cluster = cluster
        self._again = again
        self._read = read
        self._turns: Sequence[Turn] = ()
        self._slice: Sequence[Message] = ()
        self._newest: Newest | None = None

    def rehearse(self) -> Replayed:
        """Return what would become of the letters. Raises UnavailableError, DefinitionError."""
        return _told(self._plan())

    def publish(self, sink: Sink[Message], tries: int = TRIES) -> Replayed:
        """Publish what succeeds, and the reasons that are new; return what became of the letters.

        The sink is opened before the letters are read, so that whoever else replays can't write any more.
        Where it answers False, somebody wrote meanwhile: all is read again, and nothing is doubled. Raises
        UnavailableError where that goes on, DefinitionError, and WriteError for what Kafka refuses.
        """
        done: list[Turn] = []
        waits, left = _waits(), tries
        while True:
            before = len(done)
            sink.open()
            try:
                self._turns = self._plan()
                if self._write(sink, done):
                    return _told([*done, *(turn for turn in self._turns if turn.failure)])
            finally:
                sink.close()
            if len(done) > before:
                waits, left = _waits(), tries
            left -= 1
            if not left:
                break
            time.sleep(next(waits))
        reason = f"others wrote the same keys, or replayed, {tries} times in between"
        raise UnavailableError(
            "kafka", reason, "see `franca dead-letters list`; try again when they are done"
        )

    def confirm(self) -> bool:
        """Return whether what stands on the topics, not committed yet, came behind nothing newer."""
        own = [message for turn in self._turns for message in turn.messages]
        return self._newest is None or not self._newest.is_behind(own, self._slice)

    def _write(self, sink: Sink[Message], done: list[Turn]) -> bool:
        """Write slice by slice, and note which letters are done; False where the sink said so."""
        for turns in _slices(self._turns):
            self._slice = [message for turn in turns for message in turn.messages]
            if self._slice and not sink.write(Batch(list(self._slice))):
                return False
            done += [turn for turn in turns if not turn.failure]
        return True

    def _plan(self) -> list[Turn]:
        """Map the letters again; the oldest event first, because letters come in no order."""
        tries = [(letter, self._try(letter)) for letter in self._read()]
        events = [message for _, gives in tries if isinstance(gives, Gives) for message in gives.messages]
        letters = {dead_letter_topic(letter.application) for letter, _ in tries}
        limits = message_limits(self._cluster.admin(), {topic for topic, _, _ in events} | letters)
        self._newest = Newest(self._cluster, {key for key, _ in marks(events)})
        planner = _Planner(limits, dict(self._newest.ranks))
        return [planner.turn(letter, gives) for letter, gives in sorted(tries, key=_age)]

    def _try(self, letter: DeadLetter) -> Gives | RecordError:
        try:
            return self._again.gives(letter)
        except RecordError as error:
            return error


class _Planner:
    """Makes the turns, one after the other; `ranks` are those of the newest events, and grow."""

    def __init__(self, limits: dict[str, int], ranks: dict[Key, Rank]) -> None:
        self._limits = limits
        self._ranks = ranks

    def turn(self, letter: DeadLetter, gives: Gives | RecordError) -> Turn:
        """Return a letter's turn."""
        if isinstance(gives, RecordError):
            if isinstance(gives, WriteError):
                return self._failed(refused_again(letter, gives.path, gives.reason, gives.code), letter)
            return Turn(letter, (), failure=str(gives))
        if gives.refused is not None:
            new = gives.refused
            return self._failed(refused_again(letter, new.path, new.reason, new.code, new.mapping), letter)
        too_large = next((reason for reason in map(self._too_large, gives.messages) if reason), "")
        if too_large:
            return self._failed(refused_again(letter, "", too_large, "too-large"), letter)
        kept, overtaken = self._not_overtaken(gives.messages)
        return Turn(
            letter, [*kept, (dead_letter_topic(letter.application), letter.id.encode(), None)], overtaken
        )

    def _failed(self, new: DeadLetter, old: DeadLetter) -> Turn:
        """Return the turn of a letter that is still refused: it gets its new reason, where that is new."""
        message = message_of(new)
        limit = self._limits.get(message[0])
        if limit is not None:
            message = fitted(message, limit - ENVELOPE_BYTES)
        return Turn(old, [] if new == old else [message], failure=new.reason)

    def _too_large(self, message: Message) -> str:
        topic, key, value = message
        size = len(key or b"") + len(value or b"") + ENVELOPE_BYTES
        limit = self._limits.get(topic, size)
        return f"the message has {size} bytes, topic {topic!r} takes {limit}" if size > limit else ""

    def _not_overtaken(self, messages: Sequence[Message]) -> tuple[list[Message], int]:
        """Leave out what is older than the newest of its key, and the tombstones of such deletes."""
        kept: list[Message] = []
        overtaken, is_left_out = 0, False
        for message in messages:
            for key, mark in marks([message]):
                is_left_out = mark.rank < self._ranks.get(key, mark.rank)
                overtaken += is_left_out
                if not is_left_out:
                    self._ranks[key] = mark.rank
            if not is_left_out:
                kept.append(message)
        return kept, overtaken


def _waits() -> Iterator[float]:
    return islice(pauses(), FIRST_PAUSES, None)


def _age(entry: tuple[DeadLetter, Gives | RecordError]) -> Rank:
    """Return what puts letters in the order of their events."""
    gives = entry[1]
    events = gives.messages if isinstance(gives, Gives) else ()
    return min((mark.rank for _, mark in marks(events)), default=("", 0))


def _slices(turns: Sequence[Turn]) -> Iterator[list[Turn]]:
    """Yield the turns in parts that are each one transaction; a turn is never divided."""
    part: list[Turn] = []
    count = size = 0
    for turn in turns:
        part.append(turn)
        count += len(turn.messages)
        size += sum(len(value or b"") for _, _, value in turn.messages)
        if count >= CHUNK or size >= CHUNK_BYTES:
            yield part
            part, count, size = [], 0, 0
    yield part


def _told(turns: Sequence[Turn]) -> Replayed:
    good = [turn for turn in turns if not turn.failure]
    return Replayed(
        replayed=len(good),
        messages=sum(len(turn.messages) - 1 for turn in good),
        overtaken=sum(turn.overtaken for turn in good),
        failed=[(turn.letter.id, turn.failure) for turn in turns if turn.failure],
    )
