"""Remembers which incarnation of a source topic a pipeline reads, so that one made anew is not overlooked.

Kafka forgets a group's offsets together with the topic. So the topic's id is kept on the control topic: that
outlives topics, entities and tables of the model, and its messages have no retention. Offsets have one that
runs for groups without members, and are gone with the topic that they are committed on.
"""

from collections.abc import Mapping, Sequence

from confluent_kafka import TopicPartition

from franca.errors import DefinitionError
from franca.sinks.publisher import Publisher
from franca.topics.admin import TopicPlan, control_config, ensure_topics
from franca.topics.cluster import Cluster, drop
from franca.topics.control import ControlState, Incarnation, incarnation_message
from franca.topics.control_reading import READING, read_control
from franca.topics.group_offsets import group_offsets
from franca.topics.names import CONTROL_TOPIC, consumer_group

REPLICATION = -1
"""As the cluster has it by default; `franca run` has made the control topic before, as franca.toml says."""


class Incarnations:
    """The memory of one pipeline. `written` are the topics that it writes, where it remembered before.

    It is asked seldom, by a client of its own each time: one that saw an outage may never recover.
    """

    def __init__(self, cluster: Cluster, group: str, written: Sequence[str], epoch: int) -> None:
        self._cluster = cluster
        self._group = group
        self._pipeline = group.removeprefix(consumer_group(""))
        self._written = written
        self._epoch = epoch
        self._known: dict[str, str] = {}

    def check(self, topics: Mapping[str, str]) -> None:
        """Compare topics, by name their ids, with what was read before, and remember them.

        Raises DefinitionError for a topic made anew while the epoch stayed, and UnavailableError.
        """
        unknown = {name: now for name, now in topics.items() if self._known.get(name) != now}
        if not unknown:
            return
        held = self._held()
        new = {}
        for topic, topic_id in unknown.items():
            remembered = held.get((self._pipeline, topic))
            before = remembered or self._formerly(topic)
            if before is not None and before.topic_id != topic_id and before.epoch >= self._epoch:
                raise DefinitionError.one(
                    topic,
                    f"the topic was made anew, its offsets start again, and the epoch is still {self._epoch}",
                    f"set `epoch = {before.epoch + 1}` for the application in franca.toml",
                )
            if remembered is None or remembered.epoch < self._epoch:
                new[topic] = Incarnation(topic_id, max(self._epoch, before.epoch if before else 0))
        self._remember(new)
        self._known |= unknown

    def _held(self) -> Mapping[tuple[str, str], Incarnation]:
        """Return what the control topic holds by now."""
        consumer, state = self._cluster.consumer(READING), ControlState()
        try:
            read_control(consumer, state)
        finally:
            drop(consumer)
        return state.incarnations

    def _remember(self, new: Mapping[str, Incarnation]) -> None:
        if new:
            ensure_topics(self._cluster.admin(), [TopicPlan(CONTROL_TOPIC, 1, REPLICATION, control_config())])
            Publisher(self._cluster).publish(
                [incarnation_message(self._pipeline, *entry) for entry in new.items()]
            )

    def _formerly(self, topic: str) -> Incarnation | None:
        """Return what stands where this was remembered before: beside an offset on one of the written topics.

        The offset is the epoch, its group has the topic's name; the topic was the first one of its time.
        """
        group = f"{self._group}.topic.{topic}"
        consumer = self._cluster.consumer({"group.id": group, "enable.auto.commit": False})
        try:
            found = group_offsets(consumer, group, [TopicPartition(name, 0) for name in self._written])
        finally:
            drop(consumer)
        kept = [Incarnation(place.metadata or "", place.offset) for place in found if place.offset >= 0]
        return max(kept, key=lambda each: each.epoch, default=None)
