"""Publishes messages outside a transaction: dead letters of sinks, and what `franca send` sends."""

import time
from collections.abc import Callable, Iterable, Sequence

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka import Message as Delivered

from franca.errors import FrancaError, UnavailableError
from franca.sinks.flushing import TURN_SECONDS, flushed
from franca.topics.cluster import Cluster, Heard, translated
from franca.topics.rights import Right
from franca.types import Message

FLUSH_SECONDS = 30.0
TELLS_SECONDS = 2.0
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
        self._heard = Heard()
        self._topics: set[str] = set()
        self._failures: list[tuple[KafkaError, str]] = []

    def publish(self, messages: Sequence[Message]) -> None:
        """Return when every message is durable. Raises UnavailableError, WriteError, DefinitionError."""
        self.send(messages)
        self.flush()

    def send(self, messages: Iterable[Message]) -> int:
        """Hand messages over, waiting where the client's buffer is full; return their number.

        Raises UnavailableError, WriteError, DefinitionError.
        """
        producer = self._producer or self._start()
        if not self._topics:  # what it heard while there was nothing to do is no answer to what comes
            self._served(lambda: producer.poll(0))
            self._heard.forget()
        count = 0
        for topic, key, value in messages:
            self._topics.add(topic)
            while True:
                try:
                    producer.produce(topic, value, key, on_delivery=self._delivered)
                    break
                except BufferError:
                    self._served(lambda: producer.poll(TURN_SECONDS))
                except KafkaException as error:
                    self._hear_out(producer, error.args[0])
                    raise self._failed(error, topic) from error
            count += 1
            if count % 1_000 == 0:
                self._served(lambda: producer.poll(0))
        self._check()
        return count

    def flush(self) -> None:
        """Return when everything handed over is durable.

        Raises UnavailableError, WriteError, DefinitionError.
        """
        producer = self._producer
        if producer is None:
            return
        waiting = self._served(lambda: flushed(producer, FLUSH_SECONDS))
        self._check()
        if waiting:
            self._drop()
            if self._heard.is_all and self._heard.wrong is not None:
                raise translated(self._heard.wrong)
            reason = f"{waiting} messages are not acknowledged after {FLUSH_SECONDS:.0f} s"
            raise UnavailableError("kafka", reason, "check that the cluster runs; then try again")
        self._topics.clear()
        self._heard.forget()

    def _served(self, serve: Callable[[], int]) -> int:
        """Have the client tell what it has to tell; what ends it is raised in franca's words."""
        try:
            return serve()
        except KafkaException as error:
            raise self._failed(error, *self._topics) from error

    def _hear_out(self, producer: Producer, error: KafkaError) -> None:
        """Raise why a client has ended, which it tells only a moment after it takes no more messages."""
        deadline = time.monotonic() + TELLS_SECONDS
        while error.code() == KafkaError._FATAL and time.monotonic() < deadline:
            self._served(lambda: producer.poll(TURN_SECONDS))

    def _failed(self, error: KafkaException, *topics: str) -> FrancaError:
        """Return franca's error; a client that has ended is replaced by the next that is sent."""
        if error.args[0].fatal():
            self._drop()
        return translated(error, *(Right("WRITE", "topic", topic) for topic in sorted(topics)))

    def _drop(self) -> None:
        producer, self._producer = self._producer, None
        self._failures.clear()
        self._topics.clear()
        if producer is not None:
            producer.purge()

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
            "error_cb": self._heard.take,
        }
        self._heard.forget()
        self._producer = self._cluster.producer(own)
        return self._producer

    def _delivered(self, error: KafkaError | None, message: Delivered) -> None:
        if error is not None:
            self._failures.append((error, message.topic() or ""))

    def _check(self) -> None:
        """Raise the first failure since the last look."""
        if self._failures:
            failure, topic = self._failures[0]
            self._failures.clear()
            raise translated(failure, Right("WRITE", "topic", topic))
