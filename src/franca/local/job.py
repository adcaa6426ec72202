"""What passes between the process that runs a project and its workers: a job in, targets in, progress out.

Lines of JSON: the job, then targets and commands on a worker's standard input, `Progress` on its standard
output.
"""

from typing import Literal, TypeAlias

import msgspec

from franca.config.endpoints import Endpoints
from franca.types import Partition, Positions

STOP_SECONDS = 60.0
"""How long a worker that is to end may take for what it has in hand; after that it is killed."""


class Job(msgspec.Struct, frozen=True):
    """One worker's work: a pipeline of a project, and where the services are. Addresses may hold secrets.

    `restarts` is how often the worker was killed in this run and put back; `mappings` are the hashes of the
    applications' mappings as of the run's start. A worker on `standby` gets ready, says so, and waits to be
    told to go. `topics` are those that it reads.
    """

    folder: str
    profile: str
    pipeline: str
    endpoints: Endpoints
    drain: bool = False
    restarts: int = 0
    mappings: dict[str, str] = {}
    standby: bool = False
    topics: list[str] = []


class Target(msgspec.Struct, frozen=True, tag=True):
    """Up to where a draining worker goes: topic, partition, topic id, offset."""

    ends: list[tuple[str, int, str, int]]

    @classmethod
    def of(cls, positions: Positions) -> "Target":
        """Return the target for some positions."""
        return cls([(p.topic, p.partition, p.topic_id, offset) for p, offset in positions.items()])

    def positions(self) -> dict[Partition, int]:
        """Return the positions of the target."""
        return {Partition(topic, number, topic_id): end for topic, number, topic_id, end in self.ends}


class Command(msgspec.Struct, frozen=True, tag=True):
    """`go` ends a standby; `hand_over` ends a worker whose place another takes at once."""

    do: Literal["go", "hand_over"]


Told: TypeAlias = "Target | Command"


def line(message: msgspec.Struct) -> bytes:
    """Return one message as a line."""
    return msgspec.json.encode(message) + b"\n"
