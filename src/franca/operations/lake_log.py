"""What the cluster tells of the topics that the lake is written from: for proving its tables."""

from collections.abc import Iterator, Mapping

import pyarrow as pa

from franca.config.endpoints import Endpoints
from franca.config.names import LAKE
from franca.config.project import Project
from franca.lake.offsets import READ, TopicLog
from franca.model.shape import Shape
from franca.operations.control import Controls
from franca.sources.extract import extract
from franca.sources.offsets import offsets
from franca.topics.admin import beginnings, matching
from franca.topics.names import dead_letter_topic, entity_topic
from franca.types import Positions


class LakeLogs:
    """The logs of the entities' topics; letters and moves are read once. Raises UnavailableError."""

    def __init__(self, project: Project, places: Endpoints) -> None:
        self._cluster = places.cluster
        self._admin = self._cluster.admin()
        wanted = [dead_letter_topic(application.name) for application in project.applications]
        letters = matching(self._admin, wanted)
        self._parked: dict[str, set[tuple[int, int]]] = {}
        for record in extract(self._cluster, letters):
            self._park((record.key or b"").decode(errors="replace"))
        self._has_all = not any(beginnings(self._admin, letters).values())
        seeks = Controls(project, self._cluster).state().seeks.get(LAKE, {})
        self._moves = [move for seek in seeks.values() for move in seek.moves]

    def log(self, shape: Shape) -> TopicLog | None:
        """Return the log of an entity's topic, None where there is no such topic. Raises UnavailableError."""
        topic = entity_topic(shape)
        first: Positions = beginnings(self._admin, [topic])
        if not first:
            return None
        topic_id = next(iter(first)).topic_id
        begins = {place.partition: offset for place, offset in first.items()}
        moves = [(m.partition, m.before or 0, m.after) for m in self._moves if m.topic_id == topic_id]

        def read(until: Mapping[int, int]) -> Iterator[pa.Table]:
            for columns in offsets(self._cluster, topic, begins, until):
                yield pa.table([pa.array(c, f.type) for c, f in zip(columns, READ, strict=True)], schema=READ)

        parked = sorted(self._parked.get(topic, ()))
        return TopicLog(topic, topic_id, begins, read, parked, self._has_all, moves)

    def _park(self, letter_id: str) -> None:
        """Note a letter of this pipeline by its id, `<topic>/<partition>/<offset>/write/lake`."""
        topic, partition, offset, *how = [*letter_id.split("/"), "", "", ""][:5]
        if how == ["write", LAKE] and partition.isdecimal() and offset.isdecimal():
            self._parked.setdefault(topic, set()).add((int(partition), int(offset)))
