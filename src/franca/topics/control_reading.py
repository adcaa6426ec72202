"""Reads the control topic, outside any group: all that holds, and what is said from then on."""

import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from franca.errors import UnavailableError
from franca.topics.cluster import NO_TOPIC, WAIT_SECONDS, is_wrong, log, translated
from franca.topics.control import ControlState
from franca.topics.names import CONTROL_TOPIC
from franca.topics.rights import Right

READING = {
    "group.id": CONTROL_TOPIC,  # never joined: each worker reads the whole topic
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "earliest",
    "enable.partition.eof": True,
    "fetch.wait.max.ms": 5_000,
    "queued.max.messages.kbytes": 1_024,
}
RIGHTS = (Right("READ", "topic", CONTROL_TOPIC), Right("DESCRIBE", "group", CONTROL_TOPIC))


def read_control(consumer: Consumer, state: ControlState, seconds: float = WAIT_SECONDS) -> None:
    """Read all partitions to their ends as of now. Raises UnavailableError, DefinitionError.

    It takes as long as there is something to read; nothing for so many seconds is no answer.
    Each key is in one partition: in which order they are read makes no difference.
    """
    try:
        ends = _begin(consumer)
    except KafkaException as error:
        raise translated(error, *RIGHTS) from error
    deadline = time.monotonic() + seconds
    while ends:  # to wait for the events of the ends takes a whole long poll
        if time.monotonic() > deadline:
            raise UnavailableError("kafka", f"topic {CONTROL_TOPIC!r}: no answer in {seconds:.0f} s")
        for message in consumer.consume(100, 0.2):
            wrong = message.error()
            if wrong is not None and is_wrong(wrong):
                raise translated(wrong, *RIGHTS)
            deadline = time.monotonic() + seconds if wrong is None else deadline
            partition = message.partition()
            is_last = wrong is None and (message.offset() or 0) + 1 >= ends.get(partition, 0)
            if is_end(message, state) or is_last:
                ends.pop(partition, None)


def _begin(consumer: Consumer) -> dict[int | None, int]:
    """Have all partitions read from their beginnings; return the end of each that holds something.

    Where there is no such topic, its first partition is waited for. Raises KafkaException.
    """
    found = consumer.list_topics(CONTROL_TOPIC, WAIT_SECONDS).topics.get(CONTROL_TOPIC)
    is_there = found is not None and (found.error is None or found.error.code() not in NO_TOPIC)
    numbers = (sorted(found.partitions) if found is not None and is_there else []) or [0]
    places = [TopicPartition(CONTROL_TOPIC, number, OFFSET_BEGINNING) for number in numbers]
    ends: dict[int | None, int] = {}
    for place in places if is_there else ():
        start, end = consumer.get_watermark_offsets(place, WAIT_SECONDS)
        if start < end:
            ends[place.partition] = end
    consumer.assign(places)
    return ends


def is_end(message: Message, state: ControlState) -> bool:
    """Take a message or an event of the client; True at a partition's end."""
    error = message.error()
    if error is None:
        state.take(message.key(), message.value())
        return False
    if error.code() == KafkaError._PARTITION_EOF:
        return True
    log.info("%s", error)
    return False
