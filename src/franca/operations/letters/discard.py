"""Discards dead letters, and takes that back: a letter is written anew with who, when and why, or without.

Its record stays in it, byte for byte.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from franca.config.telling import Tell
from franca.errors import DefinitionError, UnavailableError
from franca.sinks.room import ENVELOPE_BYTES
from franca.sinks.sink import Sink
from franca.topics.dead_letter import REASON_CHARACTERS, DeadLetter, Discarded, fitted, message_of
from franca.topics.problem_line import writable
from franca.types import Batch, Message

CHUNK = 1_000
CHUNK_BYTES = 8_388_608
TRIES = 6


@dataclass(frozen=True, slots=True)
class Discard:
    """The mark that letters get; None takes it away."""

    mark: Discarded | None

    @classmethod
    def now(cls, by: str, reason: str) -> "Discard":
        """Return what discards letters at this moment."""
        moment = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return cls(Discarded(moment, by, writable(reason)[:REASON_CHARACTERS]))

    def write(
        self,
        sink: Sink[Message],
        limits: Mapping[str, int],
        read: Callable[[], Iterator[DeadLetter]],
        tell: Tell,
    ) -> int:
        """Write the letters that `read` gives anew; return how many. `limits` are what their topics take.

        Where the sink answers False somebody else replays or discards: what is left is read again. Raises
        UnavailableError where that goes on, DefinitionError for a letter that its topic takes no larger.
        """
        done, left = 0, TRIES
        while left:
            before = done
            sink.open()
            try:
                for messages in _chunks(self._marked(each, limits) for each in read()):
                    if not sink.write(Batch(messages)):
                        break
                    done += len(messages)
                    tell("writing letters", done, 0)
                else:
                    return done
            finally:
                sink.close()
            left = TRIES if done > before else left - 1
        raise UnavailableError(
            "kafka", f"others replayed {TRIES} times in between", "try again when they are done"
        )

    def _marked(self, letter: DeadLetter, limits: Mapping[str, int]) -> Message:
        mark = msgspec.UNSET if self.mark is None else self.mark
        message = message_of(msgspec.structs.replace(letter, discarded=mark))
        size = len(message[1] or b"") + len(message[2] or b"")
        room = limits.get(message[0], size + ENVELOPE_BYTES) - ENVELOPE_BYTES
        if size <= room:
            return message
        if not letter.whole:  # the archive has the rest anyway
            return fitted(message, room)
        reason = f"with the mark it would have {size} bytes, and its topic takes {room}"
        remedy = "give a shorter reason, or raise the topic's max.message.bytes"
        raise DefinitionError.one(letter.id, reason, remedy)


def _chunks(messages: Iterator[Message]) -> Iterator[list[Message]]:
    chunk: list[Message] = []
    size = 0
    for message in messages:
        chunk.append(message)
        size += len(message[2] or b"")
        if len(chunk) == CHUNK or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
