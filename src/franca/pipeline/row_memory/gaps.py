"""Notes, on the rows topics of tables that remember no longer, that changes pass which they miss."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from franca.pipeline.row_memory.changelog import gap_key
from franca.pipeline.row_memory.memory import RowMemory
from franca.topics.admin import ends
from franca.topics.cluster import Cluster
from franca.topics.names import fits
from franca.types import Batch, Message, Partition, Placed, Record


class Gaps:
    """The memory of an on-ramp some of whose tables remember nothing: `memory` is that of the others.

    Where a table remembered its rows before, those get old as soon as its changes go on without them. A gap
    on its rows topic has whoever remembers them again begin with none. `topics` gives the raw topic, or the
    pattern of them, by the rows topic that such a table would have.

    A gap is noted in the transaction of the first changes that pass: where none is stored, what is remembered
    stays true, and a worker that has lost its partitions can note nothing behind its successor's rows.
    """

    def __init__(self, cluster: Cluster, topics: Mapping[str, str], memory: RowMemory | None = None) -> None:
        self._cluster = cluster
        self._topics = topics
        self._memory = memory
        self._notes: Sequence[Placed] = ()

    def noting(
        self, step: Callable[[Batch[Record]], Batch[Message]]
    ) -> Callable[[Batch[Record]], Batch[Message]]:
        """Return the step whose batches bring the notes along, until one is stored."""

        def noted(batch: Batch[Record]) -> Batch[Message]:
            output = step(batch)
            if self._notes:
                output.placed = [*self._notes, *output.placed]
            return output

        return noted

    def restore(self, partitions: Sequence[Partition]) -> None:
        """Find the gaps of these raw partitions, from now on assigned. Raises UnavailableError."""
        self._notes = list(self._places(partitions))
        if self._memory is not None:
            self._memory.restore(partitions)

    def keep(self) -> None:
        """Take the notes for written, and have the memory keep what is pending."""
        self._notes = ()
        if self._memory is not None:
            self._memory.keep()

    def drop(self) -> None:
        """Have the memory forget what is pending."""
        if self._memory is not None:
            self._memory.drop()

    def close(self) -> None:
        """Release the memory. May be called twice."""
        if self._memory is not None:
            self._memory.close()

    def _places(self, partitions: Sequence[Partition]) -> Iterator[Placed]:
        """Yield the note of a gap for each place where something is remembered."""
        held = {
            (part.topic, part.partition)
            for part, end in ends(self._cluster.admin(), self._topics).items()
            if end > 0
        }
        for raw in partitions:
            for rows, pattern in self._topics.items():
                if fits(pattern, raw.topic) and (rows, raw.partition) in held:
                    yield rows, gap_key(raw.topic), raw.partition, b"{}"
