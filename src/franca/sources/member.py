"""One worker's membership of a consumer group: its client, the partitions it is given, and rebalances."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from franca.errors import UnavailableError
from franca.sources.kafka_settings import KafkaSourceSettings
from franca.sources.presence import Presence
from franca.topics.admin import matching
from franca.topics.cluster import WRONG, drop, log, translated
from franca.topics.names import subscription
from franca.topics.rights import Right

LEAVING_SECONDS = 0.1
SILENT_SESSIONS = 2
"""After how many sessions without partitions the group is asked whether it knows the member."""

FENCED = frozenset({KafkaError._FATAL, KafkaError._FENCED, KafkaError.FENCED_INSTANCE_ID})


class Member:
    """A member of a group. `places` are the partitions it is given, `group` its metadata as of then.

    `misplaced` says that they are to be placed, `unsettled` that it is for the first time since they were
    given, `rebalanced` that what was fetched before is another's by now, or comes again. `forget` is called
    when they are taken away, `away` when the client tells that the cluster does not answer.
    """

    def __init__(
        self, settings: KafkaSourceSettings, forget: Callable[[], None], away: Callable[[str], None]
    ) -> None:
        self._settings, self._forget, self._away = settings, forget, away
        self._wrong: KafkaError | None = None
        pause = SILENT_SESSIONS * settings.session_seconds
        self._presence = Presence(settings.cluster, settings.group, pause)
        self.consumer: Consumer | None = None
        self._last: Consumer | None = None
        self.places: list[TopicPartition] = []
        self.misplaced = self.rebalanced = self.unsettled = False
        self.group: object | None = None

    def joined(self) -> Consumer:
        """Return the group's client; joins where it is not a member."""
        if self.consumer is None:
            self.join()
        assert self.consumer is not None
        return self.consumer

    def join(self) -> None:
        """Join the group; the partitions come while the client is polled. Raises DefinitionError."""
        self._presence.begin()
        self.consumer = self._settings.cluster.consumer(self._settings.options(self._on_error))
        self._last = self.consumer
        self.consumer.subscribe(
            subscription(self._settings.topics),
            on_assign=self._on_assign,
            on_revoke=self._on_revoke,
            on_lost=self._on_revoke,
        )

    def misplace(self) -> None:
        """Have all partitions placed anew."""
        self.misplaced = bool(self.places)

    def check(self) -> None:
        """Raise what the client has told that waiting can't mend."""
        wrong, self._wrong = self._wrong, None
        if wrong is not None:
            raise translated(wrong, Right("READ", "group", self._settings.group))

    def look(self) -> None:
        """Replace a client that has fallen silent. To be called while the cluster answers.

        Raises UnavailableError.
        """
        if self.places or self.consumer is None or not self._presence.is_lost(self.consumer):
            return
        settings = self._settings
        if matching(settings.cluster.admin(), settings.topics):  # where there is none, no client joins
            self._join_anew(self.consumer)

    def _join_anew(self, silent: Consumer) -> None:
        log.warning("%s: the group does not know this silent client: joining anew", self._settings.group)
        self.join()
        drop(silent)

    def leave(self, *, keeps_place: bool, holds_any: Callable[[], bool]) -> None:
        """Leave the group at once, so that others need not wait; not so a place that is kept."""
        consumer, self.consumer = self.consumer, None
        if consumer is None:
            return
        try:
            if not keeps_place:
                consumer.unsubscribe()  # a member with a name does not leave by closing
            _serve(consumer, lambda: not keeps_place and holds_any())
            consumer.close()
        except (KafkaException, SystemError) as error:  # the second is how the client trips over itself
            log.info("leaving %s: %s", self._settings.group, error)

    def heed(self, event: Message | None) -> None:
        """Raise what an event tells that polling on can't mend; the client tells it once.

        Raises DefinitionError, and UnavailableError for a place that another worker has taken.
        """
        error = event.error() if event is not None else None
        if error is not None and error.code() in FENCED:
            self._fenced(error)
        if event is not None and error is not None and error.code() in WRONG:
            topic = event.topic()
            about = [Right("READ", "topic", topic)] if topic else []
            raise translated(error, Right("READ", "group", self._settings.group), *about)

    def _fenced(self, error: KafkaError) -> NoReturn:
        """Give up the place: the client is of no use any more, the next read joins anew."""
        consumer, self.consumer = self.consumer, None
        with suppress(KafkaException, SystemError):  # see `leave`
            if consumer is not None:
                _serve(consumer, lambda: False)
                consumer.close()
        self._lose()
        raise UnavailableError(
            "kafka",
            f"another worker has taken this one's place: {error.str()}",
            "give each machine a host name of its own",
        )

    def _on_assign(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        """Take note only: asking the sink may fail or take long, so the source's `read` does it.

        A callback must not raise: the client loses count of errors that come while it handles another.
        """
        with suppress(KafkaException):  # it has lost its place already
            consumer.assign([])
        if self._is_replaced(consumer):
            return
        self.rebalanced = True
        self.places = places
        self.misplaced = self.unsettled = bool(places)
        if self.consumer is not None:  # asked while the consumer is closed, the client waits for itself
            self.group = consumer.consumer_group_metadata()

    def _on_revoke(self, consumer: Consumer, _places: list[TopicPartition]) -> None:
        with suppress(KafkaException):  # it has lost its place already
            consumer.unassign()
        if not self._is_replaced(consumer):
            self._presence.begin()
            self._lose()

    def _lose(self) -> None:
        self.rebalanced = True
        self.places, self.misplaced = [], False
        self._forget()

    def _is_replaced(self, consumer: Consumer) -> bool:
        return consumer is not self._last

    def _on_error(self, error: KafkaError) -> None:
        if error.code() in WRONG:
            self._wrong = error
        else:
            self._away(f"kafka is unavailable: {error.str()}")


def _serve(consumer: Consumer, waits: Callable[[], bool]) -> None:
    """Serve the rebalances that wait to be told, and go on for a moment while more is waited for.

    None may be left for `close`: to assign, which the client does itself where a callback does not, waits
    without end where the group's side has ended first.
    """
    deadline = time.monotonic() + LEAVING_SECONDS
    while time.monotonic() < deadline:
        seconds = LEAVING_SECONDS / 10 if waits() else 0.0
        if consumer.poll(seconds) is None and not waits():
            return
