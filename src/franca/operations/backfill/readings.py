"""How snapshots are read, agreed on wherever their rows go: it stands on the control topic.

Keys are `reading/<marks>`, values what was said of the reading, as JSON.
"""

import msgspec

from franca.config.project import Project
from franca.config.topics import control_plan
from franca.errors import UsageError
from franca.operations.backfill.snapshot import Snapshot
from franca.sinks.publisher import Publisher
from franca.sources.extract import Places, extract
from franca.topics.admin import ensure_topics
from franca.topics.cluster import Cluster
from franca.topics.names import CONTROL_TOPIC

_KIND = b"reading/"


class Readings:
    """The readings of the snapshots that a cluster's projects load."""

    def __init__(self, project: Project, cluster: Cluster) -> None:
        self._project, self._cluster = project, cluster
        self._publisher: Publisher | None = None
        self._known: dict[bytes, bytes] = {}
        self._places: Places = {}

    def claim(self, snapshot: Snapshot, version: str) -> None:
        """Keep how a snapshot is read; the first who says so decides for all, while the mappings stay.

        Raises UsageError where it is read otherwise, UnavailableError.
        """
        key, wanted = _KIND + snapshot.marks(version).encode(), msgspec.json.encode(snapshot.reading)
        if key not in self._known:
            self._look()
        if key not in self._known:
            self._tell(key, wanted)
            self._look()
            if self._known[key] != wanted:  # of a compacted topic the last one stays
                self._tell(key, self._known[key])
        if self._known[key] != wanted:
            raise read_otherwise(snapshot, "lake, store or topics may have")

    def _tell(self, key: bytes, reading: bytes) -> None:
        if self._publisher is None:
            ensure_topics(self._cluster.admin(), [control_plan(self._project)])
            self._publisher = Publisher(self._cluster)
        self._publisher.publish([(CONTROL_TOPIC, key, reading)])

    def _look(self) -> None:
        """Take what was said since the last look."""
        for record in extract(self._cluster, [CONTROL_TOPIC], self._places):
            key = record.key or b""
            if not key.startswith(_KIND):
                continue
            if record.value is None:
                self._known.pop(key, None)
            else:
                self._known.setdefault(key, record.value)


def read_otherwise(snapshot: Snapshot, who: str) -> UsageError:
    """Return the error that somebody has a snapshot's rows, read in another way."""
    reason = f"{who} rows of it that were read otherwise, by --encoding or --delimiter"
    return UsageError.one(snapshot.name, reason, "say a later --time, and these rows win")
