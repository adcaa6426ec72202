"""Publishes what a comparison found: each entity that changes once, by its newest event, and the letters.

What stands on the topics tells what is done: whoever begins again after a kill compares again, and what was
published is the same by then. Nothing comes behind a newer event of its key, whoever else writes.
"""

from collections.abc import Iterator
from contextlib import closing

import msgspec

from franca.config.telling import Tell
from franca.lake.states import State
from franca.model.shape import Shape, shape_of
from franca.operations.letters.summary import anew
from franca.operations.past.comparison import Comparison
from franca.operations.replaying.careful import Careful, chunks
from franca.operations.replaying.room import Room
from franca.operations.replaying.sole import alone
from franca.sinks.room import ENVELOPE_BYTES
from franca.topics.admin import message_limits
from franca.topics.dead_letter import fitted, message_of, read_dead_letter
from franca.topics.names import entity_topic
from franca.types import Message


class Republished(msgspec.Struct):
    """What was published: events (deletes of `orphans` among them), letters of refusals, ends of letters.

    `overtaken` events were left out, because a newer one of their key came meanwhile.
    """

    events: int = 0
    orphans: int = 0
    overtaken: int = 0
    letters: int = 0
    ended: int = 0


class Republish:
    """One publication of a comparison. `deletes_orphans` says that orphans are deleted."""

    def __init__(self, comparison: Comparison, tell: Tell, *, deletes_orphans: bool = False) -> None:
        self._comparison = comparison
        self._cluster = comparison.cluster
        self._tell = tell
        self._deletes_orphans = deletes_orphans
        self._topics = sorted(comparison.entities)
        self._limits = message_limits(self._cluster.admin(), [*self._topics, comparison.letters_topic])
        self._room = Room(
            comparison.application.name,
            self._limits,
            comparison.form,
            lambda mark: comparison.record(mark.id),
        )
        self._done = Republished()

    def run(self) -> Republished:
        """Publish, and return how much. Raises UnavailableError where others write the same keys."""
        application = self._comparison.application
        self._comparison.project.versions.publish(application.name, application.hash)
        return alone(self._comparison.project, self._run)

    def _run(self) -> Republished:
        letters, tops = self._comparison.letters_topic, self._comparison.tops
        with closing(Careful(self._cluster, self._topics, letters, tops, self._comparison.form)) as careful:
            for chunk in chunks(self._events()):
                self._write(careful, chunk)
            for chunk in chunks([message] for message in self._letters()):
                careful.write([], [message for group in chunk for message in group])
        return self._done

    def _events(self) -> Iterator[list[Message]]:
        """Yield each entity's messages: an event, and the tombstone behind a delete."""
        for topic, key, is_delete, event in self._comparison.published():
            yield [(topic, key, event), (topic, key, None)] if is_delete else [(topic, key, event)]
        for topic, key, state in self._comparison.orphans() if self._deletes_orphans else ():
            self._done.orphans += 1
            yield [(topic, key, self._end(topic, state)), (topic, key, None)]

    def _end(self, topic: str, state: State) -> bytes:
        comparison = self._comparison
        shapes = map(shape_of, comparison.project.entities)
        shape = next(shape for shape in shapes if entity_topic(shape) == topic)
        return end_of(state.value, shape, f"{comparison.number}-{comparison.application.hash}")

    def _letters(self) -> Iterator[Message]:
        topic = self._comparison.letters_topic
        for name, value, known in self._comparison.letters():
            letter = anew(read_dead_letter(value), known)
            if letter is not None:
                self._done.letters += 1
                yield self._fitted((topic, name.encode(), message_of(letter)[2]))
        for name in self._comparison.ended_letters():
            self._done.ended += 1
            yield topic, name.encode(), None

    def _write(self, careful: Careful, chunk: list[list[Message]]) -> None:
        """Write events, none behind a newer one of its key; of one too large for its topic the letter."""
        letters = {at: letter for at, (event, *_) in enumerate(chunk) if (letter := self._room.letter(event))}
        events = [messages for at, messages in enumerate(chunk) if at not in letters]
        kept = careful.write(events, [self._fitted(letter) for letter in letters.values()])
        self._done.events += kept
        self._done.overtaken += len(events) - kept
        self._done.letters += len(letters)
        self._tell("publishing events", self._done.events, 0)

    def _fitted(self, letter: Message) -> Message:
        limit = self._limits.get(letter[0])
        return letter if limit is None else fitted(letter, limit - ENVELOPE_BYTES)


def end_of(event: bytes, shape: Shape, mapping: str) -> bytes:
    """Return the event that ends an orphan: its own, made a delete by a version of the mappings."""
    told = msgspec.json.decode(event)
    told["id"] = f"{told['id'].rpartition('/')[0]}/d"
    told["type"] = f"{shape.entity}.deleted"
    told["mapping"] = mapping
    told["data"] = {field.name: told["data"].get(field.name) for field in shape.keys}
    return msgspec.json.encode(told)
