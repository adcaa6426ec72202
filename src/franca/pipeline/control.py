"""How a running pipeline is told to pause and to go on, on whatever machine: by the control topic."""

import time
from typing import Protocol

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from franca.errors import UnavailableError
from franca.sinks.publisher import Publisher
from franca.topics.cluster import NO_TOPIC, WAIT_SECONDS, WRONG, Cluster, drop, log, shut, translated
from franca.topics.control import ControlState, Pause, heed_message
from franca.topics.names import CONTROL_TOPIC

SETTLE_SECONDS = 300.0
"""How often a worker makes sure that it has heard all: its client may be deaf since an outage."""

LOOK_SECONDS = 0.05
"""Asked more often, the last answer is given: a busy pipeline asks thousands of times a second."""


class Control(Protocol):
    """Tells one worker of a pipeline whether it is paused. All from one thread."""

    def open(self) -> None:
        """Learn what holds now. Raises UnavailableError, DefinitionError."""

    def settle(self, seconds: float = 0.0) -> None:
        """Learn what was said up to now; not again within so many seconds of the last time.

        Raises UnavailableError, DefinitionError.
        """

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

    def settle(self, seconds: float = 0.0) -> None:
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
        self._consumer: Consumer | None = None
        self._looked_at = self._settled_at = 0.0

    def open(self) -> None:
        """Read the topic to its end, and on from there in the background; raises as `Control.open`."""
        consumer, state = self._cluster.consumer(_READING), ControlState()
        try:
            _read(consumer, state)
        except BaseException:
            consumer.close()
            raise
        if self._consumer is not None:
            drop(self._consumer)
        self._consumer, self._state = consumer, state
        self._settled_at = time.monotonic()

    def settle(self, seconds: float = 0.0) -> None:
        """Read the topic anew with another client.

        This one may be deaf since an outage, and what it asks now waits behind its long poll.
        """
        now = time.monotonic()
        if now - self._settled_at >= seconds:
            self._settled_at = now
            self.open()

    def pause(self) -> Pause | None:
        """Take what has come, and return the pause that holds."""
        now = time.monotonic()
        if self._consumer is not None and now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            for message in self._consumer.consume(100, 0):
                _is_end(message, self._state)
        return self._state.pauses.get(self._pipeline)

    def heed(self, pause: Pause) -> None:
        """Write it onto the control topic; whoever moves positions waits for it."""
        Publisher(self._cluster).publish([heed_message(self._pipeline, self._worker, pause)])

    def close(self) -> None:
        """Stop reading."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            shut(consumer)


_READING = {
    "group.id": CONTROL_TOPIC,  # never joined: each worker reads the whole topic
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "earliest",
    "enable.partition.eof": True,
    "fetch.wait.max.ms": 5_000,
    "queued.max.messages.kbytes": 1_024,
}


def _read(consumer: Consumer, state: ControlState) -> None:
    """Read the topic to its end as of now. Raises UnavailableError, DefinitionError."""
    place = TopicPartition(CONTROL_TOPIC, 0, OFFSET_BEGINNING)
    try:
        found = consumer.list_topics(CONTROL_TOPIC, WAIT_SECONDS).topics.get(CONTROL_TOPIC)
        is_there = found is not None and (found.error is None or found.error.code() not in NO_TOPIC)
        at, end = consumer.get_watermark_offsets(place, WAIT_SECONDS) if is_there else (0, 0)
        consumer.assign([place])
    except KafkaException as error:
        raise translated(error) from error
    deadline = time.monotonic() + WAIT_SECONDS
    while at < end:  # to wait for the end's event takes a whole long poll
        if time.monotonic() > deadline:
            raise UnavailableError("kafka", f"topic {CONTROL_TOPIC!r}: no answer in {WAIT_SECONDS:.0f} s")
        for message in consumer.consume(100, 0.2):
            wrong = message.error()
            if wrong is not None and wrong.code() in WRONG:
                raise translated(wrong)
            at = end if _is_end(message, state) else max(at, (message.offset() or 0) + 1)


def _is_end(message: Message, state: ControlState) -> bool:
    """Take a message or an event of the client; True at the topic's end."""
    error = message.error()
    if error is None:
        state.take(message.key(), message.value())
        return False
    if error.code() == KafkaError._PARTITION_EOF:
        return True
    log.info("%s", error)
    return False
