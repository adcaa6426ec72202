"""Asks for the offsets that a consumer group has committed, without being a member of it."""

from collections.abc import Sequence

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from franca.topics.cluster import SILENT, WAIT_SECONDS, coordinated, is_wrong, translated
from franca.topics.rights import Right


def group_offsets(
    consumer: Consumer, group: str, places: Sequence[TopicPartition], seconds: float = WAIT_SECONDS
) -> list[TopicPartition]:
    """Return what the group has committed at these places. Raises UnavailableError, DefinitionError.

    The consumer names the group and reads nothing.
    """
    if not places:
        return []
    try:
        found = coordinated(lambda: consumer.committed(list(places), seconds))
    except KafkaException as error:
        reason = _heard(consumer) if error.args[0].code() in SILENT else None
        raise translated(reason or error, Right("DESCRIBE", "group", group)) from error
    for place in found:
        if place.error is not None:
            raise translated(place.error, Right("DESCRIBE", "topic", place.topic))
    return found


def _heard(consumer: Consumer) -> KafkaError | None:
    """Return why the group's coordinator was not found; asked, the client says only that the time is up."""
    while (event := consumer.poll(0)) is not None:
        error = event.error()
        if error is not None and is_wrong(error):
            return error
    return None
