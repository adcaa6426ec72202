"""The legacy bank: its seeded messages, and a thread that keeps sending them while things go wrong."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaException, Producer

from tests.integration.crew import wait_for

EXAMPLE = Path(__file__).parents[3] / "examples" / "bank"

Message = tuple[str, bytes | None, bytes | None]

TICKS_A_SECOND = 20


def bank_messages(customers: int, accounts: int, changes: int, seed: int = 1) -> list[Message]:
    """Return the example's snapshot and changes, some of them dirty."""
    spec = spec_from_file_location("legacy_bank", EXAMPLE / "legacy" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return list(module.Bank(seed).messages(customers, accounts, changes))


def send(bootstrap: str, messages: Iterable[Message]) -> None:
    """Send messages as a capture tool in Java would, and return when all are durable."""
    Sender(bootstrap).send(messages)


class Sender:
    """A producer that spreads keys as Java's clients do."""

    def __init__(self, bootstrap: str) -> None:
        own = {"partitioner": "murmur2_random", "enable.idempotence": True, "linger.ms": 5}
        self._producer = Producer(
            {"bootstrap.servers": bootstrap, "message.max.bytes": 16_000_000, "log_level": 0, **own}
        )

    def send(self, messages: Iterable[Message]) -> None:
        """Return when all are durable."""
        for topic, key, value in messages:
            self._producer.produce(topic, value, key, on_delivery=_expect_delivery)
        assert self._producer.flush(120) == 0


def _expect_delivery(error: object, _message: object) -> None:
    if error is not None:
        raise KafkaException(error)


class Feed:
    """Sends messages at a steady rate from a thread of its own."""

    def __init__(self, bootstrap: str, messages: Sequence[Message], per_second: int) -> None:
        self._sender = Sender(bootstrap)
        self._messages = messages
        self._step = max(1, per_second // TICKS_A_SECOND)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self.sent = 0

    def wait_for(self, number: int) -> None:
        """Wait until at least so many messages are sent, or all are."""
        wanted = min(number, len(self._messages))
        wait_for(lambda: self.sent >= wanted or not self._thread.is_alive(), f"{wanted} messages are sent")

    def finish(self) -> None:
        """Send what is left at once."""
        self._end.set()
        self._thread.join(120)
        self._sender.send(self._messages[self.sent :])
        self.sent = len(self._messages)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Leave the rest unsent."""
        self._end.set()
        self._thread.join(120)

    def _work(self) -> None:
        while self.sent < len(self._messages) and not self._end.wait(1 / TICKS_A_SECOND):
            self._sender.send(self._messages[self.sent : self.sent + self._step])
            self.sent += min(self._step, len(self._messages) - self.sent)


@contextmanager
def feed(bootstrap: str, messages: Sequence[Message], per_second: int) -> Iterator[Feed]:
    """Give a feed that sends while the block runs."""
    flowing = Feed(bootstrap, messages, per_second)
    flowing.start()
    try:
        yield flowing
    finally:
        flowing.stop()
