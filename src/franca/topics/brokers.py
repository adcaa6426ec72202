"""Whether a client still reaches a broker of its cluster, and what to do with one that does not.

After an outage librdkafka may have no broker left to ask, where a cluster gave metadata without any as it
came back (confluentinc/librdkafka#5301), or one that it never connects to. It tells nothing then, for ever.
"""

import threading
from collections.abc import Mapping
from contextlib import suppress

import msgspec
from confluent_kafka import Consumer, KafkaException

STATISTICS_SECONDS = 5.0
PATIENCE_SECONDS = 40.0
"""A client gives up connecting to a broker after 30 s, and tries again."""

REAL = frozenset({"configured", "learned"})
REACHED = frozenset({"REAUTH", "UP"})


class Brokers:
    """What the statistics of one client tell of its brokers; they come while the client is polled."""

    def __init__(self) -> None:
        self._without = 0

    def options(self) -> dict[str, object]:
        """Return the client's options."""
        return {"statistics.interval.ms": int(STATISTICS_SECONDS * 1000), "stats_cb": self._take}

    def are_lost(self) -> bool:
        """Return whether the client has had no connection to any broker for `PATIENCE_SECONDS`."""
        return self._without * STATISTICS_SECONDS > PATIENCE_SECONDS

    def _take(self, text: str) -> None:
        found = _decode(text).brokers.values()
        has_any = any(each.source in REAL and each.state in REACHED for each in found)
        self._without = 0 if has_any else self._without + 1


def drop(client: Consumer) -> None:
    """Close a client that is of no use, without waiting for it."""
    threading.Thread(target=_close, args=(client,), daemon=True).start()


def _close(client: Consumer) -> None:
    with suppress(KafkaException, RuntimeError, SystemError):
        client.close()


class _Broker(msgspec.Struct):
    source: str = ""
    state: str = ""


class _Statistics(msgspec.Struct):
    brokers: Mapping[str, _Broker] = {}


_decode = msgspec.json.Decoder(_Statistics).decode
