"""Letters' turns in a replay: of each the messages that its transaction publishes, or why it fails."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from franca.errors import RecordError, WriteError
from franca.operations.letters.again import Gives
from franca.sinks.room import ENVELOPE_BYTES, refused_for_size
from franca.sources.newest import Key, Rank, marks
from franca.topics.dead_letter import DeadLetter, fitted, message_of, refused_again
from franca.topics.names import dead_letter_topic
from franca.types import Message

CHUNK_BYTES = 8_388_608


class Try(NamedTuple):
    """A letter, and what its record gives now."""

    letter: DeadLetter
    gives: Gives | RecordError

    @property
    def age(self) -> Rank:
        """The rank of its oldest event, which puts letters in the order of their events."""
        events = self.gives.messages if isinstance(self.gives, Gives) else ()
        return min((mark.rank for _, mark in marks(events)), default=("", 0))


class Turn(NamedTuple):
    """One letter's turn: what is published for it in one transaction, and why it fails where it does."""

    letter: DeadLetter
    messages: Sequence[Message]
    overtaken: int = 0
    failure: str = ""


class Planner:
    """Makes the turns, one after the other.

    `limits` are the topics' largest messages, `ranks` those of the newest events: they grow with each turn.
    """

    def __init__(self, limits: Mapping[str, int], ranks: dict[Key, Rank]) -> None:
        self._limits = limits
        self._ranks = ranks
        self._again: set[tuple[Key, str]] = set()

    def turns(self, tries: Sequence[Try], most: int) -> list[Turn]:
        """Return the turns of the first tries, one at least, as many as go into a transaction.

        `most` is how many letters that are.
        """
        made: list[Turn] = []
        size = 0
        for each in tries[:most]:
            made.append(self.turn(*each))
            size += sum(len(value or b"") for _, _, value in made[-1].messages)
            if size >= CHUNK_BYTES:
                break
        return made

    def turn(self, letter: DeadLetter, gives: Gives | RecordError) -> Turn:
        """Return a letter's turn."""
        if isinstance(gives, RecordError):
            if isinstance(gives, WriteError):
                return self._failed(refused_again(letter, gives))
            tried = msgspec.structs.replace(letter, tried=letter.tried + 1)
            return self._failed(tried)._replace(failure=gives.reason)
        if gives.refused is not None:
            return self._failed(refused_again(letter, gives.refused))
        for message in gives.messages:
            if (too_large := refused_for_size(message, self._limits)) is not None:
                return self._failed(refused_again(letter, too_large))
        kept, overtaken = self._not_overtaken(self._not_doubled(letter, gives.messages))
        return Turn(
            letter, [*kept, (dead_letter_topic(letter.application), letter.id.encode(), None)], overtaken
        )

    def _failed(self, new: DeadLetter) -> Turn:
        """Return the turn of a letter that is still refused: it says why now, and how often it was tried."""
        message = message_of(new)
        limit = self._limits.get(message[0])
        if limit is not None:
            message = fitted(message, limit - ENVELOPE_BYTES)
        return Turn(new, [message], failure=new.reason)

    def _not_doubled(self, letter: DeadLetter, messages: Sequence[Message]) -> Sequence[Message]:
        """Leave out an event that both lake and store refused: published once, both read it."""
        if letter.line.topic not in {topic for topic, _, _ in messages}:
            return messages
        ids = {(key, mark.id) for key, mark in marks(messages)}
        known = ids & self._again
        self._again |= ids
        return () if known else messages

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
