"""Values that travel between the stages: records, messages, positions, batches. No behaviour, no I/O."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeAlias, TypeVar

import msgspec

Headers: TypeAlias = tuple[tuple[str, bytes | None], ...]


class Record(msgspec.Struct, frozen=True, gc=False):
    """One message as read from a topic. `timestamp` is in milliseconds since 1970, -1 where unknown."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


Message: TypeAlias = tuple[str, bytes | None, bytes | None]
"""One message to be produced: topic, key, value. A plain tuple, because a stream makes millions."""


Placed: TypeAlias = tuple[str, bytes, int, bytes | None]
"""One message for a partition of its own: topic, key, partition, value."""


class Partition(NamedTuple):
    """One partition of one topic. `topic_id` tells a recreated topic from its predecessor."""

    topic: str
    partition: int
    topic_id: str = ""


Positions: TypeAlias = Mapping[Partition, int]
"""Per partition the next offset to read."""

Stored: TypeAlias = Callable[[Sequence[Partition]], Positions]
"""Asks a sink where each partition goes on; a partition it has never seen is missing from the answer."""


class Tally(NamedTuple):
    """What became of some records: how many were read, how many outputs written, how many parked."""

    read: int = 0
    written: int = 0
    dead: int = 0


NOTHING = Tally()

T = TypeVar("T")


@dataclass(slots=True)
class Batch(Generic[T]):
    """Items and the positions they cover: both are stored together or not at all.

    `starts` holds for each partition the offset at which the batch begins, `positions` the one after its
    last item (or after the control records behind it). `group` is the source's token for committing
    positions on its side (the Kafka consumer group's metadata), None for sources without one. `records` are
    the source's, where the items were made of them: a sink's dead letters hold what came. `placed` are
    messages beside the items, not counted as what was written. `lost` holds, for a partition whose records
    from the batch's start on were deleted before they were read, the first offset that was still there.
    """

    items: list[T]
    positions: dict[Partition, int] = field(default_factory=dict)
    starts: dict[Partition, int] = field(default_factory=dict)
    group: object | None = None
    tally: Tally = NOTHING
    records: Sequence[Record] = ()
    placed: Sequence[Placed] = ()
    lost: Positions = field(default_factory=dict)
