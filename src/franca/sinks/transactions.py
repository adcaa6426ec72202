"""A Kafka producer under a lasting transactional id, replaced whenever its state is in doubt."""

from collections.abc import Sequence

from confluent_kafka import KafkaError, KafkaException, Producer, TopicPartition

from franca.sinks.deadline import within
from franca.sinks.flushing import flushed
from franca.topics.cluster import WAIT_SECONDS, Cluster, log, translated
from franca.topics.rights import Right

LOST = frozenset({KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT, KafkaError._RESOLVE})
"""A broker can't be reached."""

HANGING_SECONDS = 5.0
"""After this a new producer does better: the client forgets its own limit where it has lost the group's
coordinator, and does not look for it again (librdkafka issues 5456 and 5511)."""


class Transactions:
    """Transactions one after the other. Whoever starts under the same id ends what another left open.

    Methods raise the client's KafkaException but `start` and `renew`, which raise franca's errors.
    """

    def __init__(self, cluster: Cluster, transactional_id: str, compression: str, seconds: float) -> None:
        self._cluster = cluster
        self._own = {
            "transactional.id": transactional_id,
            "transaction.timeout.ms": int(seconds * 1000),
            "partitioner": "murmur2_random",
            "compression.type": compression,
            "linger.ms": 5,
            # a transaction often has to wait for its predecessor's markers; 100 ms by default
            "retry.backoff.ms": 2,
            "retry.backoff.max.ms": 100,
            "queue.buffering.max.messages": 200_000,
            "queue.buffering.max.kbytes": 64 * 1024,
            "delivery.report.only.error": True,
            "error_cb": self._on_error,
        }
        self._producer: Producer | None = None
        self._lost_brokers = False

    @property
    def is_open(self) -> bool:
        """Whether there is a producer to work with."""
        return self._producer is not None

    @property
    def producer(self) -> Producer:
        """The producer as it is now."""
        assert self._producer is not None, "the producer is not started"
        return self._producer

    def start(self, largest: int, batch_bytes: int) -> None:
        """Start a producer of messages of `largest` bytes. Raises UnavailableError, DefinitionError."""
        self._own |= {"message.max.bytes": largest, "batch.size": batch_bytes}
        self._lost_brokers = False
        producer = self._cluster.producer(self._own)
        try:
            producer.init_transactions(WAIT_SECONDS)
        except KafkaException as error:
            producer.purge()
            right = Right("WRITE", "transactional id", str(self._own["transactional.id"]))
            raise translated(error, right) from error
        self._producer = producer

    def renew(self) -> None:
        """Replace a producer that has lost its brokers since the last transaction.

        It may have lost the group's coordinator with them, and would wait for it in vain.
        """
        self.producer.poll(0)
        if self._lost_brokers:
            self.abandon()
            self.start(int(str(self._own["message.max.bytes"])), int(str(self._own["batch.size"])))

    def send_offsets(self, offsets: Sequence[TopicPartition], group: object) -> None:
        """Add offsets to the open transaction; after an error the producer is of no more use."""
        producer = self.producer
        try:
            within(
                HANGING_SECONDS,
                lambda: producer.send_offsets_to_transaction(list(offsets), group, WAIT_SECONDS),
            )
        except TimeoutError as error:
            reason = KafkaError(KafkaError._TIMED_OUT, "the group's coordinator gives no answer")
            raise KafkaException(reason) from error

    def flush(self) -> None:
        """Return when every message of the open transaction stands on its topic."""
        if flushed(self.producer, WAIT_SECONDS):
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT, "messages are not acknowledged"))

    def abort(self) -> bool:
        """End the open transaction; False where that could not be done."""
        try:
            self.producer.abort_transaction(WAIT_SECONDS)
        except KafkaException as error:
            log.info("abort failed: %s", error.args[0])
            return False
        return True

    def abandon(self) -> None:
        """Drop a producer whose state is in doubt; its successor ends its transaction."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.purge()

    def _on_error(self, error: KafkaError) -> None:
        log.info("%s", error)
        self._lost_brokers |= error.code() in LOST
