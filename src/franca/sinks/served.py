"""Has a producer tell what it has to tell, and that it has ended, without tripping over it."""

from collections.abc import Callable

from confluent_kafka import KafkaException


def served(serve: Callable[[], int]) -> int:
    """Return what a producer's poll or flush returns. Raises KafkaException where the producer has ended.

    The client raises that while it tells of messages too, and then says only that its own list has failed.
    """
    try:
        return serve()
    except SystemError as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, KafkaException):
            cause = cause.__cause__
        if cause is None:
            raise
        raise KafkaException(*cause.args) from error
