"""Notes, on the rows topics of tables that remember no longer, that changes pass which they miss."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from franca.pipeline.row_memory.changelog import gap_key
from franca.pipeline.row_memory.memory import RowMemory
from franca.topics.admin import ends
from franca.topics.cluster import Cluster
from franca.topics.names import fits
from franca.types import Batch, Message, Partition, Placed, Record

RawPart: TypeAlias = tuple[str, int]
"""A raw topic and the number of one of its partitions."""


class Gaps:
    """The memory of an on-ramp some of whose tables remember nothing: `memory` is that of the others.

    Where a table remembered its rows before, those get old as soon as its changes go on without them. A gap
    on its rows topic has whoever remembers them again begin with none. `topics` gives the raw topic, or the
    pattern of them, by the rows topic that such a table would have.

    A gap is noted in the transaction of the first changes that pass, partition by partition: where none is
    stored, what is remembered stays true, and a worker that has lost its partitions can note nothing behind
    its successor's rows. A batch may also say of a partition only how far it is read: nothing passed then.
    """

    def __init__(self, cluster: Cluster, topics: Mapping[str, str], memory: RowMemory | None = None) -> None:
        self._cluster = cluster
        self._topics = topics
        self._memory = memory
        self._notes: dict[RawPart, list[Placed]] = {}
        self._brought: set[RawPart] = set()

    def noting(
        self, step: Callable[[Batch[Record]], Batch[Message]]
    ) -> Callable[[Batch[Record]], Batch[Message]]:
        """Return the step whose batches bring their partitions' notes along, until one is stored."""

        def noted(batch: Batch[Record]) -> Batch[Message]:
            output = step(batch)
            self._brought = self._touched(batch)
            if self._brought:
                notes = [note for place in self._brought for note in self._notes[place]]
                output.placed = [*notes, *output.placed]
            return output

        return noted

    def restore(self, partitions: Sequence[Partition]) -> None:
        """Find the gaps of these raw partitions, from now on assigned. Raises UnavailableError."""
        self._notes, self._brought = self._found(partitions), set()
        if self._memory is not None:
            self._memory.restore(partitions)

    def keep(self) -> None:
        """Take the batch's notes for written, and have the memory keep what is pending."""
        for place in self._brought:
            del self._notes[place]
        self._brought = set()
        if self._memory is not None:
            self._memory.keep()

    def drop(self) -> None:
        """Have the memory forget what is pending."""
        self._brought = set()
        if self._memory is not None:
            self._memory.drop()

    def close(self) -> None:
        """Release the memory. May be called twice."""
        if self._memory is not None:
            self._memory.close()

    def _touched(self, batch: Batch[Record]) -> set[RawPart]:
        """Return the places with notes of which the batch has records."""
        places = {(partition.topic, partition.partition) for partition in batch.positions}
        if self._notes.keys().isdisjoint(places):
            return set()
        return self._notes.keys() & {(record.topic, record.partition) for record in batch.items}

    def _found(self, partitions: Sequence[Partition]) -> dict[RawPart, list[Placed]]:
        """Return the notes of gaps for each raw partition of which something is remembered."""
        held = {
            (part.topic, part.partition)
            for part, end in ends(self._cluster.admin(), self._topics).items()
            if end > 0
        }
        notes: dict[RawPart, list[Placed]] = {}
        for raw in partitions:
            for rows, pattern in self._topics.items():
                if fits(pattern, raw.topic) and (rows, raw.partition) in held:
                    note: Placed = (rows, gap_key(raw.topic), raw.partition, b"{}")
                    notes.setdefault((raw.topic, raw.partition), []).append(note)
        return notes
