"""What is remembered between two starts of the services: ports, pids, the password. One JSON file, 0600."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from franca.errors import UnavailableError
from franca.local.process import wait_until

LOCK_SECONDS = 120.0


class ServiceState(msgspec.Struct, omit_defaults=True):
    """What is remembered of one service; zero and empty mean unknown.

    `controller_port` is the second port of a service that has two: of Kafka's controller, of the schema
    registry's own health.
    """

    port: int = 0
    controller_port: int = 0
    pid: int = 0
    password: str = ""


class Memory:
    """The file `services.json` in a project's folder; a damaged one counts as empty."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "services.json"

    def recall(self, service: str) -> ServiceState:
        """Return what is remembered of `service`."""
        return self._read().get(service, ServiceState())

    def remember(self, service: str, state: ServiceState) -> None:
        """Store what is known of `service`, atomically, beside what is known of the others."""
        with locked(self.path.with_suffix(".lock"), service):
            states = self._read()
            states[service] = state
            draft = self.path.with_suffix(".draft")
            draft.touch(mode=0o600)
            draft.write_bytes(msgspec.json.format(msgspec.json.encode(states), indent=2))
            draft.replace(self.path)

    def _read(self) -> dict[str, ServiceState]:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=dict[str, ServiceState])
        except (FileNotFoundError, msgspec.DecodeError):
            return {}


@contextmanager
def locked(path: Path, service: str, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold a file lock, waiting for another holder; the lock of a process that died is free.

    Raises UnavailableError when the other holder does not finish within `seconds`.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not wait_until(lambda: _take(descriptor), seconds):
            raise UnavailableError(
                service,
                f"another franca has been starting or stopping it for {seconds:.0f} seconds",
                f"wait for it or end it; the lock is {str(path)!r}",
            )
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
