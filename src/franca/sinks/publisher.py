"""Publishes messages outside a transaction: dead letters of sinks, and what `franca send` sends."""

from collections.abc import Iterable, Sequence

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka import Message as Delivered

from franca.errors import UnavailableError
from franca.topics.cluster import Cluster, translated
from franca.types import Message

FLUSH_SECONDS = 30.0
MANY = 50_000
BATCH_BYTES = 1_000_000


class Publisher:
    """An idempotent producer; keys are spread by murmur2 as Java's clients do.

    `batch_bytes` is how much goes to the cluster at once: no topic takes more than its largest message.
    """

    def __init__(self, cluster: Cluster, batch_bytes: int = BATCH_BYTES) -> None:
        self._cluster = cluster
        self._batch_bytes = batch_bytes
        self._producer: Producer | None = None
        self._failures: list[KafkaError] = []

    def publish(self, messages: Sequence[Message]) -> None:
        """Return when every message is durable. Raises UnavailableError, WriteError, DefinitionError."""
        self.send(messages)
        self.flush()

    def send(self, messages: Iterable[Message]) -> int:
        """Hand messages over, waiting where the client's buffer is full; return their number."""
        producer = self._producer or self._start()
        count = 0
        for topic, key, value in messages:
            while True:
                try:
                    producer.produce(topic, value, key, on_delivery=self._delivered)
                    break
                except BufferError:
                    producer.poll(0.1)
                except KafkaException as error:
                    raise translated(error) from error
            count += 1
            if count % 1_000 == 0:
                producer.poll(0)
        self._check()
        return count

    def flush(self) -> None:
        """Return when everything handed over is durable. Raises UnavailableError, WriteError."""
        if self._producer is not None:
            waiting = self._producer.flush(FLUSH_SECONDS)
            self._check()
            if waiting:
                self._producer.purge()
                self._producer = None
                reason = f"{waiting} messages are not acknowledged after {FLUSH_SECONDS:.0f} s"
                raise UnavailableError("kafka", reason, "check that the cluster runs; then try again")

    def _start(self) -> Producer:
        own = {
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "compression.type": "lz4",
            "linger.ms": 10,
            "message.max.bytes": 100_000_000,
            "batch.size": self._batch_bytes,
            "queue.buffering.max.messages": MANY,
            "queue.buffering.max.kbytes": 128 * 1024,
        }
        self._producer = self._cluster.producer(own)
        return self._producer

    def _delivered(self, error: KafkaError | None, _message: Delivered) -> None:
        if error is not None:
            self._failures.append(error)

    def _check(self) -> None:
        """Raise the first failure since the last look."""
        if self._failures:
            failure = self._failures[0]
            self._failures.clear()
            raise translated(failure)
