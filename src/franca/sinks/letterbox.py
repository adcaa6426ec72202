"""Takes the dead letters of sinks that write elsewhere, and cuts each to what its topic takes."""

from collections.abc import Sequence

from franca.errors import DefinitionError, WriteError
from franca.sinks.publisher import BATCH_BYTES, Publisher
from franca.sinks.room import ENVELOPE_BYTES
from franca.topics.admin import message_limits
from franca.topics.cluster import Cluster
from franca.topics.dead_letter import fitted
from franca.types import Message

_REMEDY = "give the topic the configuration that `franca topics` shows"


class Letterbox:
    """Publishes dead letters; the topics' limits are asked with the first letter, and after a refusal."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._limits: dict[str, int] = {}
        self._publisher: Publisher | None = None

    def publish(self, letters: Sequence[Message]) -> None:
        """Return when every letter is durable. Raises UnavailableError, DefinitionError."""
        try:
            self._publish(letters)
        except WriteError:  # a limit may have been lowered meanwhile
            self._publisher = None
            try:
                self._publish(letters)
            except WriteError as error:
                topics = ", ".join(sorted({topic for topic, _, _ in letters}))
                raise DefinitionError.one(
                    topics, f"refuses a dead letter: {error.reason}", _REMEDY
                ) from error

    def _publish(self, letters: Sequence[Message]) -> None:
        topics = {topic for topic, _, _ in letters}
        if self._publisher is None or topics - self._limits.keys():
            self._limits |= message_limits(self._cluster.admin(), topics)
            smallest = min(self._limits.values(), default=BATCH_BYTES)
            batch = min(BATCH_BYTES, max(smallest - ENVELOPE_BYTES, ENVELOPE_BYTES))
            self._publisher = Publisher(self._cluster, batch)
        self._publisher.publish([self._fitted(letter) for letter in letters])

    def _fitted(self, letter: Message) -> Message:
        limit = self._limits.get(letter[0])
        return letter if limit is None else fitted(letter, limit - ENVELOPE_BYTES)
