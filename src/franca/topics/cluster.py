"""How a Kafka cluster is reached, what its errors mean, and which topic is which.

The one border where librdkafka's errors become franca's.
"""

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicCollection
from confluent_kafka.admin import AdminClient, TopicDescription

from franca.errors import DefinitionError, FrancaError, UnavailableError, WriteError

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
        return self._made(AdminClient, {})

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


def translated(error: KafkaException | KafkaError) -> FrancaError:
    """Return franca's error for one of librdkafka's: wrong setting, refused message, or service away."""
    reason = error if isinstance(error, KafkaError) else error.args[0]
    text = f"{reason.name()}: {' '.join(reason.str().split())}"
    if reason.code() in WRONG:
        return DefinitionError.one(
            "kafka", f"the cluster refuses: {text}", "check [kafka] in franca.toml and the permissions"
        )
    if reason.code() in REFUSED:
        return WriteError("", f"kafka refuses the message: {text}", "refused-by-kafka")
    silent = "no broker answers: " if reason.code() in SILENT else ""
    return UnavailableError("kafka", silent + text, _NO_TOPIC if reason.code() in NO_TOPIC else _AWAY)


_AWAY = "check that the cluster runs, and its address and security options in [kafka]"
_NO_TOPIC = "create the topic, those of the project with `franca topics`"


def describe(
    admin: AdminClient, topics: Iterable[str], seconds: float = WAIT_SECONDS
) -> dict[str, TopicDescription]:
    """Return what the cluster knows of each topic that exists. Raises UnavailableError, DefinitionError."""
    names = sorted(set(topics))
    if not names:
        return {}
    found: dict[str, TopicDescription] = {}
    try:
        futures = admin.describe_topics(TopicCollection(names), request_timeout=seconds)
        for name, future in futures.items():
            try:
                found[name] = future.result(2 * seconds)
            except KafkaException as error:
                if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                    raise
    except KafkaException as error:
        raise translated(error) from error
    except TimeoutError as error:
        raise UnavailableError("kafka", f"no answer in {2 * seconds:.0f} s") from error
    return found


def unwritten(error: KafkaException, admin: AdminClient, topics: Iterable[str]) -> FrancaError:
    """Return franca's error for topics that could not be written: it names those that do not exist.

    The client finds no broker for such a topic, and waits for one as long as it is given.
    """
    found = translated(error)
    wanted = set(topics)
    if error.args[0].code() in NO_TOPIC | {KafkaError._TIMED_OUT}:
        with suppress(FrancaError):
            missing = wanted - describe(admin, wanted, GLANCE_SECONDS).keys()
            if missing:
                names = ", ".join(map(repr, sorted(missing)))
                return UnavailableError("kafka", f"no such topic: {names}", "`franca topics` creates it")
    return found


def topic_ids(admin: AdminClient, topics: Iterable[str]) -> dict[str, str]:
    """Return the id of each topic that exists. Raises UnavailableError, DefinitionError."""
    return {name: str(found.topic_id) for name, found in describe(admin, topics).items()}
