"""What a replay of the archive changes, in numbers and samples."""

from typing import Any

import msgspec

from franca.sources.archive import Damage
from franca.topics.dead_letter import DeadLetter
from franca.types import Partition

SAMPLES = 5


class Sample(msgspec.Struct):
    """One entity that changes: its key, the event that changes it, its fields before and after."""

    key: str
    event: str
    fields: dict[str, tuple[Any, Any]]


class Changes(msgspec.Struct):
    """What becomes of one entity's instances: how many of each kind, which fields, and samples by kind.

    `orphaned` stand on the topic though the very record that made them makes them no more; they are among
    what is published only where that is asked for. `stale` were made anew, by an older record than the one
    that made what stands.
    """

    created: int = 0
    changed: int = 0
    deleted: int = 0
    same: int = 0
    overtaken: int = 0
    late: int = 0
    stale: int = 0
    orphaned: int = 0
    fields: dict[str, int] = {}
    samples: dict[str, list[Sample]] = {}


class Refusals(msgspec.Struct):
    """What is refused: `now` for the first time, `still`, and `no_longer`; samples are of the first."""

    now: int = 0
    still: int = 0
    no_longer: int = 0
    samples: list[DeadLetter] = []


class Report(msgspec.Struct):
    """What a replay of a past changes. `version` is that of the mappings, `records` how many there are."""

    application: str
    table: str
    version: str
    records: int
    entities: dict[str, Changes]
    refused: Refusals
    damages: list[Damage] = []
    left_out: list[Partition] = []
