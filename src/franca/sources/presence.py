"""Asks a group whether it knows a member that has had no partitions for long.

A client that saw an outage may fall silent: its group has dropped it, and it neither joins again nor tells
anything.
"""

import time
from concurrent.futures import Future

from confluent_kafka import Consumer, ConsumerGroupState, KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConsumerGroupDescription

from franca.topics.cluster import WAIT_SECONDS, Cluster

REBALANCING = frozenset({ConsumerGroupState.PREPARING_REBALANCING, ConsumerGroupState.COMPLETING_REBALANCING})


class Presence:
    """What the group says of a member without partitions; asked in the background each `pause_seconds`."""

    def __init__(self, cluster: Cluster, group: str, pause_seconds: float) -> None:
        self._cluster, self._group, self._pause = cluster, group, pause_seconds
        self._admin: AdminClient | None = None
        self._asked: Future[ConsumerGroupDescription] | None = None
        self._ask_at = 0.0
        self._missed = False

    def begin(self) -> None:
        """Forget what was asked: the member has its partitions, or joins anew."""
        self._admin, self._asked, self._missed = None, None, False
        self._ask_at = time.monotonic() + self._pause

    def is_lost(self, consumer: Consumer) -> bool:
        """Return whether the group has missed a member without partitions, twice in a row.

        Once may be a moment between two messages. A member beyond the number of partitions is not missed. To
        be asked while the cluster answers: an admin client may end the whole process where a group's
        coordinator is lost while it answers (confluentinc/librdkafka#4605).
        """
        if self._asked is None:
            if time.monotonic() >= self._ask_at:
                self._ask()
            return False
        if not self._asked.done():
            return False
        missed = _misses(self._asked, consumer.memberid())
        lost = self._missed and missed
        self.begin()
        self._missed = missed and not lost
        return lost

    def _ask(self) -> None:
        self._admin = self._cluster.admin()  # a new one each time: this too may be of no use after an outage
        groups = self._admin.describe_consumer_groups([self._group], request_timeout=WAIT_SECONDS)
        self._asked = groups[self._group]


def _misses(answer: "Future[ConsumerGroupDescription]", member_id: str) -> bool:
    """Return whether a group that is not rebalancing does not know a member, or has given it partitions."""
    try:
        group = answer.result(0)
    except KafkaException as error:  # else the cluster is away, or this may not be asked
        return bool(error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND)
    if group.state in REBALANCING:
        return False
    given = {member.member_id: member.assignment.topic_partitions for member in group.members}
    return member_id not in given or bool(given[member_id])
