"""Reads the control topic, outside any group: all that holds, and what is said from then on."""

import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from franca.errors import UnavailableError
from franca.topics.cluster import NO_TOPIC, WAIT_SECONDS, WRONG, log, translated
from franca.topics.control import ControlState
from franca.topics.names import CONTROL_TOPIC

READING = {
    "group.id": CONTROL_TOPIC,  # never joined: each worker reads the whole topic
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "earliest",
    "enable.partition.eof": True,
    "fetch.wait.max.ms": 5_000,
    "queued.max.messages.kbytes": 1_024,
}


def read_control(consumer: Consumer, state: ControlState) -> None:
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
            at = end if is_end(message, state) else max(at, (message.offset() or 0) + 1)


def is_end(message: Message, state: ControlState) -> bool:
    """Take a message or an event of the client; True at the topic's end."""
    error = message.error()
    if error is None:
        state.take(message.key(), message.value())
        return False
    if error.code() == KafkaError._PARTITION_EOF:
        return True
    log.info("%s", error)
    return False
