"""Finds the messages that a cluster refuses among those that it takes, in transactions that are aborted."""

from collections.abc import Sequence

from confluent_kafka import KafkaError, KafkaException, Producer

from franca.sinks.flushing import flushed
from franca.topics.cluster import REFUSED, WAIT_SECONDS
from franca.types import Message


def refused(producer: Producer, messages: Sequence[Message]) -> list[int]:
    """Return the places of the refused messages, by halving: the few bad ones cost a few attempts each.

    The producer has no open transaction, before and after. Raises KafkaException.
    """
    if not messages or _is_taken(producer, messages):
        return []
    if len(messages) == 1:
        return [0]
    middle = len(messages) // 2
    first, second = refused(producer, messages[:middle]), refused(producer, messages[middle:])
    return first + [middle + place for place in second]


def _is_taken(producer: Producer, messages: Sequence[Message]) -> bool:
    codes: set[int] = set()

    def told(error: KafkaError | None, _message: object) -> None:
        if error is not None:
            codes.add(error.code())

    producer.begin_transaction()
    try:
        for topic, key, value in messages:
            producer.produce(topic, value, key, on_delivery=told)
        flushed(producer, WAIT_SECONDS)
    except KafkaException as error:
        if error.args[0].code() not in REFUSED:
            raise
        codes.add(error.args[0].code())
    producer.abort_transaction(WAIT_SECONDS)
    return not codes & REFUSED
