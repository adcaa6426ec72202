"""Whoever replays is alone: on this machine by a lock, elsewhere by the transactional id that all share."""

from collections.abc import Callable
from typing import TypeVar

from franca.config.project import Project
from franca.errors import UnavailableError
from franca.pipeline.slot import Slot
from franca.sinks.kafka import KafkaSinkSettings
from franca.topics.cluster import Cluster

REPLAY = "franca.replay"
"""The transactional id of all replays: whoever opens it ends the transaction of the one before."""

R = TypeVar("R")


def replaying(cluster: Cluster, topics: tuple[str, ...]) -> KafkaSinkSettings:
    """Return the settings of a sink that writes to topics in the name of all replays."""
    return KafkaSinkSettings(cluster, REPLAY, REPLAY, topics, is_shared=True)


def alone(project: Project, work: Callable[[], R]) -> R:
    """Do the work. Raises UnavailableError where another replay of the project runs on this machine."""
    slot = Slot(project.state / "slots", "replay")
    try:
        if slot.number:
            raise UnavailableError("kafka", "another replay of this project is running", "wait for its end")
        return work()
    finally:
        slot.close()
