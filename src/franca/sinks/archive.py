"""The raw archive as a sink: every record as it came, in compressed objects, one chain per partition."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import obstore
from obstore.exceptions import AlreadyExistsError

from franca.errors import DefinitionError
from franca.lake.archive import BUCKET, End, Shelf, encode_object
from franca.lake.location import Options, open_store
from franca.lake.translation import translated
from franca.topics.names import fits
from franca.types import Batch, Partition, Positions, Record, Tally


class ArchiveSink:
    """Stores raw records; `lineages` gives the `<application>/<table>` of each topic.

    A topic may be a pattern in which `*` stands for any text; an exact name goes first.
    A batch becomes an object per partition and bucket of 100,000 offsets, each made only if absent: where
    it is there already, another worker has moved on. What was stored of a batch before that stays, and
    the positions tell.
    """

    def __init__(self, url: str, lineages: Mapping[str, str], options: Options | None = None) -> None:
        self._url = url
        self._options = options or {}
        self._lineages = dict(lineages)
        self._ends: dict[Partition, End] = {}

    def open(self) -> None:
        """Open the folder or bucket. Raises UnavailableError."""
        with translated("archive"):
            self._store = open_store(self._url, self._options)

    def positions(self, partitions: Sequence[Partition]) -> Positions:
        """Return the next offset for each partition that was ever stored here.

        Raises UnavailableError, and DefinitionError for a damaged object.
        """
        for partition in partitions:
            self._look(partition)
        return {p: self._ends[p].next for p in partitions if p in self._ends}

    def tally(self, partitions: Sequence[Partition]) -> Tally:
        """Return how many records of some partitions are archived."""
        self.positions(partitions)
        count = sum(self._ends[p].records for p in partitions if p in self._ends)
        return Tally(count, count)

    def glance(self, partitions: Sequence[Partition]) -> tuple[Positions, Tally]:
        """Return positions and tally without `open`. Raises UnavailableError, DefinitionError."""
        self.open()
        return self.positions(partitions), self.tally(partitions)

    def write(self, batch: Batch[Record]) -> bool:
        """Store a batch; False where another worker has moved on. Raises UnavailableError."""
        for partition in batch.positions:
            if partition not in self._ends:
                self._look(partition)
        starts = {p: batch.starts.get(p, end) for p, end in batch.positions.items()}
        if any(p in self._ends and self._ends[p].next != start for p, start in starts.items()):
            return False
        records: defaultdict[tuple[str, int], list[Record]] = defaultdict(list)
        for record in batch.items:
            records[record.topic, record.partition].append(record)
        return all(
            self._extend(p, start, batch.positions[p], records[p.topic, p.partition])
            for p, start in starts.items()
        )

    def find(self, place: Partition, offset: int) -> Record | None:
        """Return an archived record, None where it is not there; see `Shelf.find`.

        Raises UnavailableError, and DefinitionError for a damaged object.
        """
        with translated("archive"):
            return self._shelf(place).find(place, offset)

    def close(self) -> None:
        """Nothing is held open. May be called twice."""

    def _extend(self, partition: Partition, start: int, last: int, records: list[Record]) -> bool:
        """Add objects from `start` up to `last` to a partition's chain."""
        count = self._ends[partition].records if partition in self._ends else 0
        self._ends.setdefault(partition, End(start, 0))
        while start < last:
            stop = min(last, (start // BUCKET + 1) * BUCKET)
            some = [record for record in records if start <= record.offset < stop]
            end = End(stop, count + len(some))
            if not self._create(self._shelf(partition).path(partition, start), encode_object(some, end)):
                return False
            self._ends[partition] = end
            start, count = end
        return True

    def _create(self, path: str, body: bytes) -> bool:
        with translated("archive"):
            try:
                obstore.put(self._store, path, body, mode="create")
            except AlreadyExistsError:
                return False
        return True

    def _look(self, partition: Partition) -> None:
        with translated("archive"):
            end = self._shelf(partition).end(partition)
        if end is not None:
            self._ends[partition] = end

    def _shelf(self, partition: Partition) -> Shelf:
        return Shelf(self._store, *self._lineage(partition.topic))

    def _lineage(self, topic: str) -> tuple[str, str]:
        if topic not in self._lineages:
            found = [path for name, path in self._lineages.items() if fits(name, topic)]
            if not found:
                remedy = f"expected one of {sorted(self._lineages)}"
                raise DefinitionError.one("archive", f"the topic {topic!r} is no table's", remedy)
            self._lineages[topic] = found[0]
        application, _, table = self._lineages[topic].partition("/")
        return application, table
