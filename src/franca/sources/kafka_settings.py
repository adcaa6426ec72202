"""What a source of Kafka's topics is told, and the options of its client that follow from it."""

from collections.abc import Callable
from dataclasses import dataclass

from confluent_kafka import KafkaError

from franca.topics.cluster import Cluster

FETCHES = 64
SMALLEST_FETCH = 131_072
"""Of a partition a 64th of a batch's bytes is fetched at a time, at least so many."""


@dataclass(frozen=True, slots=True)
class KafkaSourceSettings:
    """What to read, as whom, and how much at a time.

    `topics` are names, or patterns in which `*` stands for any text. `member` is the worker's lasting name
    in the group: a worker that comes back within `session_seconds` keeps its partitions. A batch ends at
    `batch_records`, at `batch_bytes`, or `linger_seconds` after its first record, whichever comes first.
    Records that the topic no longer holds though they were never read stop the source, unless `skip_lost`.
    """

    cluster: Cluster
    group: str
    topics: tuple[str, ...]
    member: str = ""
    batch_records: int = 5_000
    batch_bytes: int = 16 * 1024 * 1024
    linger_seconds: float = 0.0
    wait_seconds: float = 0.2
    session_seconds: float = 10.0
    poll_seconds: float = 300.0
    skip_lost: bool = False

    def options(self, on_error: Callable[[KafkaError], None]) -> dict[str, object]:
        """Return the client's options; `on_error` is told what it says of the cluster."""
        session = int(self.session_seconds * 1000)
        return {
            "group.id": self.group,
            **({"group.instance.id": self.member} if self.member else {}),
            "session.timeout.ms": session,
            "heartbeat.interval.ms": min(3000, session // 3),
            "max.poll.interval.ms": int(max(self.poll_seconds, self.session_seconds) * 1000),
            "partition.assignment.strategy": "roundrobin",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "error",
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            **_fetching(self.linger_seconds, self.batch_bytes),
            "fetch.queue.backoff.ms": 10,
            "fetch.error.backoff.ms": 100,
            "queued.min.messages": 2 * self.batch_records,
            "queued.max.messages.kbytes": 2 * self.batch_bytes // 1024,
            "error_cb": on_error,
        }


def _fetching(linger_seconds: float, batch_bytes: int) -> dict[str, int]:
    """Return how the broker is asked: where a batch waits for more anyway, seldom and for much at a time.

    A lake at 1,000 events a second took a tenth of a core for fetching them by threes. Of each partition
    comes a part of a batch, since it is compressed: eight of a megabyte each, unpacked, took a third of a
    lake's memory. The broker is not asked to wait for more than it may give of one partition.
    """
    share = max(SMALLEST_FETCH, batch_bytes // FETCHES)
    asked = {"fetch.message.max.bytes": share}
    if not linger_seconds:
        return {**asked, "fetch.wait.max.ms": 500}
    wait = int(min(250.0, 250.0 * linger_seconds))
    return {**asked, "fetch.wait.max.ms": wait, "fetch.min.bytes": min(1_000_000, share)}
