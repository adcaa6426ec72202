"""Finds out which topics a transaction could not write, where the client does not say."""

from collections.abc import Iterable

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AclOperation, AdminClient

from franca.errors import DefinitionError, FrancaError, Problem, UnavailableError
from franca.topics.cluster import GLANCE_SECONDS, NO_TOPIC, WRONG_REMEDY, describe, log, translated
from franca.topics.rights import Right

UNTOLD = frozenset({KafkaError._INCONSISTENT, KafkaError._STATE, KafkaError.TOPIC_AUTHORIZATION_FAILED})
"""Some message of a transaction was not taken, and the client does not say of which topic.

Where the refusal comes before the offsets are sent, it says only that the transaction has failed already.
"""

_CREATE = "`franca topics` creates it"


def unwritten(error: KafkaException, admin: AdminClient, topics: Iterable[str], *asked: Right) -> FrancaError:
    """Return franca's error for topics that could not be written: it names those that do not exist.

    The client finds no broker for such a topic, and waits for one as long as it is given. Of a topic that
    may not be written it says at most that some topic may not.
    """
    wanted, code = set(topics), error.args[0].code()
    found: FrancaError | None = None
    try:
        if code in NO_TOPIC | {KafkaError._TIMED_OUT}:
            found = _missing(admin, wanted)
        elif code in UNTOLD:
            found = _denied(admin, wanted)
    except DefinitionError as wrong:
        found = wrong
    except UnavailableError as away:
        log.info("%s", away)
    return found or translated(error, *asked)


def _missing(admin: AdminClient, topics: set[str]) -> UnavailableError | None:
    missing = ", ".join(map(repr, sorted(topics - describe(admin, topics, GLANCE_SECONDS).keys())))
    return UnavailableError("kafka", f"no such topic: {missing}", _CREATE) if missing else None


def _denied(admin: AdminClient, topics: set[str]) -> DefinitionError | None:
    found = describe(admin, topics, GLANCE_SECONDS, rights=True)
    denied = [
        Problem("kafka", f"the cluster refuses: {Right('WRITE', 'topic', name)}", WRONG_REMEDY)
        for name, topic in sorted(found.items())
        if topic.authorized_operations and AclOperation.WRITE not in topic.authorized_operations
    ]
    return DefinitionError(denied) if denied else None
