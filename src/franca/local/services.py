"""The services of a project together: started at the same time, stopped, looked at."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock

from franca.errors import FrancaError, UnavailableError
from franca.local.jars import Progress, silent
from franca.local.kafka import LocalKafka
from franca.local.postgres import LocalPostgres
from franca.local.schema_registry import LocalRegistry
from franca.local.server import Server


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One service as it is now. `address` is for clients and holds the password where there is one."""

    name: str
    running: bool
    address: str
    pid: int
    log: Path


class Services:
    """A project's own Kafka and PostgreSQL, below its folder `.franca`; one that the user has is left out.

    With `registry`, a port, there is a schema registry as well.
    """

    def __init__(
        self, folder: Path, *, kafka: bool = True, postgres: bool = True, registry: int | None = None
    ) -> None:
        self._folder = folder
        self.kafka = LocalKafka(folder) if kafka else None
        self.postgres = LocalPostgres(folder) if postgres else None
        self.registry = LocalRegistry(folder, registry) if registry else None

    def up(self, progress: Progress = silent) -> None:
        """Start what is not running, together. Raises UnavailableError, after all have ended or started.

        `progress` is called from several threads, one call at a time.
        """
        one_at_a_time = Lock()

        def report(what: str, done: int, total: int) -> None:
            with one_at_a_time:
                progress(what, done, total)

        _together([partial(service.start, report) for service in self._present()])

    def down(self) -> list[str]:
        """Stop what is running, together; return the names of those that ran, when all are gone.

        One that is left out today may have been started before that.
        """
        started = [kind(self._folder) for kind in (LocalKafka, LocalPostgres, LocalRegistry)]
        running = [service.name for service in started if service.running()]
        _together([service.stop for service in started])
        return running

    def status(self) -> tuple[ServiceStatus, ...]:
        """Return each service as it is now, without changing anything."""
        found = []
        if self.kafka is not None:
            found.append(_status("kafka", self.kafka, self.kafka.bootstrap))
        if self.postgres is not None:
            found.append(_status("postgres", self.postgres, self.postgres.dsn))
        if self.registry is not None:
            found.append(_status("registry", self.registry, self.registry.url))
        return tuple(found)

    def _present(self) -> list[Server]:
        return [service for service in (self.kafka, self.postgres, self.registry) if service is not None]


def _together(actions: Sequence[Callable[[], None]]) -> None:
    """Do all actions at the same time; raise one error for all that failed."""
    with ThreadPoolExecutor(max(1, len(actions))) as pool:
        outcomes = [future.exception() for future in [pool.submit(action) for action in actions]]
    errors = [outcome for outcome in outcomes if outcome is not None]
    bugs = [error for error in errors if not isinstance(error, FrancaError)]
    if bugs or len(errors) == 1:
        raise (bugs or errors)[0]
    if errors:
        raise UnavailableError("the services", "; ".join(str(error) for error in errors)) from errors[0]


def _status(name: str, service: Server, address: str) -> ServiceStatus:
    return ServiceStatus(name, service.running(), address, service.pid, service.log)
