"""Takes one table again while all goes on: by a signal to Debezium, or from the table's raw topics."""

import uuid
from collections.abc import Sequence

import msgspec

from franca.config.names import ON_RAMP
from franca.config.project import Project
from franca.config.settings import ApplicationSettings, TableSettings
from franca.config.topics import table_topic
from franca.errors import DefinitionError, UsageError
from franca.model.shape import shape_of
from franca.sinks.publisher import Publisher
from franca.topics.admin import matching
from franca.topics.cluster import Cluster
from franca.types import Message


class _Data(msgspec.Struct, rename="kebab", omit_defaults=True):
    data_collections: list[str]
    type: str
    additional_conditions: list[dict[str, str]] = []


class _Signal(msgspec.Struct):
    id: str
    type: str
    data: _Data


class Resnapshot:
    """One table of a project, to be taken again. `table` is its name as `application.table`."""

    def __init__(self, project: Project, table: str) -> None:
        self._project = project
        self._application, self._table = project.table(table)
        self._path = f"applications.{self._application.name}"
        self._place = project.settings.applications.get(self._application.name, ApplicationSettings())

    @property
    def pipeline(self) -> str:
        """The pipeline that reads the table's topics."""
        return f"{self._application.name}.{ON_RAMP}"

    @property
    def can_signal(self) -> bool:
        """Whether franca.toml says where Debezium takes its signals."""
        return bool(self._place.signal_topic)

    def signal(self, condition: str = "") -> Message:
        """Return the signal for an incremental snapshot of the table, of the rows of an SQL condition.

        Raises DefinitionError where franca.toml does not say enough.
        """
        if not self._place.signal_topic or not self._place.topic_prefix:
            missing = "topic_prefix" if self._place.signal_topic else "signal_topic"
            reason = f"franca does not know Debezium's {missing}"
            raise DefinitionError.one(f"{self._path}.{missing}", reason, "say it in franca.toml")
        collection = self._collection()
        conditions = [{"data-collection": collection, "filter": condition}] if condition else []
        data = _Data([collection], "INCREMENTAL", conditions)
        value = msgspec.json.encode(_Signal(str(uuid.uuid4()), "execute-snapshot", data))
        return self._place.signal_topic, self._place.topic_prefix.encode(), value

    def send(self, cluster: Cluster, message: Message) -> None:
        """Send a signal. Raises DefinitionError where its topic is missing, UnavailableError."""
        if not matching(cluster.admin(), [message[0]]):
            remedy = "create it with one partition, and name it in Debezium's signal.kafka.topic"
            raise DefinitionError.one(f"{self._path}.signal_topic", f"no such topic: {message[0]!r}", remedy)
        Publisher(cluster).publish([message])

    def topics(self, cluster: Cluster) -> tuple[str, ...]:
        """Return the topics that feed the table. Raises UsageError where there are none yet."""
        pattern = table_topic(self._project, self._application, self._table)
        found = tuple(matching(cluster.admin(), [pattern]))
        if not found:
            raise UsageError.one(
                shape_of(self._table).name, f"no topic {pattern!r} is there", "send it some rows"
            )
        return found

    def companions(self, cluster: Cluster, topics: Sequence[str]) -> list[str]:
        """Return the other tables that the same topics feed: they are taken again as well."""
        others = [table for table in self._application.tables if table is not self._table]
        return [
            shape_of(table).name
            for table in others
            if set(matching(cluster.admin(), [table_topic(self._project, self._application, table)]))
            & set(topics)
        ]

    def _collection(self) -> str:
        shape, prefix = shape_of(self._table), f"{self._place.topic_prefix}."
        told = self._place.tables.get(shape.name, TableSettings()).collection
        topic = table_topic(self._project, self._application, self._table)
        if told:
            return told
        if topic.startswith(prefix) and "*" not in topic:
            return topic.removeprefix(prefix)
        path = f"{self._path}.tables.{shape.name}.collection"
        raise DefinitionError.one(
            path,
            f"franca does not know what Debezium calls the table of topic {topic!r}",
            "say it in franca.toml",
        )
