"""What others write to the entities' topics while somebody adds events that may be old."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from franca.sources.extract import Places, extract
from franca.sources.newest import Key, Rank, marks
from franca.topics.admin import ends
from franca.topics.cluster import Cluster
from franca.types import Message, Record


class Watch:
    """Watches topics from `places` on; what stands before them the caller knows.

    `published` holds the ranks of what was committed since. `seen` holds those of others' events that were
    not committed yet: they may have been taken back, so an event as new as they are still counts as new.
    `opened` makes JSON of events as they stand on their topics.
    """

    def __init__(
        self,
        cluster: Cluster,
        topics: Sequence[str],
        places: Places,
        opened: Callable[[Iterable[Record]], Iterator[Record]] = iter,
    ) -> None:
        self._cluster = cluster
        self._opened = opened
        self._topics = sorted(topics)
        self._admin = cluster.admin()
        self._committed = dict(places)
        self._places = dict(places)
        self._end = dict(places)
        self._written: set[tuple[str, int]] = set()
        self._marked: set[tuple[str, int]] = set()
        self.published: dict[Key, Rank] = {}
        self.seen: dict[Key, Rank] = {}

    def look(self) -> None:
        """Read what was committed since the last look. Asked when nobody else can replay any more."""
        for record in self._read(self._committed, committed=True):
            _note(self.published, record)
        self._places, self._marked = dict(self._committed), set()
        self._end, self._written = self._places, self._marked

    def is_as_new(self, message: Message) -> bool:
        """Return whether an event as new as this one was committed since, or a newer one seen."""
        if not (self.published or self.seen):
            return False
        return any(
            mark.rank <= self.published.get(key, ("", -1)) or mark.rank < self.seen.get(key, ("", -1))
            for key, mark in marks([message])
        )

    def is_behind(self, messages: Sequence[Message]) -> bool:
        """Return whether one of some events has come behind a newer one of its key.

        Asked when they stand on their topics and are not committed yet: what came since is read, open
        transactions included, so that none that came before them is missed. Nothing is where the topics
        hold the messages alone.
        """
        if self._are_alone(len(messages)):
            return False
        own = {value for _, _, value in messages}
        ranks: dict[Key, Rank] | None = None
        self._end, self._written = dict(self._places), set()
        found = False
        for record in self._read(self._end, committed=False):
            if record.value in own:
                if record.value is not None:
                    self._written.add((record.topic, record.partition))
                continue
            for key, rank in _note(self.seen, record):
                if ranks is None:
                    ranks = {name: each.rank for name, each in marks(messages)}
                found |= rank > ranks.get(key, rank)
        return found

    def go_on(self) -> None:
        """Tell that what was asked about last is committed: it need not be read again."""
        self._places, self._marked = self._end, self._written

    def _are_alone(self, count: int) -> bool:
        """Return whether so many messages are all that came since.

        Each takes one offset, and so does the marker that ends a transaction in each partition where it
        wrote: that of the last one stands before anything of the next.
        """
        end = {place[:2]: offset for place, offset in ends(self._admin, self._topics).items()}
        grown = {
            place: offset - self._places.get(place, 0) - (place in self._marked)
            for place, offset in end.items()
        }
        if sum(grown.values()) != count or min(grown.values(), default=0) < 0:
            return False
        self._end = end
        self._written = {place for place, number in grown.items() if number}
        return True

    def _read(self, places: Places, *, committed: bool) -> Iterator[Record]:
        return self._opened(extract(self._cluster, self._topics, places, committed=committed))


def _note(ranks: dict[Key, Rank], record: Record) -> list[tuple[Key, Rank]]:
    """Keep the rank of a record's event where it is the largest of its key, and return it."""
    found = [(key, mark.rank) for key, mark in marks([(record.topic, record.key, record.value)])]
    for key, rank in found:
        ranks[key] = max(ranks.get(key, rank), rank)
    return found
