"""How a Kafka cluster is reached, what its errors mean, and which topic is which.

The one border where librdkafka's errors become franca's.
"""

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicCollection
from confluent_kafka.admin import AdminClient, TopicDescription

from franca.errors import DefinitionError, FrancaError, UnavailableError, WriteError
from franca.topics.rights import Right, lacking

C = TypeVar("C")

REPEAT_SECONDS = 60.0
"""How long a line of the client's own is not said again: it tries to connect twenty times a second."""


class Sparing(logging.Filter):
    """Lets a message pass that was not said lately; numbers in it make no difference."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to say it."""
        text, now = _NUMBER.sub("", record.getMessage()), time.monotonic()
        if now - self._said.get(text, -REPEAT_SECONDS) < REPEAT_SECONDS:
            return False
        self._said = {old: at for old, at in self._said.items() if now - at < REPEAT_SECONDS}
        self._said[text] = now
        return True


_NUMBER = re.compile(r"\d+")

log = logging.getLogger("franca.kafka")
log.addHandler(logging.NullHandler())
log.addFilter(Sparing())

WAIT_SECONDS = 10.0
"""How long one question to the cluster may take before it counts as away."""

GLANCE_SECONDS = 2.0
"""How long a question may take whose answer only makes a message better."""

LISTEN_SECONDS = 0.1
"""How often a client is asked, while it waits for an answer, what it says of its connections."""

MOVING_SECONDS = 0.1
"""How long to wait before a coordinator that was not found is asked again."""

WRONG = frozenset(
    {
        KafkaError._AUTHENTICATION,
        KafkaError._INVALID_ARG,
        KafkaError._NOT_CONFIGURED,
        KafkaError._NOT_IMPLEMENTED,
        KafkaError._SSL,
        KafkaError._UNKNOWN_PROTOCOL,
        KafkaError._UNSUPPORTED_FEATURE,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.DELEGATION_TOKEN_AUTHORIZATION_FAILED,
        KafkaError.DELEGATION_TOKEN_AUTH_DISABLED,
        KafkaError.DELEGATION_TOKEN_EXPIRED,
        KafkaError.DELEGATION_TOKEN_NOT_FOUND,
        KafkaError.DELEGATION_TOKEN_OWNER_MISMATCH,
        KafkaError.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.ILLEGAL_SASL_STATE,
        KafkaError.INCONSISTENT_GROUP_PROTOCOL,
        KafkaError.INVALID_CONFIG,
        KafkaError.INVALID_GROUP_ID,
        KafkaError.INVALID_PARTITIONS,
        KafkaError.INVALID_PRINCIPAL_TYPE,
        KafkaError.INVALID_REPLICA_ASSIGNMENT,
        KafkaError.INVALID_REPLICATION_FACTOR,
        KafkaError.INVALID_REQUIRED_ACKS,
        KafkaError.INVALID_SESSION_TIMEOUT,
        KafkaError.INVALID_TRANSACTION_TIMEOUT,
        KafkaError.OFFSET_METADATA_TOO_LARGE,
        KafkaError.POLICY_VIOLATION,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.SECURITY_DISABLED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.TOPIC_EXCEPTION,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        KafkaError.UNACCEPTABLE_CREDENTIAL,
        KafkaError.UNSUPPORTED_COMPRESSION_TYPE,
        KafkaError.UNSUPPORTED_SASL_MECHANISM,
        KafkaError.UNSUPPORTED_VERSION,
    }
)
"""Waiting does not cure these: somebody has to change a setting or a permission."""

SILENT = frozenset(
    {KafkaError._ALL_BROKERS_DOWN, KafkaError._RESOLVE, KafkaError._TIMED_OUT, KafkaError._TRANSPORT}
)
REFUSED = frozenset(
    {
        KafkaError.INVALID_MSG_SIZE,
        KafkaError.INVALID_RECORD,
        KafkaError.INVALID_TIMESTAMP,
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.UNSUPPORTED_FOR_MESSAGE_FORMAT,
    }
)
"""The cluster refuses this message and takes others."""

NO_TOPIC = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC})
"""The cluster answers, and has no such topic."""

MOVING = frozenset(
    {
        KafkaError._WAIT_COORD,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
    }
)
"""A group's coordinator is being found: at a cluster's first groups, and where a broker comes or goes."""


class Heard:
    """What a client says of its connections; `wrong` is the last of it that waiting does not cure.

    The client tries again for ever, and who asks it learns only that the time is up. `is_all` says that
    there was no other broker to turn to.
    """

    def __init__(self) -> None:
        self.wrong: KafkaError | None = None
        self.is_all = False

    def take(self, error: KafkaError) -> None:
        """Take note of what the client says."""
        log.info("%s", error)
        if is_wrong(error):
            self.wrong = error
        elif error.code() == KafkaError._ALL_BROKERS_DOWN:
            self.is_all = self.wrong is not None

    def forget(self) -> None:
        """Forget it all: what is asked from now on has its own reasons."""
        self.wrong, self.is_all = None, False


class Admin(AdminClient):
    """A client that creates and describes topics. What it `heard` it is told while it is polled."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.heard = Heard()
        options["error_cb"] = self.heard.take
        super().__init__(options)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Kafka cluster: its address and librdkafka's own options for reaching it (TLS, SASL)."""

    bootstrap: str
    options: Mapping[str, str | int | float | bool] = field(default_factory=dict, repr=False)

    def client(self, own: Mapping[str, object]) -> dict[str, Any]:
        """Return librdkafka's configuration for a client: franca's defaults, its own, the user's on top."""
        defaults = {
            "reconnect.backoff.max.ms": 1000,
            "topic.metadata.refresh.interval.ms": 10_000,
            "log_level": 5,
            "error_cb": lambda error: log.info("%s", error),
        }
        return {**defaults, **own, **self.options, "bootstrap.servers": self.bootstrap, "logger": log}

    def admin(self) -> AdminClient:
        """Return a client that creates and describes topics. Raises DefinitionError for a wrong option."""
        return self._made(Admin, {})

    def consumer(self, own: Mapping[str, object]) -> Consumer:
        """Return a consumer, which reads nothing yet. Raises DefinitionError for a wrong option."""
        return self._made(Consumer, own)

    def producer(self, own: Mapping[str, object]) -> Producer:
        """Return a producer. Raises DefinitionError for a wrong option."""
        return self._made(Producer, own)

    def _made(self, kind: Callable[[dict[str, Any]], C], own: Mapping[str, object]) -> C:
        try:
            return kind(self.client(own))
        except KafkaException as error:
            raise translated(error) from error


def shut(client: Consumer) -> None:
    """Close a client; what it trips over by that is told in the log alone."""
    try:
        client.close()
    except (KafkaException, RuntimeError, SystemError) as error:
        log.info("closing: %s", error)


def drop(client: Consumer) -> None:
    """Close a client that is of no use any more, without waiting for it."""
    threading.Thread(target=shut, args=(client,), daemon=True).start()


def coordinated(ask: Callable[[], C]) -> C:
    """Return what a group's coordinator answers; asked again, for `WAIT_SECONDS`, while there is none yet.

    Raises KafkaException.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return ask()
        except KafkaException as error:
            if error.args[0].code() not in MOVING or time.monotonic() > deadline:
                raise
        time.sleep(MOVING_SECONDS)


def is_wrong(error: KafkaError) -> bool:
    """Return whether waiting does not cure it.

    A broker that goes while a client signs in has refused nothing, though the client says so.
    """
    is_cut_off = error.code() == KafkaError._AUTHENTICATION and any(text in error.str() for text in _CUT_OFF)
    return error.code() in WRONG and not is_cut_off


_CUT_OFF = tuple(KafkaError(code).str() for code in (KafkaError._TRANSPORT, KafkaError._TIMED_OUT))


def translated(error: KafkaException | KafkaError, *asked: Right) -> FrancaError:
    """Return franca's error for one of librdkafka's: wrong setting, refused message, or service away.

    `asked` are the rights that were needed; a refusal names those that it is about.
    """
    reason = error if isinstance(error, KafkaError) else error.args[0]
    text = f"{reason.name()}: {' '.join(reason.str().split())}"
    if is_wrong(reason):
        rights = lacking(reason.code(), asked)
        found = f"{text.rstrip('.')}: {rights}" if rights else text
        return DefinitionError.one("kafka", f"the cluster refuses: {found}", WRONG_REMEDY)
    if reason.code() in REFUSED:
        return WriteError("", f"kafka refuses the message: {text}", "refused-by-kafka")
    silent = "no broker answers: " if reason.code() in SILENT else ""
    return UnavailableError("kafka", silent + text, _NO_TOPIC if reason.code() in NO_TOPIC else _AWAY)


WRONG_REMEDY = "check [kafka] in franca.toml and the permissions"
_AWAY = "check that the cluster runs, and its address and security options in [kafka]"
_NO_TOPIC = "create the topic, those of the project with `franca topics`"


def asking(admin: AdminClient, ask: Callable[[], C], *asked: Right) -> C:
    """Return what `ask` gets out of the client, which needs those rights.

    Raises UnavailableError, and DefinitionError where no broker lets the client in.
    """
    heard = admin.heard if isinstance(admin, Admin) else Heard()
    admin.poll(0)
    heard.forget()
    try:
        return ask()
    except KafkaException as error:
        admin.poll(0)
        is_silent = error.args[0].code() in SILENT
        raise translated(heard.wrong if is_silent and heard.wrong else error, *asked) from error


def turned_away(admin: AdminClient) -> KafkaError | None:
    """Return why every broker has turned the client away since it was asked, None where none did."""
    return admin.heard.wrong if isinstance(admin, Admin) and admin.heard.is_all else None


def answer(admin: AdminClient, future: "Future[C]", seconds: float = WAIT_SECONDS) -> C:
    """Wait for what the client was asked, not longer where every broker turns it away.

    Raises KafkaException, and UnavailableError where there is no answer in twice the time.
    """
    deadline = time.monotonic() + 2 * seconds
    while True:
        try:
            return future.result(LISTEN_SECONDS)
        except TimeoutError as error:
            admin.poll(0)
            wrong = turned_away(admin)
            if wrong is not None:
                raise KafkaException(wrong) from error
            if time.monotonic() > deadline:
                raise UnavailableError("kafka", f"no answer in {2 * seconds:.0f} s") from error


def describe(
    admin: AdminClient, topics: Iterable[str], seconds: float = WAIT_SECONDS, *, rights: bool = False
) -> dict[str, TopicDescription]:
    """Return what the cluster knows of each topic that exists, on demand with what one may do with it.

    Raises UnavailableError, DefinitionError.
    """
    names = sorted(set(topics))
    if not names:
        return {}
    futures = admin.describe_topics(
        TopicCollection(names), request_timeout=seconds, include_authorized_operations=rights
    )
    found = {name: _described(admin, name, future, seconds) for name, future in futures.items()}
    return {name: topic for name, topic in found.items() if topic is not None}


def _described(
    admin: AdminClient, name: str, future: "Future[TopicDescription]", seconds: float
) -> TopicDescription | None:
    def ask() -> TopicDescription | None:
        try:
            return answer(admin, future, seconds)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise
        return None

    return asking(admin, ask, Right("DESCRIBE", "topic", name))


def topic_ids(admin: AdminClient, topics: Iterable[str]) -> dict[str, str]:
    """Return the id of each topic that exists. Raises UnavailableError, DefinitionError."""
    return {name: str(found.topic_id) for name, found in describe(admin, topics).items()}
