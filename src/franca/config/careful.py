"""Writes events that may be old: none comes behind a newer one of its key, whoever else writes."""

import time
from collections.abc import Iterator, Sequence

from franca.config.sole import replaying
from franca.errors import UnavailableError
from franca.pipeline.runner import pauses
from franca.sinks.kafka import KafkaSink
from franca.sources.extract import Places
from franca.sources.newest import Newest, marks
from franca.topics.cluster import Cluster
from franca.types import Batch, Message

CHUNK = 20_000
CHUNK_BYTES = 16_777_216
TRIES = 6


class Careful:
    """Writes to topics, of which the caller knows what stands before `places`, in the name of all replays."""

    def __init__(self, cluster: Cluster, topics: Sequence[str], places: Places) -> None:
        self._cluster = cluster
        self._places = dict(places)
        self._newest: Newest | None = None
        self._messages: Sequence[Message] = ()
        self._sink = KafkaSink(replaying(cluster, tuple(topics)), confirm=self._confirm)
        self._sink.open()

    def write(self, events: Sequence[Sequence[Message]], others: Sequence[Message] = ()) -> int:
        """Write groups of messages, each an event and what belongs to it, and others, in one transaction.

        An event as new as which one came since is left out; return how many were written. Raises
        UnavailableError where others write the same keys, or replay, again and again.
        """
        keys = {(topic, key) for messages in events for topic, key, _ in messages[:1]}
        for seconds, _ in zip(pauses(), range(TRIES), strict=False):
            self._newest = Newest(self._cluster, keys, self._places)
            places = self._newest.look()
            kept = [messages for messages in events if self._is_newer(messages[0], self._newest)]
            self._messages = [message for messages in kept for message in messages]
            if self._sink.write(Batch([*self._messages, *others])):
                self._places = places
                return len(kept)
            time.sleep(seconds)
        reason = f"others wrote the same keys, or replayed, {TRIES} times in between"
        remedy = "begin again when they are done: what is published is left out"
        raise UnavailableError("kafka", reason, remedy)

    def close(self) -> None:
        """Release everything. May be called twice."""
        self._sink.close()

    def _is_newer(self, message: Message, newest: Newest) -> bool:
        return all(mark.rank > newest.ranks.get(key, ("", -1)) for key, mark in marks([message]))

    def _confirm(self) -> bool:
        return self._newest is None or not self._newest.is_behind(self._messages)


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
