"""What a topic takes: whether a message has room in it."""

from collections.abc import Mapping

from franca.errors import WriteError
from franca.types import Message

ENVELOPE_BYTES = 512
"""What a record batch adds to a message, generously."""


def refused_for_size(message: Message, limits: Mapping[str, int]) -> WriteError | None:
    """Return why a message does not fit in its topic, None where it does or the topic's limit is not known.

    `limits` are the largest record batches that topics take, in bytes.

    >>> refused_for_size(("t", b"key", b"value"), {"t": 516}).reason
    "the message has 520 bytes, topic 't' takes 516"
    """
    topic, key, value = message
    size = len(key or b"") + len(value or b"") + ENVELOPE_BYTES
    limit = limits.get(topic, size)
    if size <= limit:
        return None
    return WriteError("", f"the message has {size} bytes, topic {topic!r} takes {limit}", "too-large")
