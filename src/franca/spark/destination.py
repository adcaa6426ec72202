"""Where a stream of events goes: the lake, or the store. Each knows itself how far it is."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from franca.types import Partition, Positions, Tally

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class Done(NamedTuple):
    """What became of a micro-batch: up to where its partitions are stored, and their tallies."""

    positions: Mapping[Partition, int]
    counts: Mapping[Partition, Tally]


class Asked(NamedTuple):
    """What comes with a micro-batch: its topics' ids, and where the store was before it.

    `confirm` is to be called when the messages are read and before they are stored: it raises where a topic
    was made anew meanwhile.
    """

    topics: Mapping[str, str]
    starts: Positions
    confirm: Callable[[], None]


class Destination(Protocol):
    """Stores micro-batches, each exactly once. All from one thread at a time."""

    name: str
    """The pipeline in whose name it stores."""

    def open(self) -> None:
        """Create what is missing. Raises UnavailableError, DefinitionError."""

    def positions(self, partitions: Sequence[Partition]) -> Positions:
        """Return the next offset for each partition that was ever stored there. Raises UnavailableError."""

    def store(self, frame: "DataFrame", query: Asked) -> Done | None:
        """Store a micro-batch of Kafka's messages that begins where the store is.

        None where others have moved the positions: the micro-batch is given up, and the stream begins again.
        Raises UnavailableError, DefinitionError, and what `confirm` raises.
        """

    def settle(self, positions: Positions, starts: Positions, *, lost: bool = False) -> bool:
        """Note that nothing is between two positions of each partition; False where others moved them.

        `lost` says that something was, and was deleted before it was read.
        """

    def close(self) -> None:
        """Release everything. May be called twice."""
