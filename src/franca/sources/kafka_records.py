"""Turns a client's messages into records."""

from collections.abc import Iterable
from itertools import repeat
from typing import Any

from confluent_kafka import Message

from franca.types import Record


class Gathered:
    """What a client gave for one batch: `records`, the `events` it told between them, their `size` in bytes.

    Messages become records as they come, a thousand at a time, while they are in the processor's cache.
    """

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.events: list[Message] = []
        self.size = 0

    def add(self, messages: list[Any]) -> None:
        """Add what came next."""
        self.size += sum(map(len, messages))
        events = [message for message in messages if message.error() is not None]
        if events:
            messages = [message for message in messages if message.error() is None]
        self.events += events
        self.records += records_of(messages)

    def __len__(self) -> int:
        """Return how many messages there were."""
        return len(self.records) + len(self.events)


def records_of(messages: list[Any]) -> list[Record]:
    """Convert column by column: three times as fast as message by message."""
    headers = list(map(Message.headers, messages))
    return list(
        map(
            Record,
            map(Message.topic, messages),
            map(Message.partition, messages),
            map(Message.offset, messages),
            [milliseconds for _, milliseconds in map(Message.timestamp, messages)],
            map(Message.key, messages),
            map(Message.value, messages),
            [tuple(each) if each else () for each in headers] if any(headers) else repeat(()),
        )
    )


def last_offsets(records: Iterable[Record]) -> dict[tuple[str, int], int]:
    """Return the offset of each partition's last record; those of a partition come in long runs."""
    ends: dict[tuple[str, int], int] = {}
    last = None
    for record in records:
        if last is not None and (record.partition != last.partition or record.topic != last.topic):
            ends[last.topic, last.partition] = last.offset
        last = record
    if last is not None:
        ends[last.topic, last.partition] = last.offset
    return ends
