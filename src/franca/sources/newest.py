"""How new what stands on the entities' topics is, for whoever adds events that are not the newest."""

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
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
    """The largest rank of each of some keys among what is committed on their topics: `ranks`.

    `places` tell where to begin, where not at the beginning. `opened` makes JSON of an event as it stands on
    its topic, where that is another form.
    """

    def __init__(
        self,
        cluster: Cluster,
        keys: Set[Key],
        places: Places | None = None,
        opened: Callable[[bytes], bytes] | None = None,
    ) -> None:
        self._cluster = cluster
        self._opened = opened
        self._keys = keys
        self._places: Places = dict(places or {})
        self.ranks: dict[Key, Rank] = {}

    def look(self) -> Places:
        """Read on, from where the last look ended; return where this one did."""
        for key, mark in self._read(self._places, committed=True):
            self.ranks[key] = max(self.ranks.get(key, mark.rank), mark.rank)
        return dict(self._places)

    def is_behind(self, messages: Sequence[Message]) -> bool:
        """Return whether one of some events has come behind a newer one of its key.

        Asked when they stand on their topics and are not committed yet. What came since the last look is
        read, open transactions included, so that none that came before them is missed.
        """
        own = list(marks(messages))
        ids = {mark.id for _, mark in own}
        ranks = {key: mark.rank for key, mark in own[::-1]}  # of each key's first
        return any(
            mark.rank > ranks.get(key, mark.rank)
            for key, mark in self._read(dict(self._places), committed=False)
            if mark.id not in ids
        )

    def _read(self, places: Places, *, committed: bool) -> Iterator[tuple[Key, Mark]]:
        topics = sorted({topic for topic, _ in self._keys})
        for record in extract(self._cluster, topics, places, committed=committed) if topics else ():
            if (record.topic, record.key) in self._keys:
                yield from marks([(record.topic, record.key, record.value)], self._opened)


def marks(
    messages: Iterable[Message], opened: Callable[[bytes], bytes] | None = None
) -> Iterator[tuple[Key, Mark]]:
    """Yield key and mark of each message that is an event with a rank."""
    for topic, key, value in messages:
        if value is None:
            continue
        try:
            mark = read_mark(value if opened is None else opened(value))
            mark.rank  # noqa: B018  # it may have none
        except WriteError:
            continue
        yield (topic, key), mark
