"""Decides from stored positions whether a batch is the next one, is stored already, or is another's."""

from collections.abc import Iterable, Mapping
from enum import Enum

from franca.types import Batch, Partition


class Progress(Enum):
    """Where a store stands in regard to a batch."""

    NEXT = "next"
    STORED = "stored"
    ELSEWHERE = "elsewhere"


def progress(batch: Batch, partitions: Iterable[Partition], stored: Mapping[Partition, int]) -> Progress:  # type: ignore[type-arg]  # of whatever
    """Compare the stored positions of some of a batch's partitions with where the batch begins and ends.

    STORED means that an earlier attempt, whose answer was lost, has stored it. A partition that was
    never stored fits any beginning: its first records may be gone by retention.
    """
    moving = [p for p in partitions if batch.starts.get(p) != batch.positions[p]]
    if moving and all(stored.get(p) == batch.positions[p] for p in moving):
        return Progress.STORED
    if all(p not in stored or stored[p] == batch.starts.get(p, stored[p]) for p in moving):
        return Progress.NEXT
    return Progress.ELSEWHERE
