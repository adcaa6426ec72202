"""Writes events that may be old: none comes behind a newer one of its key, whoever else writes."""

import time
from collections.abc import Iterator, Sequence

from franca.config.schema_registry import TopicForm
from franca.errors import UnavailableError
from franca.operations.replaying.sole import replaying
from franca.pipeline.runner import pauses
from franca.sinks.kafka import KafkaSink
from franca.sources.extract import Places
from franca.sources.watch import Watch
from franca.topics.cluster import Cluster
from franca.types import Batch, Message

CHUNK = 20_000
CHUNK_BYTES = 16_777_216
TRIES = 6


class Careful:
    """Writes events to topics of entities in the name of all replays, and letters to `letters`.

    What stands on the topics before `places` the caller knows. Events are JSON; `form` is what their topics
    have them in.
    """

    def __init__(
        self, cluster: Cluster, topics: Sequence[str], letters: str, places: Places, form: TopicForm
    ) -> None:
        self._form = form
        self._watch = Watch(cluster, topics, places, form.records)
        self._messages: Sequence[Message] = ()
        self._sink = KafkaSink(replaying(cluster, (*topics, letters)), confirm=self._confirm)
        self._sink.open()
        self._watch.look()

    def write(self, events: Sequence[Sequence[Message]], others: Sequence[Message] = ()) -> int:
        """Write groups of messages, each an event and what belongs to it, and others, in one transaction.

        An event as new as which one came since is left out; return how many were written. Raises
        UnavailableError where others write the same keys, or replay, again and again.
        """
        for seconds, _ in zip(pauses(), range(TRIES), strict=False):
            kept = [messages for messages in events if not self._watch.is_as_new(messages[0])]
            self._messages = [message for messages in kept for message in messages]
            if self._sink.write(Batch(self._form.written([*self._messages, *others]))):
                self._watch.go_on()
                return len(kept)
            time.sleep(seconds)
            self._watch.look()
        reason = f"others wrote the same keys, or replayed, {TRIES} times in between"
        remedy = "begin again when they are done: what is published is left out"
        raise UnavailableError("kafka", reason, remedy)

    def close(self) -> None:
        """Release everything. May be called twice."""
        self._sink.close()

    def _confirm(self) -> bool:
        return not (self._messages and self._watch.is_behind(self._messages))


def chunks(groups: Iterator[list[Message]]) -> Iterator[list[list[Message]]]:
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
