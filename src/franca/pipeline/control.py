"""How a running pipeline is told to pause and to go on, on whatever machine: by the control topic."""

import time
from typing import Protocol

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from franca.errors import UnavailableError
from franca.sinks.publisher import Publisher
from franca.topics.cluster import NO_TOPIC, WAIT_SECONDS, WRONG, Cluster, log, translated
from franca.topics.control import ControlState, Pause, heed_message
from franca.topics.names import CONTROL_TOPIC

LOOK_SECONDS = 0.05
"""Asked more often, the last answer is given: a busy pipeline asks thousands of times a second."""


class Control(Protocol):
    """Tells one worker of a pipeline whether it is paused. All from one thread."""

    def open(self) -> None:
        """Learn what holds now. Raises UnavailableError, DefinitionError."""

    def settle(self) -> None:
        """Learn what was said up to now, by whomever. Raises UnavailableError, DefinitionError."""

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

    def settle(self) -> None:
        """Nothing was said."""

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
        self._state = ControlState()
        self._next = 0
        self._consumer: Consumer | None = None
        self._looked_at = 0.0

    def open(self) -> None:
        """Read the topic to its end, and on from there in the background; raises as `Control.open`."""
        consumer, state = self._cluster.consumer(_READING), ControlState()
        try:
            consumer.assign([TopicPartition(CONTROL_TOPIC, 0, OFFSET_BEGINNING)])
            reached = _read(consumer, state, 0)
        except BaseException:
            consumer.close()
            raise
        self.close()
        self._consumer, self._state, self._next = consumer, state, reached

    def settle(self) -> None:
        """Read on to where the topic ends now, with another client where this one gives no answer."""
        if self._consumer is None:
            self.open()
            return
        try:
            self._next = _read(self._consumer, self._state, self._next)
        except UnavailableError as error:
            log.info("%s; asking with another client", error)
            self.open()

    def pause(self) -> Pause | None:
        """Take what has come, and return the pause that holds."""
        now = time.monotonic()
        if self._consumer is not None and now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            for message in self._consumer.consume(100, 0):
                self._next = _taken(message, self._state, self._next)
        return self._state.pauses.get(self._pipeline)

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


_READING = {
    "group.id": CONTROL_TOPIC,  # never joined: each worker reads the whole topic
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "earliest",
    "enable.partition.eof": True,
    "fetch.wait.max.ms": 5_000,
    "queued.max.messages.kbytes": 1_024,
}


def _read(consumer: Consumer, state: ControlState, place: int) -> int:
    """Read from a place to the end of the topic as of now; return the next offset.

    Raises UnavailableError, DefinitionError.
    """
    try:
        found = consumer.list_topics(CONTROL_TOPIC, WAIT_SECONDS).topics.get(CONTROL_TOPIC)
        if found is None or (found.error is not None and found.error.code() in NO_TOPIC):
            return 0
        first, end = consumer.get_watermark_offsets(TopicPartition(CONTROL_TOPIC, 0), WAIT_SECONDS)
    except KafkaException as error:
        raise translated(error) from error
    place, deadline = max(first, place), time.monotonic() + WAIT_SECONDS
    while place < end:
        if time.monotonic() > deadline:
            raise UnavailableError("kafka", f"topic {CONTROL_TOPIC!r}: no answer in {WAIT_SECONDS:.0f} s")
        for message in consumer.consume(100, 0.2):
            wrong = message.error()
            if wrong is not None and wrong.code() in WRONG:
                raise translated(wrong)
            place = _taken(message, state, place)
    return place


def _taken(message: Message, state: ControlState, place: int) -> int:
    """Take a message or an event of the client; return the next offset."""
    error = message.error()
    if error is None:
        state.take(message.key(), message.value())
        return (message.offset() or 0) + 1
    if error.code() == KafkaError._PARTITION_EOF:
        return message.offset() or 0
    log.info("%s", error)
    return place
