"""Has a producer send all that it holds, in turns so short that what ends it is told."""

import time

from confluent_kafka import Producer

TURN_SECONDS = 0.1
"""Less than the fifth of a second from which the client goes on to call others after it has raised an error.

A callback that is called then may lose that error: what is left of it is a SystemError that says nothing.
"""


def flushed(producer: Producer, seconds: float) -> int:
    """Return how many messages nobody has acknowledged after that time.

    Raises KafkaException where the producer has ended.
    """
    deadline = time.monotonic() + seconds
    while (waiting := producer.flush(TURN_SECONDS)) and time.monotonic() < deadline:
        pass
    return waiting
