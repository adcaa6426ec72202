"""Where each pipeline stands: what it read, wrote and parked in all, and how far it is behind."""

import fcntl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from franca.config.endpoints import Endpoints
from franca.config.names import ON_RAMP, STORE
from franca.config.pipelines import build, pipeline_names, source_topics
from franca.config.project import Project
from franca.errors import FrancaError, UnavailableError
from franca.operations.control import Controls
from franca.pipeline.drift import Drift
from franca.pipeline.pictures import pictures
from franca.sinks.ledger import committed
from franca.topics.admin import ends, matching
from franca.topics.cluster import Cluster
from franca.topics.control import Pause
from franca.topics.names import consumer_group
from franca.types import Partition, Positions, Tally


class PipelineStatus(msgspec.Struct, frozen=True):
    """One pipeline: its counts since its first record, `lag` in messages, None where a service is away.

    `restarts` is how often its workers were killed and put back in their last run on this machine. `state` is
    "paused", "running" where a worker runs on this machine, else empty; `drift` is where they found messages
    that their tables' classes do not describe.
    """

    pipeline: str
    workers: int
    read: int | None
    written: int | None
    dead: int | None
    lag: int | None
    last_error: str = ""
    restarts: int = 0
    state: str = ""
    paused: Pause | None = None
    drift: list[Drift] = []


def statuses(project: Project, places: Endpoints) -> Iterator[PipelineStatus]:
    """Yield the status of every pipeline, upstream first; a service that is away leaves gaps.

    Kafka is not asked again once it did not answer: each time takes as long as a user's patience.
    """
    cluster = places.cluster
    pauses, unseen = _pauses(project, cluster)
    away = unseen if isinstance(unseen, UnavailableError) else None
    for name in pipeline_names(project):
        workers, restarts, last_error, drift = _last(project, name)
        pause = pauses.get(name)
        state = "paused" if pause else "running" if workers else ""
        try:
            if away:
                raise away
            admin = cluster.admin()
            there = ends(admin, matching(admin, source_topics(project, name)))
            positions, tally = _stored(project, places, name, there)
        except FrancaError as error:
            away = error if isinstance(error, UnavailableError) and error.service == "kafka" else away
            trouble = last_error or str(error)
            yield PipelineStatus(
                name, workers, None, None, None, None, trouble, restarts, state, pause, drift
            )
            continue
        lag = sum(max(0, end - positions.get(p, 0)) for p, end in there.items())
        trouble = last_error or str(unseen or "")
        yield PipelineStatus(name, workers, *tally, lag, trouble, restarts, state, pause, drift)


def _pauses(project: Project, cluster: Cluster) -> tuple[Mapping[str, Pause], FrancaError | None]:
    """Return the pauses that hold, and why they can't be seen where they can't."""
    try:
        return Controls(project, cluster).state().pauses, None
    except FrancaError as error:
        return {}, error


def _stored(
    project: Project, places: Endpoints, name: str, there: Positions
) -> tuple[Mapping[Partition, int], Tally]:
    """Ask a pipeline's sink what it has stored; nothing is made for that.

    Nothing is stored where there is no store, or where what the sink needs is not installed: nobody may want
    this pipeline at all.
    """
    if name.endswith(f".{ON_RAMP}"):
        entries = committed(places.cluster, consumer_group(name), list(there))
        counts = [entry.tally for entry in entries.values()]
        total = Tally(*map(sum, zip(*counts, strict=True))) if counts else Tally()
        return {p: entry.next for p, entry in entries.items()}, total
    if name == STORE and not places.dsn:
        return {}, Tally()
    try:
        sink: Any = build(project, places, name, "status").sink
    except ModuleNotFoundError:
        return {}, Tally()
    positions, tally = sink.glance(list(there))
    return positions, tally


def _last(project: Project, name: str) -> tuple[int, int, str, list[Drift]]:
    """Return how many workers run on this machine, and what they told last: kills, trouble, drift."""
    error, restarts = "", 0
    drift: dict[tuple[str, str, str], Drift] = {}
    for picture in pictures(project.state, name):
        error, restarts = picture.last_error or error, restarts + picture.restarts
        for each in picture.drift:
            drift.setdefault((each.table, each.column, each.kind), each)
    slots = (project.state / "slots").glob(f"{name}.*.lock")
    return sum(_is_held(path) for path in slots), restarts, error, [drift[key] for key in sorted(drift)]


def _is_held(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
