"""Turns a client's messages into records."""

from collections.abc import Iterable
from itertools import repeat
from typing import Any

from confluent_kafka import Message

from franca.types import Record


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
