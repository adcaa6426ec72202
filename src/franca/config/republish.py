"""Publishes what a comparison found: each entity that changes once, by its newest event, and the letters.

What stands on the topics tells what is done: whoever begins again after a kill compares again, and what was
published is the same by then. Nothing comes behind a newer event of its key, whoever else writes.
"""

import time
from collections.abc import Iterator, Sequence

import msgspec

from franca.config.comparison import Comparison
from franca.config.sole import alone, replaying
from franca.config.telling import Tell
from franca.config.verdict import PUBLISHED
from franca.errors import UnavailableError, WriteError
from franca.lake.states import State
from franca.model.shape import shape_of
from franca.pipeline.runner import pauses
from franca.sinks.kafka import ENVELOPE_BYTES, KafkaSink
from franca.sources.newest import Newest, marks
from franca.topics.admin import message_limits
from franca.topics.dead_letter import dead_letter, fitted
from franca.topics.event_mark import read_mark
from franca.types import Batch, Message

CHUNK = 20_000
CHUNK_BYTES = 16_777_216
TRIES = 6


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
        self._newest: Newest | None = None
        self._chunk: Sequence[Message] = ()
        self._places = dict(comparison.tops)
        self._topics = (*sorted(comparison.entities), comparison.letters_topic)
        self._limits = message_limits(self._cluster.admin(), self._topics)
        self._done = Republished()

    def run(self) -> Republished:
        """Publish, and return how much. Raises UnavailableError where others write the same keys."""
        application = self._comparison.application
        self._comparison.project.versions.publish(application.name, application.hash)
        return alone(self._comparison.project, self._run)

    def _run(self) -> Republished:
        sink = KafkaSink(replaying(self._cluster, self._topics), confirm=self._confirm)
        sink.open()
        try:
            for chunk in _chunks(self._events()):
                self._write(sink, chunk)
            for letters in _chunks([message] for message in self._letters()):
                self._put(sink, [message for group in letters for message in group])
        finally:
            sink.close()
        return self._done

    def _events(self) -> Iterator[list[Message]]:
        """Yield each entity's messages: an event, and the tombstone behind a delete."""
        for (topic, key, made, _), found in self._comparison.verdicts():
            if found.kind in PUBLISHED and made is not None:
                messages: list[Message] = [(topic, key, made.value)]
                if read_mark(made.value).is_delete:
                    messages.append((topic, key, None))
                yield messages
        for topic, key, state in self._comparison.orphans() if self._deletes_orphans else ():
            self._done.orphans += 1
            yield [(topic, key, self._end(topic, state)), (topic, key, None)]

    def _end(self, topic: str, state: State) -> bytes:
        """Return the event that ends an orphan: its own, made a delete by the present mappings."""
        event = msgspec.json.decode(state.value)
        shape = next(shape_of(e) for e in self._comparison.project.entities if shape_of(e).name == topic)
        event["id"] = f"{event['id'].rpartition('/')[0]}/d"
        event["type"] = f"{topic}.deleted"
        event["mapping"] = f"{self._comparison.number}-{self._comparison.application.hash}"
        event["data"] = {field.name: event["data"].get(field.name) for field in shape.keys}
        return msgspec.json.encode(event)

    def _letters(self) -> Iterator[Message]:
        topic = self._comparison.letters_topic
        room = self._limits.get(topic, 0) - ENVELOPE_BYTES
        for name, value, is_known in self._comparison.letters():
            if not is_known:
                self._done.letters += 1
                message = topic, name.encode(), value
                yield fitted(message, room) if room > 0 else message
        for name in self._comparison.ended_letters():
            self._done.ended += 1
            yield topic, name.encode(), None

    def _write(self, sink: KafkaSink, chunk: list[list[Message]]) -> None:
        """Write events, none behind a newer one of its key; of one too large for its topic the letter."""
        before = self._done.events + self._done.overtaken
        letters: list[Message] = []
        events: list[list[Message]] = []
        for messages in chunk:
            letter = self._too_large(messages[0])
            if letter is None:
                events.append(messages)
            else:
                letters.append(letter)
        keys = {(topic, key) for messages in events for topic, key, _ in messages[:1]}
        for seconds, _ in zip(pauses(), range(TRIES), strict=False):
            self._newest = Newest(self._cluster, keys, self._places)
            places = self._newest.look()
            kept = [messages for messages in events if self._is_newer(messages[0], self._newest)]
            self._chunk = [message for messages in kept for message in messages]
            if sink.write(Batch([*self._chunk, *letters])):
                self._places = places
                self._done.events += len(kept)
                self._done.overtaken += len(events) - len(kept)
                self._done.letters += len(letters)
                self._tell("publishing events", before + len(events), 0)
                return
            time.sleep(seconds)
        raise _others()

    def _put(self, sink: KafkaSink, letters: list[Message]) -> None:
        self._newest, self._chunk = None, ()
        for seconds, _ in zip(pauses(), range(TRIES), strict=False):
            if sink.write(Batch(letters)):
                return
            time.sleep(seconds)
        raise _others()

    def _is_newer(self, message: Message, newest: Newest) -> bool:
        """Return whether nothing as new came since the comparison, by whomever."""
        return all(mark.rank > newest.ranks.get(key, ("", -1)) for key, mark in marks([message]))

    def _confirm(self) -> bool:
        return self._newest is None or not self._newest.is_behind(self._chunk)

    def _too_large(self, message: Message) -> Message | None:
        """Return the letter of an event that is too large for its topic."""
        topic, key, value = message
        size = len(key or b"") + len(value or b"") + ENVELOPE_BYTES
        limit = self._limits.get(topic, size)
        if size <= limit:
            return None
        mark = read_mark(value or b"")
        record = self._comparison.record(mark.id)
        reason = f"the message has {size} bytes, topic {topic!r} takes {limit}"
        error = WriteError("", reason, "too-large")
        application = self._comparison.application.name
        letter = dead_letter(application, record, error, refused_by=mark.trail, mapping=mark.mapping)
        return fitted(letter, self._limits.get(letter[0], 1_000_000) - ENVELOPE_BYTES)


def _others() -> UnavailableError:
    reason = f"others wrote the same keys, or replayed, {TRIES} times in between"
    return UnavailableError("kafka", reason, "begin again when they are done: what is published is left out")


def _chunks(groups: Iterator[list[Message]]) -> Iterator[list[list[Message]]]:
    """Yield groups of messages that go into one transaction; a group is never torn."""
    chunk: list[list[Message]] = []
    count = size = 0
    for group in groups:
        chunk.append(group)
        count += len(group)
        size += sum(len(value or b"") for _, _, value in group)
        if count >= CHUNK or size >= CHUNK_BYTES:
            yield chunk
            chunk, count, size = [], 0, 0
    if chunk:
        yield chunk
