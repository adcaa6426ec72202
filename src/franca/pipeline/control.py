"""How a running pipeline is told to pause and to go on, on whatever machine: by the control topic."""

import time
from typing import Protocol

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from franca.errors import UnavailableError
from franca.sinks.publisher import Publisher
from franca.topics.brokers import Brokers, drop
from franca.topics.cluster import NO_TOPIC, WAIT_SECONDS, WRONG, Cluster, log, translated
from franca.topics.control import ControlState, Pause, heed_message
from franca.topics.names import CONTROL_TOPIC

LOOK_SECONDS = 0.05
"""Asked more often, the last answer is given: a busy pipeline asks thousands of times a second."""


class Control(Protocol):
    """Tells one worker of a pipeline whether it is paused. All from one thread."""

    def open(self) -> None:
        """Learn what holds now. Raises UnavailableError, DefinitionError."""

    def pause(self) -> Pause | None:
        """Return the pause that holds, None where there is none. Never waits, never raises."""

    def heed(self, pause: Pause) -> None:
        """Say that the worker has nothing in hand and writes nothing. Raises UnavailableError."""

    def close(self) -> None:
        """Release everything. May be called twice."""


class NoControl:
    """The control of a pipeline that nobody pauses."""

    def open(self) -> None:
        """Nothing to learn."""

    def pause(self) -> Pause | None:
        """Return None."""
        return None

    def heed(self, pause: Pause) -> None:
        """Nobody listens."""

    def close(self) -> None:
        """Nothing to release."""


class KafkaControl:
    """One worker's view of the control topic. Where there is no such topic, nothing is paused."""

    def __init__(self, cluster: Cluster, pipeline: str, worker: str) -> None:
        self._cluster = cluster
        self._pipeline = pipeline
        self._worker = worker
        self._state = self._reading = ControlState()
        self._consumer: Consumer | None = None
        self._brokers = Brokers()
        self._looked_at = 0.0

    def open(self) -> None:
        """Read the topic to its end, and on from there in the background; raises as `Control.open`."""
        self.close()
        self._state = self._reading = ControlState()
        consumer = self._made()
        try:
            self._read_all(consumer)
        except BaseException:
            consumer.close()
            raise
        self._consumer = consumer

    def pause(self) -> Pause | None:
        """Take what has come, and return the pause that holds."""
        now = time.monotonic()
        if self._consumer is not None and now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            for message in self._consumer.consume(100, 0):
                if self._take(message):
                    self._state = self._reading
            if self._brokers.are_lost():
                self._begin_again(self._consumer)
        return self._state.pauses.get(self._pipeline)

    def _begin_again(self, lost: Consumer) -> None:
        """Read the topic with another client; what held goes on to hold until its end is reached."""
        self._reading = ControlState()
        self._consumer = self._made()
        self._consumer.assign([TopicPartition(CONTROL_TOPIC, 0, OFFSET_BEGINNING)])
        drop(lost)

    def _made(self) -> Consumer:
        self._brokers = Brokers()
        own = {
            "group.id": CONTROL_TOPIC,  # never joined: each worker reads the whole topic
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 5_000,
            "queued.max.messages.kbytes": 1_024,
        }
        return self._cluster.consumer({**own, **self._brokers.options()})

    def heed(self, pause: Pause) -> None:
        """Write it onto the control topic; whoever moves positions waits for it."""
        Publisher(self._cluster).publish([heed_message(self._pipeline, self._worker, pause)])

    def close(self) -> None:
        """Stop reading."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            try:
                consumer.close()
            except (KafkaException, SystemError) as error:  # the second is how the client trips over itself
                log.info("closing: %s", error)

    def _read_all(self, consumer: Consumer) -> None:
        try:
            found = consumer.list_topics(CONTROL_TOPIC, WAIT_SECONDS).topics.get(CONTROL_TOPIC)
        except KafkaException as error:
            raise translated(error) from error
        consumer.assign([TopicPartition(CONTROL_TOPIC, 0, OFFSET_BEGINNING)])
        if found is None or (found.error is not None and found.error.code() in NO_TOPIC):
            return
        try:
            first, end = consumer.get_watermark_offsets(TopicPartition(CONTROL_TOPIC, 0), WAIT_SECONDS)
        except KafkaException as error:
            raise translated(error) from error
        deadline, at = time.monotonic() + WAIT_SECONDS, first
        while at < end and time.monotonic() < deadline:  # to wait for the end's event takes a whole long poll
            for message in consumer.consume(100, 0.2):
                at = end if self._take(message) else max(at, (message.offset() or 0) + 1)
        if at >= end:
            return
        raise UnavailableError("kafka", f"topic {CONTROL_TOPIC!r}: no answer in {WAIT_SECONDS:.0f} s")

    def _take(self, message: Message) -> bool:
        """Take a message or an event; True at the topic's end."""
        error = message.error()
        if error is None:
            self._reading.take(message.key(), message.value())
            return False
        if error.code() == KafkaError._PARTITION_EOF:
            return True
        if error.code() in WRONG and self._consumer is None:
            raise translated(error)
        log.info("%s", error)
        return False
