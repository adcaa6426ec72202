"""How a running pipeline is told to pause and to go on, on whatever machine: by the control topic."""

import time
from typing import Protocol

from confluent_kafka import Consumer

from franca.errors import DefinitionError
from franca.sinks.publisher import Publisher
from franca.topics.cluster import Cluster, drop, shut
from franca.topics.control import ControlState, Pause, heed_message
from franca.topics.control_reading import READING, is_end, read_control
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

    def heed(self, pause: Pause) -> str:
        """Say that the worker has nothing in hand and writes nothing.

        Returns why that may not be said, empty where it was: the pause holds all the same. Raises
        UnavailableError.
        """

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

    def heed(self, pause: Pause) -> str:  # noqa: ARG002 - there is nobody to tell
        """Nobody listens."""
        return ""

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
        consumer, state = self._cluster.consumer(READING), ControlState()
        try:
            read_control(consumer, state)
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
                is_end(message, self._state)
        return self._state.pauses.get(self._pipeline)

    def heed(self, pause: Pause) -> str:
        """Write it onto the control topic; whoever moves positions waits for it."""
        try:
            Publisher(self._cluster).publish([heed_message(self._pipeline, self._worker, pause)])
        except DefinitionError as error:
            return f"the pause holds, but telling so takes the right to WRITE to {CONTROL_TOPIC!r}: {error}"
        return ""

    def close(self) -> None:
        """Stop reading."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            shut(consumer)
