"""How a bare program reads a topic: batches of messages, straight from librdkafka."""

import gc
import uuid
from collections.abc import Iterator
from typing import Any

from confluent_kafka import Consumer


def rest_collector() -> None:
    """Let the garbage collector look as seldom as in franca's workers: batches hold no cycles."""
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)


def consumer_of(bootstrap: str, topic: str) -> Consumer:
    """Return a consumer of a new group, at the topic's beginning."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"floor-{uuid.uuid4().hex}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "fetch.queue.backoff.ms": 10,
        }
    )
    consumer.subscribe([topic])
    return consumer


def batches(bootstrap: str, topic: str, records: int, size: int) -> Iterator[list[Any]]:
    """Yield lists of messages of `size` each, until so many records are read."""
    consumer = consumer_of(bootstrap, topic)
    done = 0
    while done < records:
        wanted = min(size, records - done)
        messages: list[Any] = []
        while len(messages) < wanted:
            messages += consumer.consume(wanted - len(messages), 0.5)
        yield messages
        done += len(messages)
    consumer.close()
