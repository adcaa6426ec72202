"""How new what stands on the entities' topics is, for whoever adds events that are not the newest."""

from collections.abc import Iterable, Iterator, Set
from typing import TypeAlias

from franca.errors import WriteError
from franca.sources.extract import Places, extract
from franca.topics.cluster import Cluster
from franca.topics.event_mark import Mark, read_mark
from franca.types import Message

Key: TypeAlias = tuple[str, bytes | None]
"""Topic and key of an entity's events."""

Rank: TypeAlias = tuple[str, int]


class Newest:
    """The largest rank of each of some keys, `ranks`, found in one pass over their topics.

    `is_behind` reads on from there, open transactions included: asked when events stand on their topics and
    are not committed yet, it can't miss one that came before them.
    """

    def __init__(self, cluster: Cluster, keys: Set[Key]) -> None:
        self._cluster = cluster
        self._keys = keys
        self._places: Places = {}
        self.ranks: dict[Key, Rank] = {}
        for key, mark in self._read(committed=True):
            self.ranks[key] = max(self.ranks.get(key, mark.rank), mark.rank)

    def is_behind(self, own: Iterable[Message], events: Iterable[Message]) -> bool:
        """Return whether one of some events has come behind a newer one of its key, `own` left aside."""
        ids = {mark.id for _, mark in marks(own)}
        for key, mark in self._read(committed=False):
            if mark.id not in ids:
                self.ranks[key] = max(self.ranks.get(key, mark.rank), mark.rank)
        return any(mark.rank < self.ranks.get(key, mark.rank) for key, mark in marks(events))

    def _read(self, *, committed: bool) -> Iterator[tuple[Key, Mark]]:
        topics = sorted({topic for topic, _ in self._keys})
        for record in extract(self._cluster, topics, self._places, committed=committed) if topics else ():
            if (record.topic, record.key) in self._keys:
                yield from marks([(record.topic, record.key, record.value)])


def marks(messages: Iterable[Message]) -> Iterator[tuple[Key, Mark]]:
    """Yield key and mark of each message that is an event with a rank."""
    for topic, key, value in messages:
        if value is None:
            continue
        try:
            mark = read_mark(value)
            mark.rank  # noqa: B018  # it may have none
        except WriteError:
            continue
        yield (topic, key), mark
