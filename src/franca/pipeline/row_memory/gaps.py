"""Notes, on the rows topics of tables that remember no longer, that changes pass which they miss."""

from collections.abc import Iterator, Mapping, Sequence

from confluent_kafka import KafkaException, Producer

from franca.errors import UnavailableError
from franca.pipeline.row_memory.changelog import gap_key
from franca.pipeline.row_memory.memory import RowMemory
from franca.topics.admin import ends
from franca.topics.cluster import Cluster, log, translated
from franca.topics.names import fits
from franca.types import Partition

FLUSH_SECONDS = 30.0


class Gaps:
    """The memory of an on-ramp some of whose tables remember nothing: `memory` is that of the others.

    Where a table remembered its rows before, those get old as soon as its changes go on without them. A gap
    on its rows topic has whoever remembers them again begin with none. `topics` gives the raw topic, or the
    pattern of them, by the rows topic that such a table would have.
    """

    def __init__(self, cluster: Cluster, topics: Mapping[str, str], memory: RowMemory | None = None) -> None:
        self._cluster = cluster
        self._topics = topics
        self._memory = memory

    def restore(self, partitions: Sequence[Partition]) -> None:
        """Note the gaps of these raw partitions, from now on assigned. Raises UnavailableError."""
        places = list(self._places(partitions))
        if places:
            self._note(places)
        if self._memory is not None:
            self._memory.restore(partitions)

    def keep(self) -> None:
        """Have the memory keep what is pending."""
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

    def _places(self, partitions: Sequence[Partition]) -> Iterator[tuple[str, int, bytes]]:
        """Yield where something is remembered, and the key of its gap."""
        held = {
            (part.topic, part.partition)
            for part, end in ends(self._cluster.admin(), self._topics).items()
            if end > 0
        }
        for raw in partitions:
            for rows, pattern in self._topics.items():
                if fits(pattern, raw.topic) and (rows, raw.partition) in held:
                    yield rows, raw.partition, gap_key(raw.topic)

    def _note(self, places: Sequence[tuple[str, int, bytes]]) -> None:
        own = {"enable.idempotence": True, "error_cb": lambda error: log.info("%s", error)}
        failures: list[object] = []
        producer = Producer(self._cluster.client(own))
        try:
            for topic, partition, key in places:
                producer.produce(
                    topic, b"{}", key, partition, on_delivery=lambda error, _: failures.append(error)
                )
            waiting = producer.flush(FLUSH_SECONDS)
        except KafkaException as error:
            raise translated(error) from error
        failed = [failure for failure in failures if failure is not None]
        if waiting or failed:
            reason = f"a rows topic does not take a note: {failed[0] if failed else 'no answer'}"
            raise UnavailableError("kafka", reason, "check that the cluster runs")
