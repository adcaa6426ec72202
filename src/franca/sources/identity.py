"""Watches which topics exist and whether one was made anew, without ever blocking a read."""

import time
from collections.abc import Iterable
from concurrent.futures import Future

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, TopicDescription

from franca.errors import UnavailableError
from franca.topics.cluster import WAIT_SECONDS, Cluster, topic_ids

CALM_SECONDS = 1.0
URGENT_SECONDS = 0.5
RECENT_SECONDS = 2.0
FEW = 10
"""So many topics are asked for at once at little more than the cost of one."""


class Identity:
    """The ids of some topics as last learned; `away` says why the cluster gave no answer last time."""

    def __init__(self, cluster: Cluster, expected: Iterable[str]) -> None:
        self._cluster = cluster
        self._expected = frozenset(expected)
        self._watched: frozenset[str] = frozenset()
        self._known: dict[str, str] = {}
        self._admin: AdminClient | None = None
        self._asked: dict[str, Future[TopicDescription]] = {}
        self._ask_at = self._answered_at = 0.0
        self.away = ""
        self.missing: frozenset[str] = frozenset()

    def learn(self, topics: Iterable[str]) -> dict[str, str]:
        """Ask for the ids of these topics, and watch them. Raises UnavailableError, DefinitionError."""
        self._watched = frozenset(topics)
        self._known = self._ids(self._watched)
        self._asked = {}
        return self._known

    def confirm(self, topics: Iterable[str]) -> bool:
        """Ask whether watched topics still have the ids learned. Raises UnavailableError, DefinitionError.

        Few are all asked for, so that nothing need be asked in the background for a while.
        """
        every = self._expected | self._watched
        names = every if len(every) <= FEW else frozenset(topics)
        found = self._ids(names)
        if names == every:
            self._note(frozenset(names - found.keys()))
        return all(found.get(name) == self._known.get(name) for name in names & self._watched)

    def changed(self) -> bool:
        """Tell whether a watched topic came, went or was made anew. Asks in the background, now and then."""
        if self._asked:
            return all(future.done() for future in self._asked.values()) and self._compare()
        names = self._expected | self._watched
        if names and time.monotonic() >= self._ask_at:
            self._asked = self._client().describe_topics(
                TopicCollection(sorted(names)), request_timeout=WAIT_SECONDS
            )
        return False

    def is_answered(self) -> bool:
        """Tell whether the cluster has answered a moment ago."""
        return time.monotonic() - self._answered_at < RECENT_SECONDS

    def hurry(self, reason: str) -> None:
        """Note that the cluster seems to be away, and ask again soon."""
        self.away = reason
        self._ask_at = min(self._ask_at, time.monotonic() + URGENT_SECONDS)

    def close(self) -> None:
        """Forget what was asked."""
        self._asked = {}
        self._admin = None

    def _ids(self, topics: Iterable[str]) -> dict[str, str]:
        try:
            return topic_ids(self._client(), topics)
        except UnavailableError:
            self.close()
            raise

    def _client(self) -> AdminClient:
        """Return the client: a new one after a question without an answer, for some never recover."""
        if self._admin is None:
            self._admin = self._cluster.admin()
        return self._admin

    def _compare(self) -> bool:
        found: dict[str, str] = {}
        missing = set()
        asked, self._asked, away = self._asked, {}, ""
        for name, future in asked.items():
            try:
                found[name] = str(future.result(0).topic_id)
            except KafkaException as error:
                if error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                    missing.add(name)
                else:
                    away = f"kafka is unavailable: {error.args[0].str()}"
        self._note(frozenset(missing), away)
        if away:
            self._admin = None
        return not away and any(found.get(name) != self._known.get(name) for name in self._watched)

    def _note(self, missing: frozenset[str], away: str = "") -> None:
        now = time.monotonic()
        self.away, self.missing = away, missing
        self._ask_at = now + (URGENT_SECONDS if away or missing else CALM_SECONDS)
        if not away:
            self._answered_at = now
