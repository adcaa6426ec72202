"""What to do where a topic no longer holds the position that a store goes on at."""

import logging

from franca.errors import DefinitionError
from franca.types import Partition

log = logging.getLogger("franca.source")
"""Not the clients' own, which says nothing twice that differs by numbers alone: here they are what counts."""


def require_kept(
    partition: Partition, position: int, held: tuple[int, int], pipeline: str, *, skip_lost: bool
) -> None:
    """Log what is lost, where anything is; `held` is the partition's first offset and end.

    Raises DefinitionError where the loss is not accepted, and for a partition that was cut.
    """
    low, high = held
    if low <= position <= high:
        return
    place = f"{partition.topic}/{partition.partition}"
    reason = f"position {position} is gone, the partition holds {low} to {high}"
    if position > high:
        remedy = "make the topic anew, raise the application's epoch, load the table again"
        raise DefinitionError.one(place, f"{reason}: the partition was cut", remedy)
    if not skip_lost:
        raise DefinitionError.one(
            place,
            f"{reason}: records were deleted before they were read",
            "lengthen the retention and load the table again, or accept the loss: "
            f'`skip_lost = true` under [pipelines."{pipeline}"] in franca.toml',
        )
    log.warning("%s: %s; going on at %d", place, reason, low)
