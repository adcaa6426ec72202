"""What somebody who uses a Kafka cluster may do, in the words of its access control lists."""

from typing import NamedTuple

from confluent_kafka import KafkaError

RESOURCES = {
    KafkaError.GROUP_AUTHORIZATION_FAILED: "group",
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "topic",
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED: "transactional id",
}
"""The kind of thing that is refused, by the code of the refusal."""


class Right(NamedTuple):
    """A right on a thing of the cluster: `WRITE` on the `topic` of some name."""

    operation: str
    resource: str
    name: str

    def __str__(self) -> str:
        return f"{self.operation} on {self.resource} {self.name!r}"


def lacking(code: int, asked: tuple[Right, ...]) -> str:
    """Return which of the rights that were asked for a refusal is about, empty where it is about none.

    A cluster lets nobody begin to write who may write to none of its topics, and then names no topic.
    """
    if code == KafkaError.CLUSTER_AUTHORIZATION_FAILED:
        others = ("IDEMPOTENT_WRITE on the cluster",) if any(r.operation == "WRITE" for r in asked) else ()
        return " or ".join([*map(str, asked), *others])
    about = dict.fromkeys(str(right) for right in asked if right.resource == RESOURCES.get(code))
    return " or ".join(about)
